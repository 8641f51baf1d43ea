"""Write docs/sdks.md's tables: how far each SDK gets through sigproxy, and through the sample.

python -m tests.sdk.table         as root; some minutes
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
from tests.sdk.lab import Runs
from tests.sdk.record import Way
from tests.sdk.scenario import Scenario
from tests.sdk.scenarios import SCENARIOS

PAGE = gateways.ROOT / "docs" / "sdks.md"
EVERY_SDK = gateways.ROOT / "docs" / "reference" / "sdks.md"  # says how far those here came
HEADS = {
    "sdk": ("| SDK | setting | shim | step | sigproxy |", "|---|---|---|---|---|"),
    "sample": ("| SDK | setting | step | the sample |", "|---|---|---|---|"),
}
SHIM, NO_SHIM = "yes", "no"

Steps = tuple[tuple[str, tuple[str, ...]], ...]  # outcomes, and the steps that had them


def rows(mark: str, every: list[Runs]) -> list[str]:
    """Return the table *mark*: a row for the steps that came out alike, of settings that did."""
    settings: dict[tuple[str, Way, Steps], list[str]] = {}
    for runs in every:
        for way in runs.scenario.ways if mark == "sdk" else (Way.SAMPLE,):
            if way in runs.by_way:
                key = runs.scenario.sdk, way, _steps(runs, way)
                settings.setdefault(key, []).append(runs.scenario.setting)
    return [*HEADS[mark], *(row for key, names in settings.items() for row in _rows(*key, names))]


def _rows(sdk: str, way: Way, steps: Steps, names: list[str]) -> Iterator[str]:
    shim = () if way is Way.SAMPLE else (SHIM if way is Way.SHIM else NO_SHIM,)
    for outcome, of_these in steps:
        yield f"| {' | '.join((sdk, '; '.join(names), *shim, ', '.join(of_these), outcome))} |"


def _steps(runs: Runs, way: Way) -> Steps:
    alike: dict[str, list[str]] = {}
    for name, outcome in runs.cells(way).items():
        alike.setdefault(outcome, []).append(name)
    return tuple((outcome, tuple(names)) for outcome, names in alike.items())


def recorded(mark: str) -> list[str]:
    block = marks.read(PAGE.read_text(), mark)
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
    every = asyncio.run(_play())
    page = PAGE.read_text()
    for mark in HEADS:
        table = "\n".join([versions(), "", *rows(mark, every)])
        page = marks.write(page, mark, table)
    PAGE.write_text(page)
    EVERY_SDK.write_text(sdks.page(page))
    print(f"{len(SCENARIOS)} scenarios; {PAGE}, {EVERY_SDK}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
