"""``sigproxy doctor --config FILE``: what the gateway needs, seen with the gateway's own eyes."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sigproxy import open_files
from sigproxy.assembly.egress import build_egress
from sigproxy.assembly.upstream import build_certificate_names, build_proxy
from sigproxy.config import Settings, UpstreamSettings
from sigproxy.config.account import Account
from sigproxy.config.unit import Unit
from sigproxy.config.values import is_loopback
from sigproxy.gateway.upstream import tls
from sigproxy.gateway.upstream.client import Upstream, UpstreamOptions
from sigproxy.gateway.upstream.resolver import Resolver
from sigproxy.policies.targets import AddressPolicy
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target
from sigproxy.tools.doctor import (
    admin,
    clock,
    counter,
    descriptors,
    files,
    hosts,
    name_servers,
    own_certificate,
    vendor,
)
from sigproxy.tools.doctor.files import FilesSeen
from sigproxy.tools.doctor.finding import Tell, warning, well
from sigproxy.tools.doctor.hosts import Reach
from sigproxy.tools.doctor.runner import IN_ALL_S, Check, Progress, run_all
from sigproxy.tools.doctor.turn import own_server

# The settings' own limits, if they are shorter: DNS and TCP, TLS, and vendor.ANSWER_S behind them.
CONNECT_S, TLS_S = 5.0, 3.5
_AGAINST = "the vendors'"


@dataclass(frozen=True, slots=True)
class Case:
    """*config*: the file, None for the defaults. *account*, *unit*: the service's, if known."""

    settings: Settings
    config: Path | None = None
    account: Account | None = None
    unit: Unit | None = None


async def examine(case: Case, tell: Tell, progress: Progress, within_s: float = IN_ALL_S) -> None:
    """Run every check of *case*."""
    settings = case.settings
    seen = files.look(settings, case.config, case.account, case.unit)  # alone; see there
    trust = tls.client_context(settings.upstream.ca_file, settings.upstream.tls_maximum)
    upstream = _upstream(settings.upstream, trust)
    try:
        checks = list(_checks(case, seen, upstream))
        if settings.turn is not None:
            checks += own_server.checks(settings.turn, trust)
        await run_all(checks, tell, progress, within_s)
    finally:
        await upstream.close()


def _upstream(settings: UpstreamSettings, trust: tls.ClientContext) -> Upstream:
    """Return what reaches vendors, as ``assembly`` makes it for the gateway."""
    connect_s = min(settings.connect_timeout_s, CONNECT_S)
    admit = AddressPolicy(settings.allow_networks).admit
    options = UpstreamOptions(
        tls=trust,
        connect_timeout_s=connect_s,
        tls_timeout_s=min(settings.tls_timeout_s, TLS_S),
        reuse="never",
        pool_idle_s=settings.pool_idle_s,
        pool_size=settings.pool_size,
        certificate_names=build_certificate_names(settings),
    )
    resolver = Resolver(settings.nameservers, admit, connect_s)
    return Upstream(options, resolver, build_proxy(settings))


def _checks(case: Case, seen: FilesSeen, upstream: Upstream) -> Iterator[Check]:
    settings = case.settings
    egress = build_egress(settings.upstream)
    servers = name_servers.listed(settings) if egress is None or egress.needs_dns else ()
    for server in servers:
        only = len(servers) == 1
        yield Check(f"name server {server}", partial(_name_server, server, only))
    reach = hosts.reach(settings)
    skews = Skews(len(reach.targets))
    for target in reach.targets:
        yield Check(f"vendor {hosts.shown(target)}", partial(_vendor, upstream, target, skews))
    yield Check("targets", partial(_untried, reach))
    if reach.targets:
        yield Check(clock.NAME, partial(_clock, skews))
    yield Check(own_certificate.NAME, partial(_certificate, settings))
    yield Check("service", partial(_service, case, seen))
    if (redis := settings.limits.request_rate_redis) is not None:
        yield Check(counter.NAME, partial(_redis, redis))
    yield Check(admin.NAME, partial(_admin, settings))


class Skews:
    """What the vendors' answers say of our clock, until all have answered or failed."""

    def __init__(self, expected: int) -> None:
        self._left = expected
        self._all = asyncio.Event()
        self.found: list[float] = []
        if not expected:
            self._all.set()

    def note(self, skew_s: float | None) -> None:
        if skew_s is not None:
            self.found.append(skew_s)
        self._left -= 1
        if not self._left:
            self._all.set()

    async def all(self) -> Sequence[float]:
        await self._all.wait()
        return self.found


async def _name_server(server: str, is_only: bool, tell: Tell) -> None:
    tell(name_servers.judge(await name_servers.probe(server, is_only=is_only)))


async def _vendor(upstream: Upstream, target: Target, skews: Skews, tell: Tell) -> None:
    skew_s: float | None = None
    try:
        seen = await vendor.probe(upstream, target)
        if isinstance(seen.outcome, vendor.Answer):
            skew_s = seen.outcome.skew_s
        tell(vendor.judge(seen))
    finally:
        skews.note(skew_s)


async def _untried(reach: Reach, tell: Tell) -> None:
    """Say what cannot be tried, so that nobody takes it for tried."""
    if not reach.targets:
        what = "no route names a host that could be tried before a call"
        tell(warning("targets", "targets_untried", what, "add presets, or a host to targets"))
    elif reach.untried:
        listed = ", ".join(reach.untried[:3]) + (", ..." if len(reach.untried) > 3 else "")
        what = f"a call decides these hosts' names, so they are not tried: {listed}"
        tell(well("targets", what))


async def _clock(skews: Skews, tell: Tell) -> None:
    found = await skews.all()
    tell(clock.judge(found, _AGAINST))


async def _certificate(settings: Settings, tell: Tell) -> None:
    server, turn = settings.server, settings.turn
    if server.certificate is None:
        exposed = [bind for bind in server.bind if not is_loopback(bind)]
        if exposed and not server.trusted_proxies:
            what = f"there is none, and {', '.join(exposed)} is plain HTTP for other machines"
            remedy = "set server.certificate, or list the TLS terminator in server.trusted_proxies"
            tell(warning(own_certificate.NAME, "certificate_missing", what, remedy))
        else:
            tell(well(own_certificate.NAME, "none: what stands in front has it"))
        return
    names = [Authority.parse(name.encode()).host for name in server.public_names]
    if turn is not None and turn.name and turn.relay and turn.tls_port:
        names.append(turn.name)
    seen = await asyncio.to_thread(
        own_certificate.look, server.certificate, server.private_key, names
    )
    for finding in own_certificate.judge(seen, datetime.now(UTC)):
        tell(finding)


async def _service(case: Case, seen: FilesSeen, tell: Tell) -> None:
    """Judge by what the unit says: what its user can read, how much it may open."""
    limit = case.unit.open_files if case.unit else None
    own = open_files.hard_limit() if limit is None else limit
    for finding in (*descriptors.judge(own, case.settings), *files.judge(seen)):
        tell(finding)


async def _redis(url: str, tell: Tell) -> None:
    tell(counter.judge(await counter.probe(url)))


async def _admin(settings: Settings, tell: Tell) -> None:
    if settings.admin.bind is None:
        what = "off ([admin] bind is not set), so that no service could be asked"
        tell(well(admin.NAME, what))
    else:
        tell(admin.judge(await admin.probe(settings.admin.bind)))
