"""Autobahn's test suite for WebSockets (RFC 6455, 7692): its verdicts on an echo server."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.conformance import tools

QUICK_CASES = 247
# Large messages and compression: more than 100 s of computing for a single case of 13.1.
_SLOW = ("9.*", "12.*", "13.*")
QUICK_S, FULL_S = 120.0, 3 * 3600.0


class Verdict(NamedTuple):
    """As Autobahn words them: OK, NON-STRICT, INFORMATIONAL, FAILED, ..."""

    behavior: str
    close: str


Verdicts = dict[str, Verdict]  # by case


def play(servers: Mapping[str, str], directory: Path, full: bool = False) -> dict[str, Verdicts]:
    """Return the verdicts on each of *servers*, which are URLs by name."""
    report, specification = directory / "report", directory / "specification.json"
    plan = {
        "outdir": str(report),
        "servers": [{"agent": name, "url": url} for name, url in servers.items()],
        "cases": ["*"],
        "exclude-cases": [] if full else _SLOW,
        "exclude-agent-cases": {},
    }
    specification.write_text(json.dumps(plan))
    log = directory / "wstest.log"
    with log.open("wb") as output:
        done = subprocess.run(
            [*tools.wstest(), "-m", "fuzzingclient", "-s", str(specification)],
            cwd=directory,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=(FULL_S if full else QUICK_S) * len(servers),
        )
    index = report / "index.json"
    if done.returncode or not index.exists():
        raise RuntimeError(f"wstest failed:\n{log.read_text(errors='replace')[-2000:]}")
    return {
        name: {
            case: Verdict(found["behavior"], found["behaviorClose"])
            for case, found in cases.items()
        }
        for name, cases in json.loads(index.read_text()).items()
    }


def differences(ours: Verdicts, direct: Verdicts) -> dict[str, tuple[Verdict | None, ...]]:
    """Return both verdicts for each case in which they differ."""
    cases = ours.keys() | direct.keys()
    return {
        case: (ours.get(case), direct.get(case))
        for case in sorted(cases)
        if ours.get(case) != direct.get(case)
    }
