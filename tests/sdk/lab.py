"""The laboratory of the suite: all networks, and every scenario played once in each."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tests.parity import lab as parity
from tests.sdk import browser, networks
from tests.sdk.networks import DIRECT, SAMPLE, SIGPROXY, Network
from tests.sdk.record import Run
from tests.sdk.scenario import Scenario

HERE = Path(__file__).parent
BUNDLES = HERE / "node_modules" / ".bundles"


def obstacle() -> str | None:
    """Return why the SDKs cannot be run on this machine; None if they can."""
    if find_spec("playwright") is None:
        return "playwright is not installed: make test-sdk installs it"
    if shutil.which(browser.PROGRAM) is None:
        return f"there is no {browser.PROGRAM}: apt-get install chromium"
    if not BUNDLES.is_dir():
        return "the SDKs are not installed: make test-sdk installs them, with npm"
    return parity.obstacle() or parity.obstacle_to_the_sample()


@dataclass(frozen=True, slots=True)
class Runs:
    """One scenario without a gateway, through the sample, and through sigproxy."""

    scenario: Scenario
    direct: Run
    sample: Run
    sigproxy: Run

    def cells(self) -> list[tuple[str, str, str, str]]:
        """Return for each step its name, and what became of it in each of the three."""
        return [
            (
                step.name,
                step.cell(self.scenario, self.direct, proxied=False),
                step.cell(self.scenario, self.sample, proxied=True),
                step.cell(self.scenario, self.sigproxy, proxied=True),
            )
            for step in self.scenario.steps
        ]


class Laboratory:
    """Plays scenarios ahead of whoever asks for them, each network's one after the other."""

    def __init__(self, running: dict[str, Network], scenarios: Iterable[Scenario]) -> None:
        self._plays: dict[tuple[str, object], asyncio.Task[Run]] = {}
        self._networks = running
        for scenario in scenarios:
            for name in running:
                self._begin(name, scenario)

    def forget(self, name: str) -> None:
        """Have the scenarios played anew in the network *name*, when somebody asks for them."""
        self._plays = {key: play for key, play in self._plays.items() if key[0] != name}

    async def runs(self, scenario: Scenario) -> Runs:
        plays = [self._begin(name, scenario) for name in (DIRECT, SAMPLE, SIGPROXY)]
        return Runs(scenario, *await asyncio.gather(*map(asyncio.shield, plays)))

    def _begin(self, name: str, scenario: Scenario) -> asyncio.Task[Run]:
        key = (name, scenario.control if name == DIRECT else scenario.id)
        if key not in self._plays:
            self._plays[key] = asyncio.create_task(self._networks[name].play(scenario))
        return self._plays[key]

    async def stop(self) -> None:
        for play in self._plays.values():
            play.cancel()
        await asyncio.gather(*self._plays.values(), return_exceptions=True)


@asynccontextmanager
async def running(scenarios: Iterable[Scenario]) -> AsyncIterator[Laboratory]:
    """Run a laboratory, in a directory of its own, that begins with *scenarios*."""
    with tempfile.TemporaryDirectory(prefix="sigproxy-sdk-") as directory:
        async with networks.running(Path(directory)) as every:
            laboratory = Laboratory(every, scenarios)
            try:
                yield laboratory
            finally:
                await laboratory.stop()
