"""Networks side by side on loopback, each with its vendors and its browser.

Some have no gateway, some the NGINX sample, some sigproxy. In the latter two kinds every name but
the gateway's leads the browser to a catcher, and the gateway to the vendors.
"""

import asyncio
import copy
import dataclasses
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.dns import UNKNOWN, Dns, Name
from tests.parity import gateways
from tests.parity.certificates import Certificates
from tests.parity.gateways import Place
from tests.sdk import browser, control, mapping, upstream
from tests.sdk.browser import Tab
from tests.sdk.mapping import BARE, COMMERCIAL, GATEWAY, PAGES
from tests.sdk.record import Run, Way
from tests.sdk.routes import BARE_ROUTE, ROUTES
from tests.sdk.scenario import UNDECIDED, YES, Phase, Scenario
from tests.sdk.upstream import MODULES, Upstream

if TYPE_CHECKING:
    from playwright.async_api import Browser

DIRECT, SAMPLE, SIGPROXY = "direct", "sample", "sigproxy"
KIND = {Way.DIRECT: DIRECT, Way.SAMPLE: SAMPLE, Way.SETTING: SIGPROXY, Way.SHIM: SIGPROXY}
FIRST = {DIRECT: 10, SAMPLE: 20, SIGPROXY: 30}  # of a kind's networks, 127.46.N
POLL_S = 0.05
LIMIT_S = 30.0  # for a step that has to come
# How long after a function of the page has ended its last request is made: watchRTC dials two
# seconds after it was started, ACS sends telemetry three seconds after it joined.
AFTERMATH_S = 6.0
SETTLE_S = 10.0
QUIET_S = 0.5  # for which a run has to stay as it is
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

    kind: str
    browser: "Browser"
    upstream: Upstream
    catcher: Upstream | None
    _pages: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def play(self, scenario: Scenario, way: Way, direct: Run | None = None) -> Run:
        """Run *scenario*; through sigproxy, until it is as far as *direct*, if it ever is."""
        page = f"run-{next(self._pages)}.{PAGES}"
        for each in self._ends:
            each.begin(page, scenario.refuses_websockets)
        parameters = {**scenario.parameters, "module": scenario.module}
        if way in (Way.SAMPLE, Way.SETTING) and scenario.proxy is not None:
            parameters["proxy"] = scenario.proxy
        if way is Way.SHIM and scenario.shim is not None:
            parameters["shim"] = scenario.shim
        async with browser.tab(self.browser, scenario.page, parameters, page) as tab:
            for phase in scenario.phases:
                await tab.page.evaluate(f"void run({phase.function})")
                await self._end_of(phase, scenario, way, tab)
            return await self._settled(scenario, way, tab, direct)

    @property
    def _ends(self) -> tuple[Upstream, ...]:
        return (self.upstream, self.catcher) if self.catcher else (self.upstream,)

    async def _run(self, way: Way, tab: Tab) -> Run:
        state = await tab.state()
        return Run(
            way,
            list(tab.journal.asked),
            list(self.upstream.received),
            list(self.catcher.received) if self.catcher else [],
            state,
            list(tab.console),
            [refusal for each in self._ends for refusal in each.refused],
        )

    async def _end_of(self, phase: Phase, scenario: Scenario, way: Way, tab: Tab) -> None:
        """Wait until every step of *phase* was seen; through the sample, until it is decided."""
        is_sample = way is Way.SAMPLE
        end = time.monotonic() + (phase.patience_s if is_sample else LIMIT_S)
        has_ended = False
        while time.monotonic() < end:
            run = await self._run(way, tab)
            cells = {step.cell(scenario, run) for step in phase.steps}
            if is_sample:
                if cells <= {YES} or _is_over(cells, phase, run):
                    return
            elif cells <= {YES} and (not phase.ends or phase.function in run.state):
                return
            if is_sample and not has_ended and phase.function in run.state:
                has_ended = True
                end = min(end, time.monotonic() + AFTERMATH_S)
            await asyncio.sleep(POLL_S)

    async def _settled(self, scenario: Scenario, way: Way, tab: Tab, direct: Run | None) -> Run:
        """Return the run once nothing is on its way any more."""
        end = time.monotonic() + SETTLE_S
        since, before = time.monotonic(), None
        while True:
            await tab.journal.complete()
            run = await self._run(way, tab)
            now = time.monotonic()
            if (size := _size(run)) != before:
                since, before = now, size
            is_level = is_even(scenario, run) and not (
                direct and any(control.differences(scenario, direct, run))
            )
            if (is_level and now - since > QUIET_S) or now > end:
                return copy.deepcopy(run)  # as it is now: a page that is closed says goodbye
            await asyncio.sleep(POLL_S)


