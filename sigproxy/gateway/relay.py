"""TURN on the gateway's own port: bytes between a client and the TURN server (RFC 8656, 2.1).

The first byte that a client sends, after TLS where there is TLS, tells STUN from HTTP. STUN is
relayed to coturn's ``tcp-proxy-port``, behind a PROXY protocol header that names the client. Which
messages these are, who may relay and to where is between the client and coturn: nothing is read but
the first message's header.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sigproxy.errors import RequestTimeout
from sigproxy.errors.media import NotStun, TurnUnreachable
from sigproxy.exchange import CLIENT_STALLED, TURN_IDLE, TURN_STALLED, Exchange
from sigproxy.gateway.downstream.request import ClientConnection
from sigproxy.gateway.relay_side import UNTAKEN_BYTES, RelaySide
from sigproxy.policies.limits import Limits
from sigproxy.semantics import proxy_header, stun

DIAL_S = 5.0
# A TURN client refreshes its allocation within 10 minutes, and sends far more often (RFC 8656, 7).
IDLE_S = 600.0
# After one side has ended: how long the other may take to read what was still meant for it.
FLUSH_S = 5.0


@dataclass(frozen=True, slots=True)
class RelayOptions:
    """*host* and *port*: where coturn expects PROXY protocol headers, its ``tcp-proxy-port``."""

    host: str
    port: int


class Relay:
    """A client's side and the TURN server's; ``run`` stays until both have gone."""

    def __init__(
        self, options: RelayOptions, limits: Limits, exchange: Exchange, client: ClientConnection
    ) -> None:
        assert client.transport is not None
        self._options = options
        self._exchange = exchange
        self._header_timeout_s = limits.header_timeout_s
        self._loop = asyncio.get_running_loop()
        self._begun = b""  # what comes before the TURN server is connected
        self._has_header: asyncio.Future[None] = self._loop.create_future()
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._last_s = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._is_open = False
        self._ends_with_server = False
        self.client = RelaySide(self, self._loop, limits.body_rate_bytes_s)
        self.server = RelaySide(self, self._loop, limits.body_rate_bytes_s, acknowledges=True)
        self.client.peer, self.server.peer = self.server, self.client
        self.client.connection_made(client.transport)
        client.transport.set_protocol(self.client)
        client.detach(self.client)
        client.flow.transfer_to(self.client)

    def take(self, side: RelaySide, data: bytes) -> None:
        """Pass on what *side* has sent, or keep it until there is somebody to pass it to."""
        self._last_s = self._loop.time()
        if side is self.server:
            self._exchange.sent += len(data)
        else:
            self._exchange.received += len(data)
        if self._is_open:
            side.peer.write(data)
            return
        self._begun += data
        if len(self._begun) >= stun.HEADER_BYTES and not self._has_header.done():
            self._has_header.set_result(None)
        if len(self._begun) > UNTAKEN_BYTES:  # until then it is noticed if the client leaves
            self.client.pause_reading()

    async def run(self, opened: Callable[[], None]) -> None:
        """Connect the client with the TURN server, and stay until both have gone.

        Raises RequestTimeout, NotStun or TurnUnreachable, and ConnectionResetError if the client
        leaves before it is connected. The client's connection has ended when this returns.
        """
        try:
            await self._check_header()
            await self._connect()
            opened()
            self._timer = self._loop.call_later(IDLE_S, self._check_idle)
            await self._closed
            if not self._exchange.sent and self._ends_with_server:
                raise self._unreachable("it closes the connection without an answer")
        finally:
            if self._timer is not None:
                self._timer.cancel()
            for side in (self.client, self.server):
                side.abort()

    async def _check_header(self) -> None:
        try:
            async with asyncio.timeout(self._header_timeout_s):
                await self._has_header
        except TimeoutError:
            raise RequestTimeout(
                f"no whole STUN header came within {self._header_timeout_s:g} s"
            ) from None
        if not stun.is_header(self._begun):
            raise NotStun("the first bytes look like STUN and are not the header of a STUN message")

    async def _connect(self) -> None:
        """Dial the TURN server and send it the header that names the client, then all that came."""
        host, port = self._options.host, self._options.port
        dialling = self._loop.create_task(
            self._loop.create_connection(lambda: self.server, host, port)
        )
        waiting: set[asyncio.Future[Any]] = {dialling, self._closed}
        try:
            await asyncio.wait(waiting, timeout=DIAL_S, return_when=asyncio.FIRST_COMPLETED)
            if self.client.transport is None:
                raise ConnectionResetError("the client has gone")
            if not dialling.done():
                raise self._unreachable("it does not answer")
            dialling.result()
        except OSError as error:
            if self.client.transport is None:
                raise
            raise self._unreachable(error.strerror or str(error)) from error
        finally:
            dialling.cancel()
            await asyncio.wait((dialling,))
            if not dialling.cancelled():
                dialling.exception()  # retrieved: the client may have left first
        self.server.write(self._proxy_header() + self._begun)
        self._begun = b""
        self._is_open = True
        self.client.resume_reading()

    def _unreachable(self, why: str) -> TurnUnreachable:
        host, port = self._options.host, self._options.port
        return TurnUnreachable(
            f"the TURN server at {host}:{port} cannot be used: {why}. See that coturn runs and has "
            f"`tcp-proxy-port={port}`, or change turn.relay"
        )

    def _proxy_header(self) -> bytes:
        """Name the client; a balancer in front has named its address, and not its port."""
        transport = self.client.transport
        assert transport is not None
        peer, own = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        if not isinstance(peer, tuple) or not isinstance(own, tuple):
            return proxy_header.written("", 0, "", 0)
        server = own[0].partition("%")[0].removeprefix("::ffff:")
        return proxy_header.written(self._exchange.peer, peer[1], server, own[1])

    def ended_by(self, side: RelaySide) -> None:
        """One side is lost: let the other take what is on its way, and end."""
        if not self._has_header.done():
            self._has_header.set_exception(ConnectionResetError("the client has gone"))
            self._has_header.exception()  # retrieved: the wait for it may be over
        if side is self.server and not side.peer.is_lost:
            self._ends_with_server = True
        if side.peer.is_lost or not self._is_open:
            self._finish()
        else:
            side.peer.close()
            self._arm(FLUSH_S)

    def stalled(self, side: RelaySide, silence_s: float) -> None:
        """One side takes nothing: while it is waited for, the other's end would go unnoticed."""
        name = "client" if side is self.client else "TURN server"
        self._note(
            CLIENT_STALLED if side is self.client else TURN_STALLED,
            f"the {name} has taken next to nothing for {silence_s:g} s",
        )
        side.cut()

    def _note(self, error: str, detail: str) -> None:
        if self._exchange.error is None:
            self._exchange.error, self._exchange.detail = error, detail

    def _check_idle(self) -> None:
        left_s = self._last_s + IDLE_S - self._loop.time()
        if left_s > 0:
            self._timer = self._loop.call_later(left_s, self._check_idle)
            return
        self._note(TURN_IDLE, f"nothing was sent either way for {IDLE_S:g} s")
        self.client.close()
        self._arm(FLUSH_S)

    def _arm(self, delay_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(delay_s, self._finish)

    def _finish(self) -> None:
        if not self._closed.done():
            self._closed.set_result(None)
