"""All checks of a gateway from anywhere, in the order in which each needs the ones before."""

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sigproxy.gateway.upstream import tls
from sigproxy.semantics.ice import IceUrl
from sigproxy.tools.dial import Admits, HttpProxy
from sigproxy.tools.doctor import clock
from sigproxy.tools.doctor.client import gate, media, modes, pages, vendors, websocket
from sigproxy.tools.doctor.client import plan as plans
from sigproxy.tools.doctor.client.address import GatewayAddress
from sigproxy.tools.doctor.client.asking import VENDOR_S, Asked, Client, asking
from sigproxy.tools.doctor.client.gate import Gate, Named
from sigproxy.tools.doctor.client.media import IceServers
from sigproxy.tools.doctor.client.modes import MediaSeen
from sigproxy.tools.doctor.client.plan import BadPlan, Plan, PlannedVendor
from sigproxy.tools.doctor.faults import Fault
from sigproxy.tools.doctor.finding import Tell, failure, warning, well
from sigproxy.tools.doctor.runner import IN_ALL_S, Check, Progress, run_all
from sigproxy.tools.doctor.turn import binding, relaying, verdict
from sigproxy.tools.doctor.turn.relaying import Login, RelaySeen


@dataclass(frozen=True, slots=True)
class Visit:
    """*origin*: the web page whose calls fail, None: nobody said. *long*: an idle WebSocket too.

    *proxy*: the network's, None: there is none.
    """

    address: GatewayAddress
    origin: str | None = None
    long: bool = False
    ca_file: Path | None = None
    proxy: HttpProxy | None = None


@dataclass(frozen=True, slots=True)
class _Scene:
    """What all checks share; *plan* None: the gateway has none to give.

    *admits*: which addresses may be connected to because the gateway names them.
    """

    visit: Visit
    trust: ssl.SSLContext
    proxy: HttpProxy | None
    client: Client
    admits: Admits
    plan: Plan | None = None

    @property
    def address(self) -> GatewayAddress:
        return self.visit.address

    @property
    def headers(self) -> dict[str, str]:
        return {"Origin": self.visit.origin} if self.visit.origin else {}


