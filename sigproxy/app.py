"""The composition root: settings in, a runner out. The only factory, for production and tests."""

import asyncio
import hashlib
import logging
import resource
import secrets
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, cast

from aiohttp import web

from sigproxy.config import RouteSettings, Settings
from sigproxy.dialects.fixed import FixedDialect
from sigproxy.dialects.path import PathDialect
from sigproxy.dialects.query import QueryDialect
from sigproxy.exchange import Observer, Observers
from sigproxy.gateway import ops, tls
from sigproxy.gateway.drain import Drain
from sigproxy.gateway.handler import Gateway
from sigproxy.gateway.identity import Identity
from sigproxy.gateway.listener import Listener, Terms
from sigproxy.gateway.proxy_protocol import HEADER_S, Introduction
from sigproxy.gateway.quota import Quota
from sigproxy.gateway.rate import Rate, RateLimit, Unlimited
from sigproxy.gateway.resolver import Resolver
from sigproxy.gateway.server import DownstreamServer
from sigproxy.gateway.upstream import Upstream, UpstreamSettings
from sigproxy.observers import always
from sigproxy.policies.cookies import CookiePolicy
from sigproxy.policies.cors import CorsPolicy
from sigproxy.policies.keys import KeyPolicy
from sigproxy.policies.limits import KIB, MIB, Limits, connections_for
from sigproxy.policies.redirects import RedirectPolicy
from sigproxy.policies.targets import AddressPolicy, Pattern, TargetPolicy
from sigproxy.renewal import Refused, Renewal, Renewed, say
from sigproxy.routing import Dialect, Route
from sigproxy.semantics.authority import Authority
        observers = always(settings.access_log, access_keys(settings))

log = logging.getLogger("sigproxy")

# Where the system sets no limit: as many as Linux lets a process have by default (fs.nr_open).
MANY_FILES = 1_048_576
# What aiohttp gives the exchanges that outlived the drain, before it cancels them, and again for
# their end: taken from drain_s, within which the process is gone.
AFTER_DRAIN_S = 0.5

DIALECTS: dict[str, Callable[[RouteSettings], Dialect]] = {
    "path": lambda route: PathDialect(),
    "query": lambda route: QueryDialect(),
    "fixed": lambda route: FixedDialect.parse(route.upstream or "", route.keep_path),
}


@dataclass(frozen=True, slots=True)
class Contexts:
    """TLS on both sides; *renewal* is None where a TLS terminator stands in front.

    gunicorn's master loads them once and its workers inherit them: a worker that takes the
    place of a dead one needs no file that may just be on its way to being renewed.
    """

    renewal: Renewal | None
    upstream: tls.ClientContext

    @property
    def listener(self) -> ssl.SSLContext | None:
        return self.renewal.context if self.renewal else None

    @classmethod
    def load(cls, settings: Settings) -> Self:
        """Raises OSError or ssl.SSLError; ``preflight`` tells the same in words."""
        server, upstream = settings.server, settings.upstream
        renewal = None
        if server.certificate is not None:
            renewal = Renewal.load(server.certificate, server.private_key)
        return cls(renewal, tls.client_context(upstream.ca_file, upstream.tls_maximum))

    def renew(self) -> Renewed | Refused | None:
        """Take up a certificate that was renewed on disk; return what there is to say of it."""
        return self.renewal.look() if self.renewal else None


class Runner(web.AppRunner):
    """aiohttp's runner around our own server: gunicorn's worker asks for an AppRunner.

    ``gateway`` is there once ``setup`` has run.
    """

    def __init__(
        self,
        settings: Settings,
        observers: tuple[Observer, ...] | None = None,
        contexts: Contexts | None = None,
    ) -> None:
        super().__init__(web.Application(), shutdown_timeout=AFTER_DRAIN_S)
        self.settings = settings
        self.contexts = contexts or Contexts.load(settings)
        self._is_alone = contexts is None  # nobody above us has the same files to look at
        self._observers = observers
        self.gateway: Gateway | None = None
        self.app.on_shutdown.append(self._drain)
        self.app.on_cleanup.append(self._close)

    async def _make_server(self) -> web.Server:
        await super()._make_server()  # starts the application: its signals carry our shutdown
        self.gateway = build_gateway(self.settings, self.contexts.upstream, self._observers)
        server = DownstreamServer(self.gateway, self.settings.server.keepalive_s)
        return cast(web.Server, server)  # as far as a runner uses one

    def give_notice(self) -> None:
        """Let readiness fail, and go on: the stop comes soon."""
        if self.gateway is not None:
            self.gateway.drain.give_notice()

    def renew_certificate(self) -> None:
        """Take up a certificate that was renewed on disk; say so, unless gunicorn's master does."""
        news = self.contexts.renew()
        if news is not None and self._is_alone:
            say(log, news)

    def listen(
        self, listener: socket.socket, context: ssl.SSLContext | None
    ) -> asyncio.AbstractServer:
        """Accept at *listener*; *context* None: without TLS."""
        assert self.gateway is not None
        header_timeout_s = self.settings.limits.header_timeout_s
        introduction = None
        if self.settings.server.proxy_protocol:
            introduction = Introduction(
                receiver=self.gateway,
                is_trusted=self.gateway.identity.is_trusted,
                header_s=min(HEADER_S, header_timeout_s),
                is_clear=context is None,
            )
        # TLS gets as long as a request's head, not asyncio's 60 s.
        terms = Terms(context, header_timeout_s, introduction)
        server = cast(DownstreamServer, self.server)
        opened = Listener(listener, server, self.gateway.quota, terms)
        return cast(asyncio.AbstractServer, opened)  # as far as a site uses one

    async def _drain(self, _: web.Application) -> None:
        if self.gateway is None:
            return
        drain, drain_s = self.gateway.drain, self.settings.server.drain_s
        left_s = drain_s - drain.noticed_s
        window_s = max(left_s - 2 * AFTER_DRAIN_S, left_s / 2)
        server = cast(DownstreamServer, self.server)
        if left := await drain.run(window_s, server.is_arriving):
            log.warning(
                "%d exchange(s) had not ended within drain_s (%g s); cut off", left, drain_s
            )

    async def _close(self, _: web.Application) -> None:
        if self.gateway is not None:
            await self.gateway.upstream.close()
            await self.gateway.rate.close()
            self.gateway.observers.closed()


