"""Check settings that are each valid alone, but may contradict each other."""

from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from itertools import combinations
from pathlib import Path

from sigproxy.config import network_test_rules, networks, proxy_rules, routes, turn_rules
from sigproxy.config.listening import EVERY_IPV4, EVERY_IPV6, overlap
from sigproxy.config.masking import quoted
from sigproxy.config.model import Settings
from sigproxy.config.problem import Finding, Loc
from sigproxy.config.routes import repeated
from sigproxy.config.values import is_loopback, parse_bind
from sigproxy.dialects.fixed import FixedDialect
from sigproxy.dialects.host import SAME
from sigproxy.policies.targets import AddressPolicy, Pattern
from sigproxy.semantics.authority import Authority

_EVERYWHERE = frozenset({EVERY_IPV4, EVERY_IPV6})


def findings(settings: Settings) -> Iterator[Finding]:
    yield from _open_relay(settings)
    yield from _key_alone(settings)
    yield from _same_address_twice(settings)
    yield from _headers_from_anybody(settings)
    yield from _networks_of_everybody(settings)
    yield from _admin_among_clients(settings)
    yield from routes.findings(settings.route)
    if settings.turn is not None:
        yield from turn_rules.findings(settings.turn)
        yield from _relay_is_ourselves(settings)
    if settings.network_test is not None:
        yield from network_test_rules.findings(settings.network_test)
    yield from _upstream_is_ourselves(settings)
    yield from _upstream_that_is_never_dialled(settings)
    yield from proxy_rules.findings(settings)
    yield from _limits_that_nest(settings)
    yield from _redis_alone(settings)
    yield from _notice_within_the_drain(settings)


def _open_relay(settings: Settings) -> Iterator[Finding]:
    exposed = [bind for bind in settings.server.bind if not is_loopback(bind)]
    open_targets = [
        (index, target)
        for index, route in enumerate(settings.route)
        for target in route.patterns
        if Pattern.parse(target).is_open
    ]
    if exposed and open_targets and not settings.server.open_relay:
        indexes = dict.fromkeys(index for index, _ in open_targets)
        yield Finding(
            (
                ("server", "bind"),
                ("server", "open_relay"),
                *(("route", index, "targets") for index in indexes),
            ),
            f"{', '.join(exposed)} is reachable from other machines, and the targets "
            f"{_listed(open_targets)} cover strangers' hosts: an open relay",
            "list the vendor's hosts as targets, for example *.communication.microsoft.com, "
            "or set server.open_relay = true if everybody may use it",
            basis=tuple(_what_gives_targets(settings, indexes)),
        )


def _what_gives_targets(settings: Settings, indexes: Iterable[int]) -> Iterator[Loc]:
    """Yield what would replace the default targets of the routes at *indexes*."""
    for index in indexes:
        route = settings.route[index]
        if not (route.targets or route.presets or route.upstream or route.hosts):
            yield from (("route", index, key) for key in ("presets", "upstream", "hosts"))


def _listed(open_targets: list[tuple[int, str]]) -> str:
    return ", ".join(f"{target} (route[{index}])" for index, target in open_targets)


def _key_alone(settings: Settings) -> Iterator[Finding]:
    if settings.server.private_key and not settings.server.certificate:
        yield Finding(
            (("server", "private_key"), ("server", "certificate")),
            "a private key without a certificate",
            "set server.certificate too, or remove the key to serve plain HTTP",
        )


def _same_address_twice(settings: Settings) -> Iterator[Finding]:
    binds = settings.server.bind
    for _, address in repeated(binds):
        yield Finding((("server", "bind"),), f"{quoted(address)} is listed twice", "remove one")
    for one, other in combinations(dict.fromkeys(binds), 2):
        if overlap(one, other):
            yield Finding(
                (("server", "bind"),),
                f"{quoted(one)} and {quoted(other)} cannot both be opened: one includes the other",
                "remove one",
            )


def _headers_from_anybody(settings: Settings) -> Iterator[Finding]:
    if settings.server.proxy_protocol and not settings.server.trusted_proxies:
        yield Finding(
            (("server", "proxy_protocol"), ("server", "trusted_proxies")),
            "trusted_proxies is missing: it says whose PROXY protocol headers are trusted",
            "list the balancer's own addresses, for example "
            'server.trusted_proxies = ["192.0.2.10"], or remove proxy_protocol',
        )