def _size(run: Run) -> object:
    """Return what changes whenever something happens in *run*."""
    asked = [(len(each.messages), len(each.replies), each.has_ended) for each in run.asked]
    return asked, [len(each.messages) for each in run.arrived], run.state


def is_even(scenario: Scenario, run: Run) -> bool:
    """True if both ends of *run* know of everything that the other one does.

    A URL may be asked for several times, so it is counted: the browser's word of the second request
    can come later than the request.
    """
    arrived = Counter((each.method, mapping.normal(each.url)) for each in run.arrived)
    asked: Counter[tuple[str, str]] = Counter()
    said: Counter[str] = Counter()  # URL -> messages
    for each in run.asked:
        url = scenario.vendor_url(each, run.way) or mapping.normal(each.url)
        asked[each.method, url] += 1
        said[url] += len(each.messages)
        if each.body is None or (not each.has_ended and not arrived[each.method, url]):
            return False
    return all(
        arrived[each.method, url] <= asked[each.method, url] and len(each.messages) <= said[url]
        for each in run.arrived
        if not each.is_preflight and (url := mapping.normal(each.url))
    )


def _is_over(cells: set[str], phase: Phase, run: Run) -> bool:
    """True if each step has succeeded or failed, or if the page has given up."""
    return not cells & UNDECIDED or run.state.get(phase.function, ENDED) != ENDED


@asynccontextmanager
async def running(
    directory: Path, sizes: Mapping[str, int], modules: Path = MODULES
) -> AsyncIterator[list[Network]]:
    """Run as many networks of each kind as *sizes* says; pages load SDKs from *modules*."""
    certificates = Certificates(directory)
    async with AsyncExitStack() as stack:
        networks = []
        for kind, size in sizes.items():
            for number in range(FIRST[kind], FIRST[kind] + size):
                home = directory / f"{kind}-{number}"
                home.mkdir()
                network = _network(kind, f"127.46.{number}", home, certificates, modules)
                networks.append(await stack.enter_async_context(network))
        yield networks


@asynccontextmanager
async def _network(
    kind: str, network: str, directory: Path, certificates: Certificates, modules: Path
) -> AsyncIterator[Network]:
    vendors, catcher = f"{network}.1", f"{network}.3"
    async with AsyncExitStack() as stack:
        behind = await stack.enter_async_context(upstream.running(vendors, certificates, modules))
        if kind == DIRECT:
            chromium = await stack.enter_async_context(browser.running({"*": vendors}))
            yield Network(kind, chromium, behind, None)
            return
        running = upstream.running(catcher, certificates, modules)
        strays = await stack.enter_async_context(running)
        names = await _gateways(stack, kind, network, directory, certificates)
        chromium = await stack.enter_async_context(browser.running({**names, "*": catcher}))
        yield Network(kind, chromium, behind, strays)


async def _gateways(
    stack: AsyncExitStack, kind: str, network: str, directory: Path, certificates: Certificates
) -> dict[str, str]:
    """Start the network's gateways and their DNS; return the addresses of the gateways' names."""
    address, second = f"{network}.2", f"{network}.4"
    names = dict.fromkeys((GATEWAY, f"*.{GATEWAY}", COMMERCIAL, BARE), address)
    dns = Dns()
    dns.zone = AnyName(Name(a=(f"{network}.1",)), {own: Name(a=(at,)) for own, at in names.items()})
    await dns.start()
    stack.callback(dns.close)
    place = Place((address, 443), dns.address, (f"{network}.0/24",))
    if kind == SAMPLE:
        stack.enter_context(gateways.nginx(directory, certificates, place))
        return names
    stack.enter_context(gateways.sigproxy(directory, certificates, ROUTES, place))
    home = directory / "second"
    home.mkdir()
    beside = dataclasses.replace(place, address=(second, 443))
    stack.enter_context(gateways.sigproxy(home, certificates, BARE_ROUTE, beside))
    return {**names, BARE: second}
