"""Build the parts of a gateway from the settings."""

import hashlib
import resource
import secrets
import socket
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network

from sigproxy import ice_page, own_pages
from sigproxy.assembly_egress import build_proxy
from sigproxy.assembly_network import build_page
from sigproxy.assembly_observers import observing, trace_policy
from sigproxy.assembly_shim import build_shims
from sigproxy.config import RouteSettings, Settings, TurnSettings, UpstreamSettings
from sigproxy.decision import Rules
from sigproxy.dialects.fixed import FixedDialect
from sigproxy.dialects.host import HostDialect
from sigproxy.dialects.path import PathDialect
from sigproxy.dialects.query import QueryDialect
from sigproxy.exchange import Observer, Observers
from sigproxy.gateway.admission.quota import Quota
from sigproxy.gateway.admission.rate import (
    CREDENTIALS,
    NETWORK_TESTS,
    Rate,
    RateLimit,
    Unlimited,
)
from sigproxy.gateway.drain import Drain
from sigproxy.gateway.exchanges import Exchanges
from sigproxy.gateway.handler import Gateway
from sigproxy.gateway.issuer import Issuer
from sigproxy.gateway.network_test import NetworkTest
from sigproxy.gateway.relay import RelayOptions
from sigproxy.gateway.upstream import tls
from sigproxy.gateway.upstream.client import Upstream, UpstreamOptions
from sigproxy.gateway.upstream.resolver import Resolver
from sigproxy.media.answer import answer
from sigproxy.policies.callers import Callers
from sigproxy.policies.certificate_names import CertificateNames
from sigproxy.policies.cookies import CookiePolicy
from sigproxy.policies.cors import CorsPolicy
from sigproxy.policies.identity import Identity
from sigproxy.policies.key_index import KeyIndex
from sigproxy.policies.keys import KeyPolicy
from sigproxy.policies.limits import KIB, MIB, Limits, connections_for
from sigproxy.policies.redirects import RedirectPolicy
from sigproxy.policies.targets import AddressPolicy, Pattern, TargetPolicy
from sigproxy.policies.turn import Turn
from sigproxy.routing import Dialect, Route
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.own_certificate import OwnCertificate

# Used if RLIMIT_NOFILE is unlimited: Linux's default maximum for one process (fs.nr_open).
MANY_FILES = 1_048_576
DIALECTS: dict[str, Callable[[RouteSettings], Dialect]] = {
    "path": lambda route: PathDialect(),
    "query": lambda route: QueryDialect(),
    "fixed": lambda route: FixedDialect.parse(route.upstream or "", route.keep_path),
    "host": lambda route: HostDialect.of((route.host or "").removeprefix("*."), route.hosts),
}


def build_gateway(
    settings: Settings,
    context: tls.ClientContext,
    observers: tuple[Observer, ...] | None = None,
    certificate: Callable[[], OwnCertificate | None] = lambda: None,
) -> Gateway:
    """Return a gateway on the running loop; *observers* None: those from ``build_observers``.

    *certificate* returns what there is to say of the one that clients get; None without TLS.
    """
    rules = build_rules(settings)
    addresses = AddressPolicy(settings.upstream.allow_networks)
    resolver = Resolver(
        settings.upstream.nameservers, addresses.admit, settings.upstream.connect_timeout_s
    )
    if observers is None:
        observers = build_observers(settings)
    relay = None if settings.turn is None else _relay(settings.turn)
    return Gateway(
        rules=rules,
        exchanges=Exchanges(rules.identity, secrets.token_hex(4), trace_policy(settings.tracing)),
        quota=Quota(rules.limits, rules.identity.is_proxy),
        rate=_rate(settings),
        issuer=Issuer(_credential_rate(settings)),
        network_test=NetworkTest(_test_rate(settings), certificate, relay),
        upstream=Upstream(
            _upstream_settings(settings, context), resolver, build_proxy(settings.upstream)
        ),
        drain=Drain(),
        observers=Observers(observers),
        response_timeout_s=settings.upstream.response_timeout_s,
        turn=relay,
    )


def _relay(settings: TurnSettings) -> RelayOptions | None:
    address = relay_address(settings)
    return None if address is None else RelayOptions(*address)


def relay_address(settings: TurnSettings) -> Authority | None:
    """Return where coturn expects the gateway; the setting always names a port."""
    return None if settings.relay is None else Authority.parse(settings.relay.encode())


def build_rules(settings: Settings) -> Rules:
    routes = build_routes(settings)
    ice = None if settings.turn is None else _ice_page(settings.turn)
    return Rules(
        routes,
        build_identity(settings),
        build_limits(settings),
        ice,
        build_page(settings, routes, ice),
    )


def build_observers(settings: Settings) -> tuple[Observer, ...]:
    """Return the access log and traces, which never show a key, and alarms in the error log."""
    return observing(settings, access_keys(settings))


def access_keys(settings: Settings) -> KeyIndex:
    """Return the keys of all routes, and of own pages: what is never to be shown."""
    tables = (*settings.route, settings.turn, settings.network_test)
    return KeyIndex(key for table in tables if table is not None for key in table.keys)


def build_turn(settings: TurnSettings) -> Turn:
    """Return the TURN server of *settings*, of which ``load`` has read the secrets."""
    modes = [mode for mode in settings.modes if mode != "tls" or settings.tls_port]
    return Turn(
        name=settings.name or "",
        addresses=settings.addresses,
        realm=settings.realm or settings.name or "",
        secrets=settings._secrets,
        ttl_s=settings.ttl_s,
        udp_port=settings.udp_port,
        tls_port=settings.tls_port,
        tcp_port=settings.tcp_port,
        stun=settings.stun,
        modes=tuple(modes),
    )