def _networks_of_everybody(settings: Settings) -> Iterator[Finding]:
    proxies, allowed = settings.server.trusted_proxies or (), settings.upstream.allow_networks
    if covered := networks.everybody(proxies):
        yield Finding(
            (("server", "trusted_proxies"),),
            f"together they are {covered}: any client could impersonate another in "
            "X-Forwarded-For, and so evade the limits",
            "list only the networks of your own proxies, for example 10.0.0.0/8, or remove "
            "trusted_proxies to forward X-Forwarded-For without trusting it",
        )
    if covered := networks.everybody(allowed):
        yield Finding(
            (("upstream", "allow_networks"),),
            f"together they are {covered}, which would switch off the check of addresses",
            "list only the networks that hold your own upstreams",
        )


def _admin_among_clients(settings: Settings) -> Iterator[Finding]:
    admin = settings.admin.bind
    if admin is None:
        return
    for bind in settings.server.bind:
        if _overlap(admin, bind):
            yield Finding(
                (("admin", "bind"), ("server", "bind")),
                f"{admin} is the port of the gateway's clients ({bind})",
                "choose another, for example 127.0.0.1:9901",
            )


def _overlap(one: str, other: str) -> bool:
    """Return whether the two addresses conflict, so that two programs could not listen at them."""
    first, second = parse_bind(one), parse_bind(other)
    if isinstance(first, Path) or isinstance(second, Path) or first.port != second.port:
        return False
    return first.host == second.host or not _EVERYWHERE.isdisjoint((first.host, second.host))


def _upstream_is_ourselves(settings: Settings) -> Iterator[Finding]:
    own = {Authority.parse(name.encode()) for name in settings.server.public_names}
    for loc, text, authority in _named(settings):
        if authority in own:
            yield Finding(
                (loc, ("server", "public_names")),
                f"{quoted(text)} is this gateway itself: each request would come back",
                "name the vendor's host",
            )


def _named(settings: Settings) -> Iterator[tuple[Loc, str, Authority]]:
    """Yield what the routes themselves say is dialled: where, as it is written, and as it is."""
    for index, route in enumerate(settings.route):
        if route.upstream is not None:
            authority = FixedDialect.parse(route.upstream).authority
            yield ("route", index, "upstream"), route.upstream, authority
        for theirs in route.hosts.values():
            if SAME not in theirs:
                yield ("route", index, "hosts"), theirs, Authority.parse(theirs.encode())


def _relay_is_ourselves(settings: Settings) -> Iterator[Finding]:
    relay = None if settings.turn is None else settings.turn.relay
    for bind in settings.server.bind:
        if relay is not None and _overlap(relay, bind):
            yield Finding(
                (("turn", "relay"), ("server", "bind")),
                f"{relay} is the port of the gateway's clients ({bind})",
                "write coturn's tcp-proxy-port there, for example 127.0.0.1:3479",
            )


def _upstream_that_is_never_dialled(settings: Settings) -> Iterator[Finding]:
    policy = AddressPolicy(settings.upstream.allow_networks)
    for loc, _, authority in _named(settings):
        if authority.is_ip and not policy.allows(ip_address(authority.host)):
            yield Finding(
                (loc, ("upstream", "allow_networks")),
                f"{authority.host} is not a public address; the gateway connects only to those",
                f'if this is intended, add it: upstream.allow_networks = ["{authority.host}"]',
            )


def _notice_within_the_drain(settings: Settings) -> Iterator[Finding]:
    notice_s, drain_s = settings.server.drain_notice_s, settings.server.drain_s
    if notice_s >= drain_s:
        yield Finding(
            (("server", "drain_notice_s"), ("server", "drain_s")),
            f"drain_notice_s ({notice_s:g} s) is a part of drain_s ({drain_s:g} s), and would "
            "leave no time to drain",
            "lower drain_notice_s or raise drain_s",
        )


def _limits_that_nest(settings: Settings) -> Iterator[Finding]:
    limits = settings.limits
    head, body = limits.request_head_kib, limits.request_body_mib * 1024
    yield from _within("request_field_kib", limits.request_field_kib, "request_head_kib", head)
    yield from _within("request_target_kib", limits.request_target_kib, "request_head_kib", head)
    yield from _within("replay_body_kib", limits.replay_body_kib, "request_body_mib", body)


def _redis_alone(settings: Settings) -> Iterator[Finding]:
    counted = (settings.limits.request_rate, settings.turn, settings.network_test)
    if settings.limits.request_rate_redis and not any(counted):
        yield Finding(
            (("limits", "request_rate_redis"), ("limits", "request_rate")),
            "a Redis without a rate has nothing to count",
            'set limits.request_rate, for example "600/minute", or remove the Redis',
            basis=(("turn",),),
        )


def _within(part: str, part_kib: int, whole: str, whole_kib: int) -> Iterator[Finding]:
    if part_kib > whole_kib:
        yield Finding(
            (("limits", part), ("limits", whole)),
            f"{part} ({part_kib} KiB) is larger than {whole} ({whole_kib} KiB), which contains it",
            f"lower {part} or raise {whole}",
        )
