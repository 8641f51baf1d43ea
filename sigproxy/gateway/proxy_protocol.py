"""A listener behind a layer-4 balancer: each connection begins with a PROXY protocol header.

The header comes in clear, before TLS, so asyncio's own servers cannot read it: here a connection is
accepted, the header's bytes and no others are taken off, and what is left is an ordinary
connection whose peer is the client that the balancer named.
"""

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from sigproxy.errors import (
    GatewayError,
    ProxyHeaderInvalid,
    ProxyHeaderTimeout,
    ProxyHeaderUntrusted,
)
from sigproxy.gateway.downstream import Receiver, Write
from sigproxy.gateway.server import DownstreamServer
from sigproxy.gateway.transport import shown_address
from sigproxy.semantics import proxy_header
from sigproxy.semantics.proxy_header import Wanted

HEADER_S = 3.0  # the least that the specification recommends: one lost segment, sent again
ACCEPT_AGAIN_S = 1.0  # asyncio's ACCEPT_RETRY_DELAY
_GONE_AGAIN = frozenset({errno.EAGAIN, errno.ECONNABORTED, errno.EINTR})  # or another worker's

log = logging.getLogger("sigproxy")


class _NothingSent(Exception):
    """Connected and left: how balancers see whether somebody listens."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a listener grants, and to whom."""

    is_trusted: Callable[[str], bool]  # of a balancer's address
    header_s: float = HEADER_S
    tls: ssl.SSLContext | None = None
    handshake_s: float | None = None


class ProxyListener:
    """As much of an asyncio server as aiohttp's site uses: ``sockets`` and ``close``."""

    def __init__(
        self,
        listener: socket.socket,
        server: DownstreamServer,
        receiver: Receiver,
        terms: Terms,
    ) -> None:
        self._listener = listener
        self._server = server
        self._receiver = receiver
        self._terms = terms
        self._loop = asyncio.get_running_loop()
        self._retry: asyncio.TimerHandle | None = None
        listener.setblocking(False)
        self._resume()

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        return (self._listener,)

    def close(self) -> None:
        """Accept no more; what has been accepted goes on."""
        if self._retry is not None:
            self._retry.cancel()
        self._loop.remove_reader(self._listener)
        self._listener.close()

    def _resume(self) -> None:
        self._retry = None
        self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        # Not sock_accept: cancelled in the wrong moment, it would lose a connection.
        try:
            sock, address = self._listener.accept()
        except OSError as error:
            if error.errno not in _GONE_AGAIN:
                self._pause(error)
            return
        sock.setblocking(False)
        balancer = shown_address(str(address[0])) if isinstance(address, tuple) else ""
        arrival = self._loop.create_task(self._receive(sock, balancer))
        self._server.arrivals.add(arrival)
        arrival.add_done_callback(self._server.arrivals.discard)
        arrival.add_done_callback(lambda _: sock.close())  # if it was not handed over

    def _pause(self, error: OSError) -> None:
        """Leave the queue alone for a while: out of descriptors, accept fails until one is free."""
        log.error("cannot accept a connection: %s; trying again in %g s", error, ACCEPT_AGAIN_S)
        self._loop.remove_reader(self._listener)
        self._retry = self._loop.call_later(ACCEPT_AGAIN_S, self._resume)

    async def _receive(self, sock: socket.socket, balancer: str) -> None:
        try:
            peer = await self._client(sock, balancer)
        except GatewayError as error:
            await self._refuse(sock, balancer, error)
        except _NothingSent:
            pass
        else:
            await self._serve(sock, peer)

    async def _client(self, sock: socket.socket, balancer: str) -> str:
        """Return whom *balancer* connects; raise GatewayError or _NothingSent."""
        if not self._terms.is_trusted(balancer):
            raise ProxyHeaderUntrusted(
                f"{balancer} is not in server.trusted_proxies, and with server.proxy_protocol "
                "only those may connect"
            )
        try:
            async with asyncio.timeout(self._terms.header_s):
                client = (await self._header(sock)).client
        except TimeoutError:
            raise ProxyHeaderTimeout(
                f"no whole PROXY protocol header came within {self._terms.header_s:g} s"
            ) from None
        return balancer if client is None else shown_address(str(client))

    async def _header(self, sock: socket.socket) -> proxy_header.Header:
        data = b""
        while isinstance(found := proxy_header.parse(data), Wanted):
            ahead = await self._read(sock, found.most, socket.MSG_PEEK)
            if not ahead and not data:
                raise _NothingSent
            if not ahead:
                raise ProxyHeaderInvalid("the connection ended within its PROXY protocol header")
            data += _taken(sock, found.part(ahead)) or b""
        return found

    async def _read(self, sock: socket.socket, most: int, flags: int = 0) -> bytes:
        """Return what has come, b"" at the end; the loop's own sock_recv knows no flags."""
        while True:
            ready = self._loop.create_future()
            self._loop.add_reader(sock, _set, ready)
            try:
                await ready
            finally:
                self._loop.remove_reader(sock)
            if (taken := _taken(sock, most, flags)) is not None:
                return taken

    async def _refuse(self, sock: socket.socket, balancer: str, error: GatewayError) -> None:
        """Note *error*, and answer it in clear; a client of TLS would not understand that."""
        write: Write | None = None if self._terms.tls else partial(_send, sock)
        self._receiver.refuse_unparsed(balancer, error, write)
        if write is not None:
            # A close with bytes unread is a reset, which takes the answer with it (RFC 9112, 9.6).
            with suppress(OSError):
                sock.shutdown(socket.SHUT_WR)
                async with asyncio.timeout(self._terms.header_s):
                    while await self._read(sock, 65536):
                        pass

    async def _serve(self, sock: socket.socket, peer: str) -> None:
        # Told nothing, it asks the kernel for its protocol; asyncio sets TCP_NODELAY by that.
        given = socket.socket(fileno=sock.detach())
        with suppress(OSError):  # whatever a client can do wrong in a handshake
            await self._loop.connect_accepted_socket(
                partial(self._server, peer),
                given,
                ssl=self._terms.tls,
                ssl_handshake_timeout=self._terms.handshake_s if self._terms.tls else None,
            )


def _taken(sock: socket.socket, most: int, flags: int = 0) -> bytes | None:
    """Return what has come, b"" once the peer has gone in any way, None if there is nothing yet."""
    try:
        return sock.recv(most, flags)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _set(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)


def _send(sock: socket.socket, answer: bytes) -> None:
    with suppress(OSError):
        sock.send(answer)
