"""Accept connections, count them, start TLS if there is TLS, and hand them to a protocol.

asyncio's own servers do not suffice, for two reasons. They report a connection only after its TLS
handshake, so that unfinished handshakes would not be counted; and a balancer's PROXY protocol
header comes before the handshake.
"""

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial

from sigproxy.gateway.admission.quota import Quota
from sigproxy.gateway.downstream import early
from sigproxy.gateway.downstream.server import DownstreamServer
from sigproxy.gateway.receive_window import narrow
from sigproxy.gateway.transport import keep_alive, shown_address
from sigproxy.semantics import client_tls
from sigproxy.semantics.client_tls import Fault
from sigproxy.throttle import Throttle

# asyncio waits for 1 s; but a descriptor is free as soon as any connection ends.
ACCEPT_AGAIN_S = 0.1
SAY_EVERY_S = 10.0
COMPLAIN_EVERY_S = 60.0
# asyncio's TLS aborts a closing connection after 30 s, even if the client is still reading. Our
# protocol has its own deadline, which distinguishes a slow reader from a stalled one.
NEVER_S = 3600.0
# The least time that a client has for the rest of its handshake.
LAST_S = 0.1
# How long a client that spoke HTTP without TLS may take to read that this port speaks TLS.
IN_CLEAR_S = 2.0
_GONE_AGAIN = frozenset({errno.EAGAIN, errno.ECONNABORTED, errno.EINTR})  # or another worker's

log = logging.getLogger("sigproxy")

