"""Write docs/parity.md, and its sum into README.md: the corpus through both gateways, compared.

    python -m tests.parity.table [FILE]         as root; about a minute

Exit status: 0 if sigproxy meets every expectation and the sample does what is recorded of it.
"""

import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import sigproxy
from docs_tools import marks
from tests.parity import describe, gateways, lab
from tests.parity.cases import CASES, GROUPS
from tests.parity.lab import GATEWAY, SAMPLE, Lab
from tests.parity.model import Case, Kind, Observation
from tests.parity.session import judge

TARGET = gateways.ROOT / "docs" / "parity.md"
README = gateways.ROOT / "README.md"
MARK = "parity"  # around the summary in the README
INTRODUCTION = """\
# sigproxy beside the vendors' NGINX sample

Written by `make parity`, from one run of the corpus in `tests/parity/cases/` through NGINX with the
vendors' sample configuration (`tests/parity/nginx.conf.in`) and through sigproxy. Each case is a
request in raw bytes and what must come of it, at the client and at a recording upstream.

{versions}

A case is of one of four kinds. *keep*: the sample does it and users rely on it. *fix*: the sample
fails, and the expectation is the correct behaviour. *refuse*: must not be served. *decide*: the
RFCs leave it open, and this project decided.
"""


@dataclass(frozen=True, slots=True)
class Played:
    """One case, through both."""

    case: Case
    sample: Observation
    gateway: Observation

    @property
    def sample_problems(self) -> list[str]:
        return judge(self.case, self.sample)

    @property
    def gateway_problems(self) -> list[str]:
        return judge(self.case, self.gateway)

    @property
    def sample_is_as_recorded(self) -> bool:
        agrees = self.case.kind is Kind.KEEP or bool(self.case.sample_agrees)
        return agrees == (not self.sample_problems)


def play_all(laboratory: Lab) -> dict[str, Played]:
    for gateway in (SAMPLE, GATEWAY):
        laboratory.begin(gateway, CASES)
    seen: dict[str, dict[str, Observation]] = {SAMPLE: {}, GATEWAY: {}}
    for background in (False, True):
        for gateway, of_gateway in seen.items():
            for case in CASES:
                if case.in_background == background:
                    of_gateway[case.id] = laboratory.play(gateway, case)
    return {case.id: Played(case, seen[SAMPLE][case.id], seen[GATEWAY][case.id]) for case in CASES}


def document(played: dict[str, Played]) -> Iterator[str]:
    yield INTRODUCTION.format(versions=versions())
    yield from _summary(played)
    yield from _kinds(played)
    yield from _unmet(played)
    yield "\n## Differences\n"
    yield (
        "What the sample does not do, case by case: what was sent; what each made of it; why it "
        "should be so.\n"
    )
    for group, cases in GROUPS.items():
        yield from _differences(group, [played[case.id] for case in cases])
    yield from _agreements(played)


def with_summary(readme: str, played: dict[str, Played]) -> str:
    """Return *readme* with the counts of this run between its marks."""
    sample, gateway = _passed(list(played.values()))
    return marks.write(readme, MARK, summary(len(played), sample, gateway, versions()))


def summary(cases: int, sample: int, gateway: int, versions: str) -> str:
    return (
        f"The same {cases} requests went, byte for byte, through NGINX with the vendors' sample\n"
        f"and through sigproxy: the sample handles {sample} of them correctly,\n"
        f"sigproxy {gateway}. ({versions.rstrip('.')}.)"
    )


def versions() -> str:
    nginx = subprocess.run(
        [gateways.nginx_program() or "nginx", "-v"], capture_output=True, text=True, check=True
    )
    parts = [
        nginx.stderr.strip().removeprefix("nginx version: "),
        f"sigproxy {sigproxy.__version__}",
        f"aiohttp {version('aiohttp')}",
        f"{platform.python_implementation()} {platform.python_version()}",
    ]
    return f"{', '.join(parts)}; {datetime.now(UTC).date()}."


def _summary(played: dict[str, Played]) -> Iterator[str]:
    yield "\n| group | cases | the sample passes | sigproxy passes |"
    yield "|---|--:|--:|--:|"
    for group, cases in GROUPS.items():
        yield _counts(group, [played[case.id] for case in cases])
    yield _counts("**all**", list(played.values()))


def _kinds(played: dict[str, Played]) -> Iterator[str]:
    yield "\n| kind | cases | the sample passes | sigproxy passes |"
    yield "|---|--:|--:|--:|"
    for kind in Kind:
        yield _counts(kind, [each for each in played.values() if each.case.kind is kind])


def _counts(name: str, played: list[Played]) -> str:
    sample, gateway = _passed(played)
    return f"| {name} | {len(played)} | {sample} | {gateway} |"


def _passed(played: list[Played]) -> tuple[int, int]:
    sample = sum(not each.sample_problems for each in played)
    return sample, sum(not each.gateway_problems for each in played)


def _unmet(played: dict[str, Played]) -> Iterator[str]:
    unmet = [each for each in played.values() if each.gateway_problems]
    if unmet:
        yield "\n## Expectations that sigproxy does not meet\n"
        for each in unmet:
            problems = "; ".join(each.gateway_problems)
            yield f"- `{each.case.id}`: {each.case.note}. {_cell(describe.short(problems, 200))}"


def _differences(group: str, played: list[Played]) -> Iterator[str]:
    differing = [each for each in played if each.sample_problems]
    if not differing:
        return
    yield f"\n### {group}\n"
    yield "| case | sent | the sample | sigproxy | reason |"
    yield "|---|---|---|---|---|"
    for each in differing:
        found = describe.short("; ".join(each.sample_problems), 160)
        cells = (
            f"`{each.case.id}` ({each.case.kind})",
            f"`{_cell(describe.request(each.case))}`",
            _cell(f"{describe.outcome(each.case, each.sample)}. {found}"),
            _cell(describe.outcome(each.case, each.gateway)),
            _cell(each.case.note),
        )
        yield f"| {' | '.join(cells)} |"


def _agreements(played: dict[str, Played]) -> Iterator[str]:
    yield "\n## Where the sample refuses or decides the same\n"
    yield "| case | about | why it passes too |"
    yield "|---|---|---|"
    for each in played.values():
        case = each.case
        if case.sample_agrees:
            cells = f"`{case.id}` ({case.kind})", _cell(case.note), _cell(case.sample_agrees)
            yield f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """Return *text* fit for one cell of a Markdown table."""
    visible = text.encode("ascii", "backslashreplace").decode()
    for raw, shown in (("|", "\\|"), ("\r", "\\r"), ("\n", "\\n"), ("\t", "\\t"), ("`", "'")):
        visible = visible.replace(raw, shown)
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in visible)


def main() -> int:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    if reason := lab.obstacle() or lab.obstacle_to_the_sample():
        print(reason, file=sys.stderr)
        return 2
    with lab.running(SAMPLE, GATEWAY) as laboratory:
        played = play_all(laboratory)
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(document(played)) + "\n")
    if target == TARGET:
        README.write_text(with_summary(README.read_text(), played))
    unmet = [each.case.id for each in played.values() if each.gateway_problems]
    changed = [each.case.id for each in played.values() if not each.sample_is_as_recorded]
    print(f"{len(played)} cases; sigproxy does not meet {unmet or 'none'};", end=" ")
    print(f"the sample differs from its record in {changed or 'none'}; {target}")
    return 1 if unmet or changed else 0


if __name__ == "__main__":
    sys.exit(main())
