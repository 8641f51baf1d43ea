"""The laboratory of the suite: networks of each kind; every scenario, once in each way."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.parity import lab as parity
from tests.sdk import browser, networks, online
from tests.sdk.networks import DIRECT, KIND, SAMPLE, SIGPROXY, Network
from tests.sdk.record import Run, Way
from tests.sdk.scenario import Scenario
from tests.sdk.upstream import MODULES

BUNDLES = MODULES / ".bundles"
PER_CORE = {DIRECT: 1, SAMPLE: 1, SIGPROXY: 2}  # networks; a page waits more than it computes
MOST = 4  # of a kind


def obstacle() -> str | None:
    """Return why the SDKs cannot be run on this machine; None if they can."""
    if reason := browser.obstacle():
        return reason
    if not BUNDLES.is_dir():
        return "the SDKs are not installed: make test-sdk installs them, with npm"
    return parity.obstacle() or parity.obstacle_to_the_sample() or online.obstacle()


@dataclass(frozen=True, slots=True)
class Runs:
    """One scenario in every way that it is played."""

    scenario: Scenario
    by_way: dict[Way, Run]

    def cells(self, way: Way) -> dict[str, str]:
        """Return what became of each step by its name."""
        run = self.by_way[way]
        return {step.name: step.cell(self.scenario, run) for step in self.scenario.steps}


def ways(scenario: Scenario) -> tuple[Way, ...]:
    """Return all ways in which *scenario* is played."""
    return (Way.DIRECT, *scenario.ways, *((Way.SAMPLE,) if scenario.sampled else ()))


class Laboratory:
    """Plays scenarios ahead of whoever asks for them, each in the first network that is free."""

    def __init__(
        self, running: Iterable[Network], ended: Callable[[Scenario, Way], None] | None = None
    ) -> None:
        self._free: dict[str, asyncio.Queue[Network]] = {}
        for network in running:
            self._free.setdefault(network.kind, asyncio.Queue()).put_nowait(network)
        self._plays: dict[tuple[Way, object], asyncio.Task[Run]] = {}
        self._ended = ended or (lambda scenario, way: None)

    def begin(self, scenarios: Iterable[Scenario]) -> None:
        for scenario in scenarios:
            for way in ways(scenario):
                self._begin(scenario, way)

    def forget(self, way: Way) -> None:
        """Have the scenarios played anew in that way, when somebody asks for them."""
        self._plays = {key: play for key, play in self._plays.items() if key[0] is not way}

    async def runs(self, scenario: Scenario) -> Runs:
        found = {way: await self.run(scenario, way) for way in ways(scenario)}
        return Runs(scenario, found)

    async def run(self, scenario: Scenario, way: Way) -> Run:
        return await asyncio.shield(self._begin(scenario, way))

    def _begin(self, scenario: Scenario, way: Way) -> asyncio.Task[Run]:
        key = (way, scenario.control if way is Way.DIRECT else scenario.id)
        if key not in self._plays:
            self._plays[key] = asyncio.create_task(self._play(scenario, way))
        return self._plays[key]

    async def _play(self, scenario: Scenario, way: Way) -> Run:
        direct = await self.run(scenario, Way.DIRECT) if KIND[way] == SIGPROXY else None
        free = self._free[KIND[way]]
        network = await free.get()
        try:
            return await network.play(scenario, way, direct)
        finally:
            free.put_nowait(network)
            self._ended(scenario, way)

    async def stop(self) -> None:
        for play in self._plays.values():
            play.cancel()
        await asyncio.gather(*self._plays.values(), return_exceptions=True)


def sizes(kinds: Iterable[str]) -> dict[str, int]:
    """Return how many networks of each kind this machine can run."""
    cores = len(os.sched_getaffinity(0))
    return {kind: min(MOST, PER_CORE[kind] * cores) for kind in kinds}


@asynccontextmanager
async def running(
    scenarios: Iterable[Scenario],
    ended: Callable[[Scenario, Way], None] | None = None,
    modules: Path = MODULES,
) -> AsyncIterator[Laboratory]:
    """Run a laboratory, in a directory of its own, that begins with *scenarios*."""
    chosen = list(scenarios)
    kinds = {KIND[way]: None for scenario in chosen for way in ways(scenario)}
    with tempfile.TemporaryDirectory(prefix="sigproxy-sdk-") as directory:
        async with networks.running(Path(directory), sizes(kinds), modules) as every:
            laboratory = Laboratory(every, ended)
            laboratory.begin(chosen)
            try:
                yield laboratory
            finally:
                await laboratory.stop()