# Returns the context for a new handshake, since certificates are renewed. None: no TLS.
CurrentContext = Callable[[], ssl.SSLContext | None]
# Finds the client of a connection: (socket, peer) -> client's address; None: refused or closed.
Introduce = Callable[[socket.socket, str], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class ListenerOptions:
    """What a listener does with a connection before a protocol gets it."""

    tls: CurrentContext = lambda: None
    handshake_s: float | None = None
    introduce: Introduce | None = None  # None: the peer is the client


class Listener:
    """The part of an asyncio server that aiohttp's site uses: ``sockets`` and ``close``."""

    def __init__(
        self,
        listener: socket.socket,
        server: DownstreamServer,
        quota: Quota,
        terms: ListenerOptions,
    ) -> None:
        self._listener = listener
        self._server = server
        self._quota = quota
        self._terms = terms
        self._loop = asyncio.get_running_loop()
        self._retry: asyncio.TimerHandle | None = None
        self._dropped = 0
        self._dropped_last = ""
        self._telling: asyncio.TimerHandle | None = None
        self._complaints = Throttle(COMPLAIN_EVERY_S)
        listener.setblocking(False)
        keep_alive(listener)  # accepted sockets inherit it
        self._resume()

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        return (self._listener,)

    def close(self) -> None:
        """Stop accepting; accepted connections stay open."""
        for timer in (self._retry, self._telling):
            if timer is not None:
                timer.cancel()
        self._loop.remove_reader(self._listener)
        self._listener.close()

    def _resume(self) -> None:
        self._retry = None
        self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        # Not sock_accept: cancelled at the wrong moment, it would lose a connection.
        try:
            sock, address = self._listener.accept()
        except OSError as error:
            if error.errno not in _GONE_AGAIN:
                self._pause(error)
            return
        sock.setblocking(False)
        narrow(sock)
        peer = shown_address(str(address[0])) if isinstance(address, tuple) else ""
        arrival = self._loop.create_task(self._receive(sock, peer))
        self._server.arrivals.add(arrival)
        arrival.add_done_callback(self._server.arrivals.discard)

    def _pause(self, error: OSError) -> None:
        """Stop accepting for a while: without descriptors, accept fails until one is free."""
        if self._complaints.permits(self._loop.time()):
            log.error(
                "cannot accept a connection: %s; trying again every %g s. If there are too few "
                "descriptors, lower limits.connections or raise LimitNOFILE= in the unit",
                error,
                ACCEPT_AGAIN_S,
            )
        self._loop.remove_reader(self._listener)
        self._retry = self._loop.call_later(ACCEPT_AGAIN_S, self._resume)

    async def _receive(self, sock: socket.socket, peer: str) -> None:
        began_s = self._loop.time()
        with ExitStack() as closing:
            closing.callback(sock.close)
            client = await self._introduced(sock, peer) if self._terms.introduce else peer
            if client is None:
                return
            if not self._quota.handshake_started(client):
                self._drop(client)
                return
            try:
                if self._terms.tls() is None:
                    await self._serve(sock, client, closing)
                elif (fault := await self._serve_tls(sock, client, closing, began_s)) is not None:
                    await self._failed(sock, client, fault, began_s)
            finally:
                self._quota.handshake_ended(client)

    async def _introduced(self, sock: socket.socket, peer: str) -> str | None:
        """Return the client's address; until it is known, the connection counts as *peer*'s."""
        assert self._terms.introduce is not None
        if not self._quota.handshake_started(peer):
            self._drop(peer)
            return None
        try:
            return await self._terms.introduce(sock, peer)
        finally:
            self._quota.handshake_ended(peer)

    async def _serve(self, sock: socket.socket, client: str, closing: ExitStack) -> None:
        """Hand *sock* to a protocol, which closes it; before that, *closing* closes it."""
        closing.pop_all()
        with suppress(OSError):  # the client has left already
            await self._loop.connect_accepted_socket(partial(self._server, client), sock)

    async def _serve_tls(
        self, sock: socket.socket, client: str, closing: ExitStack, began_s: float
    ) -> Fault | None:
        """Like ``_serve``, after a TLS handshake; return why there was none."""
        hello = b""
        try:
            hello, left_s = await self._begun(sock)
            fault = client_tls.before_tls(hello) if hello else client_tls.SILENT
            if fault is not None:
                return fault
            async with self._server.handshakes.turn(client):
                if early.has_left(sock):  # the client did not wait for its turn
                    return client_tls.handshake_left(hello)
                closing.pop_all()
                await self._loop.connect_accepted_socket(
                    partial(self._server, client),
                    sock,
                    ssl=self._terms.tls(),
                    ssl_handshake_timeout=left_s,
                    ssl_shutdown_timeout=NEVER_S,
                )
        except OSError as error:
            return _fault(error, hello, self._terms.handshake_s or 0.0)
        except asyncio.CancelledError:
            if hello:
                await self._failed(sock, client, client_tls.cut_off(hello), began_s)
            raise
        return None

    async def _begun(self, sock: socket.socket) -> tuple[bytes, float | None]:
        """Wait until the client begins its handshake; return how it begins, b"" if it has left.

        With it comes how many seconds are left for the handshake. A client that only connects gets
        no turn. The wait for a turn does not count toward the client's time.
        """
        async with asyncio.timeout(self._terms.handshake_s) as patience:
            begun = early.receive(sock, client_tls.HELLO_BYTES, socket.MSG_PEEK)
            if begun is None:
                begun = await early.read(sock, client_tls.HELLO_BYTES, socket.MSG_PEEK)
        until_s = patience.when()
        return begun, None if until_s is None else max(until_s - self._loop.time(), LAST_S)

    async def _failed(self, sock: socket.socket, client: str, fault: Fault, began_s: float) -> None:
        """Report a connection without a request; tell a client that spoke HTTP without TLS."""
        is_http = fault.error == client_tls.PLAIN_HTTP
        write = partial(early.send, sock) if is_http else None
        self._server.receiver.connection_failed(client, fault, began_s, write)
        if is_http:
            await early.linger(sock, IN_CLEAR_S)

    def _drop(self, client: str) -> None:
        """Count a connection that is closed without a response, and log how many there are."""
        self._quota.dropped += 1
        self._dropped += 1
        self._dropped_last = client or "a local socket"
        if self._telling is None:
            self._tell()

    def _tell(self) -> None:
        """Log how many connections were dropped since the last message; later repeat it."""
        self._telling = None
        if not self._dropped:
            return
        log.warning(
            "%d connection(s) closed unanswered, the last from %s: far more than [limits] allows "
            "are open",
            self._dropped,
            self._dropped_last,
        )
        self._dropped = 0
        self._telling = self._loop.call_later(SAY_EVERY_S, self._tell)


def _fault(error: OSError, hello: bytes, allowed_s: float) -> Fault:
    """Return why the handshake of a client that began with *hello* has failed."""
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return client_tls.handshake_left(hello)
    if isinstance(error, ssl.SSLError):
        return client_tls.handshake_failed(getattr(error, "reason", None) or str(error), hello)
    if isinstance(error, TimeoutError | ConnectionAbortedError):  # asyncio's own timeout
        return client_tls.handshake_late(hello, allowed_s)
    return client_tls.handshake_left(hello)
