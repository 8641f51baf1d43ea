"""Three networks side by side on loopback, each with its vendors and its browser.

One has no gateway, one the NGINX sample, one sigproxy. In the latter two every name but the
gateway's leads the browser to a catcher, and the gateway to the vendors.
"""

import asyncio
import copy
import dataclasses
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.dns import UNKNOWN, Dns, Name
from tests.parity import gateways
from tests.parity.certificates import Certificates
from tests.parity.gateways import Place
from tests.sdk import browser, mapping, upstream
from tests.sdk.browser import Tab
from tests.sdk.mapping import BARE, COMMERCIAL, GATEWAY
from tests.sdk.record import Run
from tests.sdk.routes import BARE_ROUTE, ROUTES
from tests.sdk.scenario import UNDECIDED, YES, Phase, Scenario
from tests.sdk.upstream import Upstream

if TYPE_CHECKING:
    from playwright.async_api import Browser

DIRECT, SAMPLE, SIGPROXY = "direct", "sample", "sigproxy"
NETWORKS = {DIRECT: "127.46.0", SAMPLE: "127.46.1", SIGPROXY: "127.46.2"}
POLL_S = 0.05
LIMIT_S = 30.0  # for a step that has to come
# How long after a function of the page has ended its last request is made: watchRTC dials two
# seconds after it was started, ACS sends telemetry three seconds after it joined.
AFTERMATH_S = 6.0
SETTLE_S = 10.0
FAREWELL_S = 1.0
ENDED = "ended"  # what a page says of a function that did not fail


class AnyName(dict[str, Name]):
    """A zone with *other* for every name that is not in it."""

    def __init__(self, other: Name, names: dict[str, Name]) -> None:
        super().__init__(names)
        self._other = other

    def get(self, name: str, default: object = None) -> Name:  # type: ignore[override]
        # What has no dot is nobody's: NGINX's sample takes the first part of a path for a host.
        return super().get(name, self._other if "." in name else UNKNOWN)


@dataclass(slots=True)
class Network:
    """Plays one scenario at a time."""

    name: str
    browser: "Browser"
    upstream: Upstream
    catcher: Upstream | None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_proxied(self) -> bool:
        return self.catcher is not None

    async def play(self, scenario: Scenario) -> Run:
        async with self._turn:
            for each in filter(None, (self.upstream, self.catcher)):
                each.received = []
                each.refuses_websockets = scenario.refuses_websockets
            parameters = dict(scenario.parameters)
            if self.is_proxied:
                parameters["proxy"] = scenario.proxy
            async with browser.tab(self.browser, scenario.page, parameters) as tab:
                for phase in scenario.phases:
                    await tab.page.evaluate(f"void run({phase.function})")
                    await self._end_of(phase, scenario, tab)
                run = await self._settled(scenario, tab)
            await self._farewells()
            return run

    async def _farewells(self) -> None:
        """Wait for what a closed page still sends, which would be taken for the next one's."""
        ends = [each.received for each in filter(None, (self.upstream, self.catcher))]
        while True:
            before = sum(map(len, ends))
            await asyncio.sleep(FAREWELL_S)
            if sum(map(len, ends)) == before:
                return

    async def _run(self, tab: Tab) -> Run:
        state = await tab.state()
        caught = list(self.catcher.received) if self.catcher else []
        received = list(self.upstream.received)
        return Run(list(tab.journal.asked), received, caught, state, list(tab.console))

    async def _end_of(self, phase: Phase, scenario: Scenario, tab: Tab) -> None:
        """Wait until every step of *phase* was seen; through the sample, until it is decided."""
        end = time.monotonic() + (phase.patience_s if self.name == SAMPLE else LIMIT_S)
        has_ended = False
        while time.monotonic() < end:
            run = await self._run(tab)
            cells = {step.cell(scenario, run, self.is_proxied) for step in phase.steps}
            if cells == {YES} or (self.name == SAMPLE and _is_over(cells, phase, run)):
                return
            if self.name == SAMPLE and not has_ended and phase.function in run.state:
                has_ended = True
                end = min(end, time.monotonic() + AFTERMATH_S)
            await asyncio.sleep(POLL_S)

    async def _settled(self, scenario: Scenario, tab: Tab) -> Run:
        """Return the run once nothing is on its way any more."""
        end = time.monotonic() + SETTLE_S
        while True:
            await tab.journal.complete()
            run = await self._run(tab)
            if self._is_even(scenario, run) or time.monotonic() > end:
                return copy.deepcopy(run)  # as it is now: a page that is closed says goodbye
            await asyncio.sleep(POLL_S)

    def _is_even(self, scenario: Scenario, run: Run) -> bool:
        """True if both ends of *run* know of everything that the other one does."""
        arrived = {mapping.normal(each.url) for each in run.arrived}
        asked: dict[str | None, int] = {}  # URL -> messages
        for each in run.asked:
            url = scenario.vendor_url(each, self.is_proxied) or mapping.normal(each.url)
            asked[url] = asked.get(url, 0) + len(each.messages)
            if each.body is None or (not each.has_ended and url not in arrived):
                return False
        return all(
            len(each.messages) <= asked.get(mapping.normal(each.url), -1)
            for each in run.arrived
            if not each.is_preflight
        )


def _is_over(cells: set[str], phase: Phase, run: Run) -> bool:
    """True if each step has succeeded or failed, or if the page has given up."""
    return not cells & UNDECIDED or run.state.get(phase.function, ENDED) != ENDED


@asynccontextmanager
async def running(directory: Path) -> AsyncIterator[dict[str, Network]]:
    certificates = Certificates(directory)
    async with AsyncExitStack() as stack:
        networks = {}
        for name in NETWORKS:
            home = directory / name
            home.mkdir()
            networks[name] = await stack.enter_async_context(_network(name, home, certificates))
        yield networks


@asynccontextmanager
async def _network(
    name: str, directory: Path, certificates: Certificates
) -> AsyncIterator[Network]:
    vendors, catcher = f"{NETWORKS[name]}.1", f"{NETWORKS[name]}.3"
    async with AsyncExitStack() as stack:
        behind = await stack.enter_async_context(upstream.running(vendors, certificates))
        if name == DIRECT:
            chromium = await stack.enter_async_context(browser.running({"*": vendors}))
            yield Network(name, chromium, behind, None)
            return
        strays = await stack.enter_async_context(upstream.running(catcher, certificates))
        names = await _gateways(stack, name, directory, certificates)
        running = browser.running({**names, "*": catcher})
        yield Network(name, await stack.enter_async_context(running), behind, strays)


async def _gateways(
    stack: AsyncExitStack, name: str, directory: Path, certificates: Certificates
) -> dict[str, str]:
    """Start the network's gateways and their DNS; return the addresses of the gateways' names."""
    network = NETWORKS[name]
    address, second = f"{network}.2", f"{network}.4"
    names = dict.fromkeys((GATEWAY, COMMERCIAL, BARE), address)
    dns = Dns()
    dns.zone = AnyName(Name(a=(f"{network}.1",)), {own: Name(a=(at,)) for own, at in names.items()})
    await dns.start()
    stack.callback(dns.close)
    place = Place((address, 443), dns.address, (f"{network}.0/24",))
    if name == SAMPLE:
        stack.enter_context(gateways.nginx(directory, certificates, place))
        return names
    stack.enter_context(gateways.sigproxy(directory, certificates, ROUTES, place))
    home = directory / "second"
    home.mkdir()
    beside = dataclasses.replace(place, address=(second, 443))
    stack.enter_context(gateways.sigproxy(home, certificates, BARE_ROUTE, beside))
    return {**names, BARE: second}
