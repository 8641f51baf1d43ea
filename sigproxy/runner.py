"""Build a runner from the settings. Production and tests both use this, and nothing else."""

import asyncio
import logging
import socket
import ssl
from dataclasses import dataclass
from typing import Self, cast

from aiohttp import web

from sigproxy.assembly.gateway import build_gateway
from sigproxy.config import Settings
from sigproxy.exchange import Observer
from sigproxy.gateway.downstream.listener import CurrentContext, Listener, ListenerOptions
from sigproxy.gateway.downstream.proxy_protocol import HEADER_S, ProxyHeaderReader
from sigproxy.gateway.downstream.server import DownstreamServer
from sigproxy.gateway.handler import Gateway
from sigproxy.gateway.upstream import tls
from sigproxy.own_pages import Reply
from sigproxy.renewal import Refused, Renewal, Renewed, say
from sigproxy.semantics.own_certificate import OwnCertificate

log = logging.getLogger("sigproxy")

# aiohttp waits this long for exchanges that outlive the drain, cancels them, and waits as long
# again. Both waits count toward drain_s, after which the process must have exited.
AFTER_DRAIN_S = 0.5


@dataclass(frozen=True, slots=True)
class Contexts:
    """TLS on both sides; *renewal* is None if a proxy in front terminates TLS.

    gunicorn's master loads them once and its workers inherit them. So a worker that replaces a
    dead one does not read files that may be in the middle of a renewal.
    """

    renewal: Renewal | None
    upstream: tls.ClientContext

    @property
    def listener(self) -> ssl.SSLContext | None:
        return self.renewal.context if self.renewal else None

    @classmethod
    def load(cls, settings: Settings) -> Self:
        """Raises OSError or ssl.SSLError; ``preflight`` reports the same faults for operators."""
        server, upstream = settings.server, settings.upstream
        renewal = None
        if server.certificate is not None:
            renewal = Renewal.load(server.certificate, server.private_key)
        return cls(renewal, tls.client_context(upstream.ca_file, upstream.tls_maximum))

    @property
    def certificate(self) -> OwnCertificate | None:
        return self.renewal.served if self.renewal else None

    def renew(self) -> Renewed | Refused | None:
        """Load a certificate that was renewed on disk; return the result; None: no change."""
        return self.renewal.poll() if self.renewal else None


class Runner(web.AppRunner):
    """aiohttp's runner with our own server; gunicorn's worker requires an AppRunner.

    ``gateway`` is set once ``setup`` has run. *front*: the page at "/"; None: there is none.
    """

    closing_s = 0.0  # the part of drain_s that is reserved for closing other things

    def __init__(
        self,
        settings: Settings,
        observers: tuple[Observer, ...] | None = None,
        contexts: Contexts | None = None,
        front: Reply | None = None,
    ) -> None:
        super().__init__(web.Application(), shutdown_timeout=AFTER_DRAIN_S)
        self.settings = settings
        self.contexts = contexts or Contexts.load(settings)
        self._is_alone = contexts is None  # no gunicorn master watches the same files
        self._observers = observers
        self._front = front
        self.gateway: Gateway | None = None
        self.app.on_shutdown.append(self._drain)
        self.app.on_cleanup.append(self._close)

    async def _make_server(self) -> web.Server:
        await super()._make_server()  # starts the application, whose signals run our shutdown
        self.gateway = build_gateway(
            self.settings,
            self.contexts.upstream,
            self._observers,
            certificate=lambda: self.contexts.certificate,
            front=self._front,
        )
        server = DownstreamServer(self.gateway, self.settings.server.keepalive_s)
        return cast(web.Server, server)  # as far as a runner uses one

    def give_notice(self) -> None:
        """Let readiness fail and keep serving: a stop follows soon."""
        if self.gateway is not None:
            self.gateway.drain.give_notice()

    def renew_certificate(self) -> None:
        """Load a certificate that was renewed on disk; log it, unless gunicorn's master does."""
        news = self.contexts.renew()
        if news is not None and self._is_alone:
            say(log, news)

    def listen(self, listener: socket.socket, context: CurrentContext) -> asyncio.AbstractServer:
        """Accept connections at *listener*; *context* returns None if there is no TLS."""
        assert self.gateway is not None
        header_timeout_s = self.settings.limits.header_timeout_s
        introduction = None
        if self.settings.server.proxy_protocol:
            introduction = ProxyHeaderReader(
                receiver=self.gateway,
                is_trusted=self.gateway.rules.identity.is_trusted,
                header_s=min(HEADER_S, header_timeout_s),
                is_clear=context() is None,
            )
        # A TLS handshake may take as long as a request's head, not asyncio's 60 s.
        terms = ListenerOptions(context, header_timeout_s, introduction)
        server = cast(DownstreamServer, self.server)
        opened = Listener(listener, server, self.gateway.quota, terms)
        return cast(asyncio.AbstractServer, opened)  # as far as a site uses one

    async def _drain(self, _: web.Application) -> None:
        if self.gateway is None:
            return
        drain, drain_s = self.gateway.drain, self.settings.server.drain_s
        left_s = drain_s - drain.noticed_s
        window_s = max(left_s - 2 * AFTER_DRAIN_S - self.closing_s, left_s / 2)
        server = cast(DownstreamServer, self.server)
        if left := await drain.run(window_s, server.is_arriving):
            log.warning(
                "%d exchange(s) had not ended within drain_s (%g s); cut off", left, drain_s
            )

    async def _close(self, _: web.Application) -> None:
        if self.gateway is not None:
            await self.gateway.upstream.close()
            await self.gateway.rate.close()
            await self.gateway.issuer.rate.close()
            await self.gateway.network_test.rate.close()
            self.gateway.observers.closed()


class Site(web.SockSite):
    """aiohttp's site, with our own listener; *context* as in ``Runner.listen``."""

    def __init__(
        self,
        runner: Runner,
        listener: socket.socket,
        context: CurrentContext,
        backlog: int = 128,
    ) -> None:
        super().__init__(runner, listener, ssl_context=context(), backlog=backlog)
        self._listen = runner.listen
        self._context = context

    async def start(self) -> None:
        await web.BaseSite.start(self)
        # The processes share the socket: the last listen() sets the backlog for all of them.
        self._sock.listen(self._backlog)
        self._server = self._listen(self._sock, self._context)