class Site(web.SockSite):
    """aiohttp's site, with our own listener; *context* as in ``Runner.listen``."""

    def __init__(
        self,
        runner: Runner,
        listener: socket.socket,
        context: ssl.SSLContext | None,
        backlog: int = 128,
    ) -> None:
        super().__init__(runner, listener, ssl_context=context, backlog=backlog)
        self._listen = runner.listen

    async def start(self) -> None:
        await web.BaseSite.start(self)
        # Each process says anew how many may wait, for all of them.
        self._sock.listen(self._backlog)
        self._server = self._listen(self._sock, self._ssl_context)


def build_gateway(
    settings: Settings, context: tls.ClientContext, observers: tuple[Observer, ...] | None = None
) -> Gateway:
    """Return a gateway on the running loop; *observers* None: the access log of the settings."""
    limits = build_limits(settings)
    identity = build_identity(settings)
    addresses = AddressPolicy(settings.upstream.allow_networks)
    resolver = Resolver(
        settings.upstream.nameservers, addresses.admit, settings.upstream.connect_timeout_s
    )
    if observers is None:
<<<<<<< HEAD
        log = settings.access_log
        lines = LineWriter(log.path)
        access_log = AccessLog(lines.write, log.format, access_keys(settings), lines.flush)
        observers = (access_log, Alarms())
=======
        observers = (access_log(settings.access_log, access_keys(settings)),)
>>>>>>> 3843938 (The admin listener: metrics and readiness of all workers, over reloads)
    return Gateway(
        routes=build_routes(settings),
        identity=identity,
        limits=limits,
        quota=Quota(limits, identity.is_proxy),
        rate=_rate(settings),
        upstream=Upstream(_upstream_settings(settings, context), resolver),
        drain=Drain(),
        observers=Observers(observers),
        response_timeout_s=settings.upstream.response_timeout_s,
    )


def access_keys(settings: Settings) -> frozenset[bytes]:
    """Return the keys of all routes: what is never to be shown."""
    return frozenset(key.encode() for route in settings.route for key in route.keys)


def build_routes(settings: Settings) -> tuple[Route, ...]:
    keys = access_keys(settings)
    prefixes = [route.prefix.rstrip("/").encode() for route in settings.route]
    return tuple(_route(route, prefixes, keys) for route in settings.route)


def _route(settings: RouteSettings, prefixes: list[bytes], every_key: frozenset[bytes]) -> Route:
    prefix = settings.prefix.rstrip("/").encode()
    below = [each for each in prefixes if each.startswith(prefix + b"/")]
    dialect = DIALECTS[settings.dialect](settings)
    return Route(
        prefix=prefix,
        dialect=dialect,
        targets=TargetPolicy(tuple(map(Pattern.parse, settings.patterns))),
        cors=CorsPolicy(tuple(settings.allowed_origins)),
        redirects=RedirectPolicy(settings.redirects),
        cookies=CookiePolicy(scoped=dialect.host_in_path),
        keys=KeyPolicy.of(*settings.keys),
        inner=(*below, ops.PREFIX.rstrip(b"/")),
        access_keys=every_key,
    )


def build_identity(settings: Settings) -> Identity:
    server = settings.server
    return Identity(
        public_names=frozenset(Authority.parse(name.encode()) for name in server.public_names),
        trusted_proxies=server.trusted_proxies,
        pseudonym=pseudonym(settings) if server.via else None,
        tls=server.certificate is not None,
        id_prefix=secrets.token_hex(4),
    )


def pseudonym(settings: Settings) -> str:
    """Return our name in Via: the same in all workers, another than any other gateway's.

    Machines behind one balancer share public_names, so that a loop through the balancer is
    seen by whichever of them it reaches.
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


def _upstream_settings(settings: Settings, context: tls.ClientContext) -> UpstreamSettings:
    upstream = settings.upstream
    return UpstreamSettings(
        tls=context,
        connect_timeout_s=upstream.connect_timeout_s,
        tls_timeout_s=upstream.tls_timeout_s,
        pool_idle_s=upstream.pool_idle_s,
        pool_size=upstream.pool_size,
    )