async def examine(visit: Visit, tell: Tell, progress: Progress, within_s: float = IN_ALL_S) -> None:
    """Run every check that *visit* allows."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + within_s
    trust = tls.client_context(visit.ca_file, None)
    proxy = visit.proxy
    async with asking(visit.address, trust, proxy) as client:
        entered: list[_Scene] = []

        async def approach(tell: Tell) -> None:
            named = await gate.resolve(visit.address.authority)
            own = () if isinstance(named.outcome, Fault) else named.outcome
            scene = _Scene(visit, trust, proxy, client, media.own_or_public(own))
            asked = await _enter(scene, named, tell)
            if asked is not None:
                entered.append(replace(scene, plan=_plan(asked, tell)))

        await run_all([Check("dns, tcp and tls", approach)], tell, progress, within_s)
        for scene in entered:
            left_s = until_s - loop.time() + (websocket.IDLE_S if visit.long else 0.0)
            await run_all(_checks(scene), tell, progress, left_s)


async def _enter(scene: _Scene, named: Named, tell: Tell) -> Asked | None:
    """Go as far as TLS; return what the plan is, None: nothing more may be asked."""
    authority = scene.address.authority
    tell(gate.judge_name(authority, named, scene.proxy))
    if scene.proxy is not None:
        tell(well("proxy", f"HTTPS goes through {scene.proxy}, as this machine is told to"))
    if isinstance(named.outcome, Fault) and scene.proxy is None:
        return None
    seen = await gate.enter(authority, scene.trust, scene.proxy)
    if isinstance(seen, Fault):
        tell(gate.judge_fault(authority, seen))
        return None
    asked = await _ask_for_plan(scene, seen)
    for finding in gate.judge_gate(authority, seen, _served(asked), datetime.now(UTC)):
        tell(finding)
    return asked if seen.fault is None else None


async def _ask_for_plan(scene: _Scene, seen: Gate) -> Asked:
    if seen.fault is None:
        page = scene.address.own("network/plan", keyed=True)
        return await scene.client.ask(page, headers=scene.headers)
    keyless = replace(scene.address, key="")  # whoever is in between gets no key from us
    async with asking(keyless, gate.unverified(), scene.proxy) as client:
        return await client.ask(keyless.own("network/plan"), headers=scene.headers)


def _served(asked: Asked) -> str | None:
    """Return which certificate the gateway serves, if it says so."""
    try:
        return plans.parse(asked.body).sha256 if asked.status == 200 else None
    except BadPlan:
        return None


def _plan(asked: Asked, tell: Tell) -> Plan | None:
    why_not = pages.judge_plan(asked)
    if why_not is not None:
        tell(why_not)
        return None
    try:
        plan = plans.parse(asked.body)
    except BadPlan as error:
        what = f"what there is to try cannot be read: {error}"
        remedy = "use a doctor of the gateway's own version"
        tell(failure("plan", "plan_unreadable", what, remedy))
        return None
    skew_s = asked.at_s - asked.took_s / 2 - plan.time
    tell(clock.judge((skew_s,), "the gateway's"))
    return plan


def _checks(scene: _Scene) -> Iterator[Check]:
    plan = scene.plan
    yield Check("ready", partial(_ready, scene))
    yield Check("preflight", partial(_preflight, scene))
    if plan is not None:
        yield Check("websocket", partial(_websocket, scene, plan, 0.0))
        if scene.visit.long:
            yield Check("websocket idle", partial(_websocket, scene, plan, websocket.IDLE_S))
        yield Check("routes", partial(_untried, plan))
        for vendor in plan.vendors:
            yield Check(f"vendor {vendor.host}", partial(_vendor, scene, vendor))
        if plan.stun is not None:
            yield Check("stun", partial(_stun, scene, plan.stun))
    if plan is None or plan.ice is not None:
        yield Check("media", partial(_media, scene))
    else:
        yield Check("media", _no_media)


async def _ready(scene: _Scene, tell: Tell) -> None:
    asked = await scene.client.ask(scene.address.own("ready"))
    tell(pages.judge_ready(asked))
    skew_s = clock.skew_of(asked.fields.get("date", ""), datetime.now(UTC))
    if scene.plan is None and skew_s is not None:  # it tells whole seconds only
        tell(clock.judge((skew_s,), "the gateway's"))


async def _preflight(scene: _Scene, tell: Tell) -> None:
    """Ask as a page of the origin would; without one, whether OPTIONS gets through at all."""
    origin, path = scene.visit.origin or scene.address.origin, scene.address.own("ready")
    if scene.visit.origin and scene.plan is not None and scene.plan.vendors:
        path = scene.plan.vendors[0].url
    asked = await scene.client.ask(path, "OPTIONS", pages.preflight_fields(origin))
    tell(pages.judge_preflight(asked, origin))


async def _websocket(scene: _Scene, plan: Plan, idle_s: float, tell: Tell) -> None:
    tell(websocket.judge(await websocket.probe(scene.client, plan.echo, idle_s)))


async def _vendor(scene: _Scene, vendor: PlannedVendor, tell: Tell) -> None:
    asked = await scene.client.ask(vendor.url, vendor.method, scene.headers, VENDOR_S)
    if asked.error and asked.status and vendor.method == "HEAD":  # with a body it says more
        asked = await scene.client.ask(vendor.url, "GET", scene.headers, VENDOR_S)
    tell(vendors.judge(vendor, asked))


async def _untried(plan: Plan, tell: Tell) -> None:
    for route, why in plan.untried:
        what, _, remedy = why.partition("; ")
        tell(warning(f"route {route}", "route_untried", f"not tried: {what}", remedy))


async def _stun(scene: _Scene, url: str, tell: Tell) -> None:
    way = media.way_of(IceUrl.parse(url), scene.trust, scene.proxy, scene.admits)
    tell(binding.judge(await binding.probe(way), media.REMEDIES["turn_silent udp"], warning))


async def _no_media(tell: Tell) -> None:
    tell(well("media", "the gateway has no [turn], so that no media goes through it"))


async def _media(scene: _Scene, tell: Tell) -> None:
    """Get ICE servers, try each way that they name, and say what that means."""
    plan = scene.plan
    path = scene.address.own("ice", keyed=True) + "?sdk=webrtc"
    if plan is not None and plan.ice is not None:
        path = plan.ice
    asked = await scene.client.ask(path, headers=scene.headers)
    if (why_not := media.judge_ice(asked)) is not None:
        tell(why_not)
        return
    try:
        servers = media.parse(asked.body)
    except ValueError as error:
        what = f"the ICE servers cannot be read: {error}"
        tell(failure("ice", "ice_unreadable", what, "use a doctor of the gateway's own version"))
        return

    if not servers.turn:
        tell(media.none_named())
        return

    async def relay(url: IceUrl, login: Login) -> RelaySeen:
        way = media.way_of(url, scene.trust, scene.proxy, scene.admits)
        seen = await relaying.probe(way, login)
        for finding in verdict.judge(seen, "", media.REMEDIES, warning):
            tell(finding)
        return seen

    found = await asyncio.gather(*(relay(*each) for each in servers.turn))
    seen = MediaSeen(
        ways=tuple(found),
        modes=plan.modes if plan else (),
        turn_server=plan.turn_server if plan else None,
        only_443=await _is_silent(servers, found, scene.admits),
    )
    tell(modes.judge(seen))


async def _is_silent(servers: IceServers, found: Sequence[RelaySeen], admits: Admits) -> bool:
    """Return whether TCP gets no answer either where UDP got none: then most ports are closed."""
    for (url, _), seen in zip(servers.turn, found, strict=True):
        obstacle = seen.obstacle
        if url.carrier == "udp" and obstacle is not None and obstacle.fault.token == "turn_silent":
            return await gate.is_silent(url.host, url.dialled_port, admits)
    return False
