"""Write docs/sdks.md's table of the SDKs: where each gets through the sample, and through sigproxy.

python -m tests.sdk.table         as root; a few minutes
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import sigproxy
from docs_tools import marks, sdks
from tests.parity import gateways
from tests.sdk import browser, lab
from tests.sdk.lab import NOT_PLAYED, Runs
from tests.sdk.record import Way
from tests.sdk.scenario import Scenario
from tests.sdk.scenarios import SCENARIOS

PAGE = gateways.ROOT / "docs" / "sdks.md"
EVERY_SDK = gateways.ROOT / "docs" / "reference" / "sdks.md"  # says how far those here came
MARK = "sdk"
HEAD = ("| SDK | setting | shim | step | the sample | sigproxy |", "|---|---|---|---|---|---|")
SHIM, NO_SHIM = "yes", "no"

Outcome = tuple[str, str, str]  # whether the page loads the shim; through the sample; sigproxy
Steps = tuple[tuple[Outcome, tuple[str, ...]], ...]  # the steps that came out alike


def rows(every: list[Runs]) -> Iterator[str]:
    """Yield the table: a row for the steps of a setting, or of several, that came out alike."""
    settings: dict[tuple[str, Steps], list[str]] = {}
    for runs in every:
        key = runs.scenario.sdk, _steps(runs)
        settings.setdefault(key, []).append(runs.scenario.setting)
    yield from HEAD
    for (sdk, steps), names in settings.items():
        for outcome, of_these in steps:
            shim, sample, ours = outcome
            cells = (sdk, "; ".join(names), shim, ", ".join(of_these), sample, ours)
            yield f"| {' | '.join(cells)} |"


def _steps(runs: Runs) -> Steps:
    alike: dict[Outcome, list[str]] = {}
    sample = runs.cells(Way.SAMPLE)
    for way in runs.scenario.ways:
        for name, cell in runs.cells(way).items():
            if way is Way.SHIM:
                alike.setdefault((SHIM, NOT_PLAYED, cell), []).append(name)
            else:
                alike.setdefault((NO_SHIM, sample[name], cell), []).append(name)
    return tuple((outcome, tuple(names)) for outcome, names in alike.items())


def recorded() -> list[str]:
    block = marks.read(PAGE.read_text(), MARK)
    return [line for line in block.splitlines() if line.startswith("|")]


def versions() -> str:
    parts = [
        _said_by(browser.PROGRAM, "--version").partition(" built")[0],
        _said_by(gateways.nginx_program() or "nginx", "-v").removeprefix("nginx version: "),
        f"sigproxy {sigproxy.__version__}",
    ]
    return f"{', '.join(parts)}; {datetime.now(UTC).date()}."


def _said_by(*command: str) -> str:
    ran = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
    )
    return ran.stdout.strip().splitlines()[-1]


async def _play() -> list[Runs]:
    left = sum(len(lab.ways(scenario)) for scenario in SCENARIOS)

    def ended(scenario: Scenario, way: Way) -> None:
        nonlocal left
        left -= 1
        print(f"{scenario.sdk}, {scenario.setting}: {way} is done, {left} left", file=sys.stderr)

    async with lab.running(SCENARIOS, ended) as laboratory:
        return [await laboratory.runs(scenario) for scenario in SCENARIOS]


def main() -> int:
    if reason := lab.obstacle():
        print(reason, file=sys.stderr)
        return 2
    lines = list(rows(asyncio.run(_play())))
    table = "\n".join([versions(), "", *lines])
    PAGE.write_text(marks.write(PAGE.read_text(), MARK, table))
    EVERY_SDK.write_text(sdks.page(PAGE.read_text()))
    print(f"{len(SCENARIOS)} scenarios, {len(lines) - len(HEAD)} rows; {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