def _ice_page(settings: TurnSettings) -> ice_page.Page:
    origins = settings.allowed_origins
    callers = Callers(
        place="/-/ice",
        section="[turn]",
        have="TURN credentials",
        keys=KeyPolicy.of(*settings.keys),
        cors=CorsPolicy(origins or ("*",)),  # with none listed, a key is enough on any page
        admits_origins=bool(origins),
        is_open=settings.open,
    )
    return ice_page.Page(build_turn(settings), callers, answer)


def build_routes(settings: Settings) -> tuple[Route, ...]:
    keys = access_keys(settings)
    by_path = [route for route in settings.route if route.host is None]
    prefixes = [route.prefix.rstrip("/").encode() for route in by_path]
    routes = [_route(route, prefixes, keys) for route in settings.route]
    shims = build_shims(settings)
    return tuple(replace(route, shim=shim) for route, shim in zip(routes, shims, strict=True))


def _route(settings: RouteSettings, prefixes: list[bytes], every_key: KeyIndex) -> Route:
    prefix = settings.prefix.rstrip("/").encode()
    domain = None if settings.host is None else settings.host.removeprefix("*.")
    below = [each for each in prefixes if domain is None and each.startswith(prefix + b"/")]
    dialect = DIALECTS[settings.dialect](settings)
    return Route(
        prefix=prefix,
        dialect=dialect,
        targets=TargetPolicy(tuple(map(Pattern.parse, settings.patterns))),
        cors=CorsPolicy(tuple(settings.allowed_origins)),
        redirects=RedirectPolicy(settings.redirects),
        cookies=CookiePolicy(
            settings.cookies,
            scoped=dialect.keeps_cookies_apart,
            shared=bool(below) and not dialect.host_in_path,
        ),
        keys=KeyPolicy.of(*settings.keys),
        inner=(*below, own_pages.PREFIX.rstrip(b"/")),
        access_keys=every_key,
        domain=domain,
    )


def build_identity(settings: Settings) -> Identity:
    server, name = settings.server, pseudonym(settings)
    return Identity(
        public_names=frozenset(Authority.parse(name.encode()) for name in server.public_names),
        trusted_proxies=server.trusted_proxies,
        cdn_id=name if server.cdn_loop else None,
        pseudonym=name if server.via else None,
        tls=server.certificate is not None,
    )


def pseudonym(settings: Settings) -> str:
    """Return our name in CDN-Loop and Via: the same in all workers, unique to this gateway.

    Machines behind one balancer share public_names, so each of them detects a loop through the
    balancer.
    """
    if settings.server.public_names:
        return settings.server.public_names[0]
    seed = " ".join((socket.gethostname(), *settings.server.bind))
    return f"sigproxy-{hashlib.sha256(seed.encode()).hexdigest()[:8]}"


def build_limits(settings: Settings) -> Limits:
    limits = settings.limits
    connections = limits.connections or connections_for(_open_files())
    return Limits(
        request_head_bytes=limits.request_head_kib * KIB,
        request_field_bytes=limits.request_field_kib * KIB,
        request_target_bytes=limits.request_target_kib * KIB,
        request_body_bytes=limits.request_body_mib * MIB,
        replay_body_bytes=limits.replay_body_kib * KIB,
        fast_uploads=limits.fast_uploads,
        response_head_bytes=limits.response_head_kib * KIB,
        header_timeout_s=limits.header_timeout_s,
        body_rate_bytes_s=limits.body_rate_bytes_s,
        websocket_idle_s=limits.websocket_idle_s,
        connections=connections,
        connections_per_address=limits.connections_per_address,
        websockets=limits.websockets or connections,
        websockets_per_address=limits.websockets_per_address,
    )


def _open_files() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MANY_FILES if soft == resource.RLIM_INFINITY else soft


def _rate(settings: Settings) -> Rate:
    limits = settings.limits
    if limits.request_rate is None:
        return Unlimited()
    return RateLimit(limits.request_rate, limits.request_rate_redis)


def _credential_rate(settings: Settings) -> Rate:
    if settings.turn is None:
        return Unlimited()
    rate, redis = settings.turn.credentials_per_address, settings.limits.request_rate_redis
    return RateLimit(rate, redis, CREDENTIALS)


def _test_rate(settings: Settings) -> Rate:
    if settings.network_test is None:
        return Unlimited()
    rate, redis = settings.network_test.requests_per_address, settings.limits.request_rate_redis
    return RateLimit(rate, redis, NETWORK_TESTS)


def _upstream_settings(settings: Settings, context: tls.ClientContext) -> UpstreamOptions:
    upstream = settings.upstream
    return UpstreamOptions(
        tls=context,
        connect_timeout_s=upstream.connect_timeout_s,
        tls_timeout_s=upstream.tls_timeout_s,
        reuse=upstream.reuse,
        pool_idle_s=upstream.pool_idle_s,
        pool_size=upstream.pool_size,
        certificate_names=build_certificate_names(upstream),
    )


def build_certificate_names(settings: UpstreamSettings) -> CertificateNames:
    named = settings.certificate_names
    return CertificateNames(tuple((ip_network(text), name) for text, name in named.items()))
