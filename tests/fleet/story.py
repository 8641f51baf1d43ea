"""What happens to a fleet under load, one thing after the other, and what was seen meanwhile."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from time import monotonic
from typing import Any

from benchmarks.accounting import pss_kib
from sigproxy.gateway.admission.rate import REDIS_PAUSE_S
from soak import child
from soak.account import Failure, Kind
from soak.child import Child
from soak.plan import Plan
from tests.fleet import networks
from tests.fleet.account import Event, Happened
from tests.fleet.networks import SHARED
from tests.fleet.site import Site
from tests.fleet.waiting import eventually
from tests.media.live.round_trips import echoing
from tests.service.process import SERVE

BACK_OFF_S = 1.0  # the most that a client waits before it comes back, at random


@dataclass(frozen=True, slots=True)
class Pace:
    """*rest_s* is the time between two events; the loss of power takes half a minute."""

    websockets: int = 60
    messages_per_s: float = 60.0
    requests_per_s: float = 10.0
    flows: int = 4
    rest_s: float = 2.0
    loses_power: bool = False

    @property
    def plan(self) -> Plan:
        return Plan(
            websockets=self.websockets,
            messages_per_s=self.messages_per_s,
            requests_per_s=self.requests_per_s,
            most_back_off_s=BACK_OFF_S,
        )


@dataclass(slots=True)
class Seen:
    """*answered* are requests, by event: between it and the next one."""

    pace: Pace
    begun_s: float = field(default_factory=monotonic)
    happened: list[Happened] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    answered: dict[Event, int] = field(default_factory=dict)
    exit_code: int | None = None  # of the gateway that drained
    taken_over_s: float = 0.0
    let_go_s: float = 0.0  # until HAProxy had ended all connections to a machine without power
    late: int = 0
    load: dict[str, Any] = field(default_factory=dict)
    upstream: dict[str, Any] = field(default_factory=dict)
    lasted_s: float = 0.0
    connections: int = 0  # that HAProxy had when all clients had come
    balancer_kib: int = 0  # of memory, that they took
    gateways_kib: int = 0


@asynccontextmanager
async def crowd(site: Site, pace: Pace) -> AsyncIterator[Child]:
    """Have clients, who come when they are told to "begin"."""
    async with echoing(site.networks.vendor) as peer:
        document = {
            "host": SHARED,
            "port": 443,
            "vendor_port": site.vendor_port,
            "ca": str(site.pki.ca_file),
            "plan": asdict(pace.plan),
            "flows": pace.flows,
            "peer": peer,
        }
        prefix = site.networks.clients.prefix
        started = child.started(
            "load", document, site.directory, package="tests.fleet", prefix=prefix
        )
        async with started as load:
            yield load


async def told(site: Site, pace: Pace) -> Seen:
    """Play the whole story; afterwards the fleet is as it was."""
    async with crowd(site, pace) as load:
        teller = _Teller(site, load, Seen(pace))
        await teller.play()
        return teller.seen


class _Teller:
    def __init__(self, site: Site, load: Child, seen: Seen) -> None:
        self._site, self._load, self.seen = site, load, seen

    async def play(self) -> None:
        before = self._memory()
        await self._load.ask("begin")
        await self._all_open()
        self.seen.balancer_kib, self.seen.gateways_kib = (
            now - then for now, then in zip(self._memory(), before, strict=True)
        )
        servers = await self._site.active.servers()
        self.seen.connections = sum(int(each["scur"]) for each in servers.values())
        strikes = {
            Event.DRAIN: self._drain,
            Event.KILL: self._kill,
            Event.RELOAD: self._reload,
            Event.POWER: self._lose_power,
            Event.BALANCER: self._lose_balancer,
            Event.STORE: self._lose_store,
        }
        for event, strike in strikes.items():
            if event is not Event.POWER or self.seen.pace.loses_power:
                await self._strike(event, strike)
        self.seen.lasted_s = monotonic() - self.seen.begun_s
        self.seen.late = await self._load.ask("leave")
        await self._figures()
        self.seen.load = await self._load.ask("report")
        self.seen.upstream = await self._site.vendor.ask("report")

    def _memory(self) -> tuple[int, int]:
        """Return what HAProxy has, and what all gateways have, in KiB."""
        gateways = sum(pss_kib(node.service.pid) for node in self._site.nodes)
        return pss_kib(self._site.active.haproxy[0]), gateways

    async def _strike(self, event: Event, strike: Any) -> None:
        say(event)
        before, begun_s = await self._requests(), monotonic()
        await strike()
        self.seen.happened.append(Happened(event, begun_s, monotonic()))
        await asyncio.sleep(self.seen.pace.rest_s)  # a time in which nothing more may fail
        await self._all_open()
        self.seen.answered[event] = await self._requests() - before

    async def _drain(self) -> None:
        self.seen.exit_code = await self._site.nodes[0].drain()
        await self._site.until_ready(2, 3)
        await self._site.nodes[0].service.start((*self._site.nodes[0].machine.prefix, *SERVE))
        await self._site.until_ready(1, 2, 3)

    async def _kill(self) -> None:
        await self._site.nodes[1].kill()
        await self._site.until_ready(1, 3)
        await self._site.nodes[1].start()
        await self._site.until_ready(1, 2, 3)

    async def _reload(self) -> None:
        await self._site.nodes[2].reload()

    async def _lose_power(self) -> None:
        lost, active, begun_s = self._site.nodes[2], self._site.active, monotonic()
        networks.unplug(lost.machine)
        await lost.kill()

        async def is_let_go() -> bool:
            return (await active.servers())["gateway3"]["scur"] == "0"

        await eventually(is_let_go)
        self.seen.let_go_s = monotonic() - begun_s
        networks.plug(lost.machine)
        await lost.start()
        await self._site.until_ready(1, 2, 3)

    async def _lose_balancer(self) -> None:
        lost = self._site.active
        [other] = [each for each in self._site.balancers if each is not lost]
        begun_s = monotonic()
        await lost.vanish()
        await self._site.until_taken_over(other)
        self.seen.taken_over_s = monotonic() - begun_s
        await self._all_open()
        await lost.come_back()
        await self._site.until_ready(1, 2, 3)
        assert self._site.active is other, "one that comes back must not take the address again"

    async def _lose_store(self) -> None:
        await self._site.store.kill()
        before = await self._requests()

        async def are_answered() -> bool:
            return await self._requests() >= before + 20

        await eventually(are_answered)
        await self._site.store.start()
        await asyncio.sleep(REDIS_PAUSE_S + 1)  # so long no gateway asks it again

    async def _all_open(self) -> None:
        figures: dict[str, Any] = {}

        async def are_open() -> bool:
            figures.update(await self._figures())
            return bool(figures["open"] >= self.seen.pace.websockets)

        try:
            await eventually(are_open)
        except TimeoutError:
            raise AssertionError(f"not all came back: {figures}") from None

    async def _requests(self) -> int:
        return sum((await self._figures())["requests"].values())

    async def _figures(self) -> dict[str, Any]:
        figures: dict[str, Any] = await self._load.ask("figures")
        for values in figures["failures"]:
            self.seen.failures.append(Failure(**{**values, "kind": Kind(values["kind"])}))
        return figures


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
