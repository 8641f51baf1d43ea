"""Behind a layer-4 balancer each connection begins with a PROXY protocol header.

It comes in clear, before TLS: its bytes and no others are taken off, and what is left is an
ordinary connection whose peer is the client that the balancer named.
"""

import asyncio
import socket
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
from sigproxy.gateway.downstream import early
from sigproxy.gateway.downstream.request import Receiver, Write
from sigproxy.gateway.transport import shown_address
from sigproxy.semantics import proxy_header
from sigproxy.semantics.proxy_header import Wanted

HEADER_S = 3.0  # the least that the specification recommends: one lost segment, sent again


class _NothingSent(Exception):
    """Connected and left: how balancers see whether somebody listens."""


@dataclass(frozen=True, slots=True)
class ProxyHeaderReader:
    """Reads who a connection is for; refuses what does not say so rightly."""

    receiver: Receiver
    is_trusted: Callable[[str], bool]  # of a balancer's address
    header_s: float
    is_clear: bool  # what follows is HTTP, and can be answered

    async def __call__(self, sock: socket.socket, balancer: str) -> str | None:
        """Return the address of whom *balancer* connects; None if there is nobody to serve."""
        try:
            return await self._client(sock, balancer)
        except GatewayError as error:
            await self._refuse(sock, balancer, error)
        except _NothingSent:
            pass
        return None

    async def _client(self, sock: socket.socket, balancer: str) -> str:
        """Return whom *balancer* connects; raise GatewayError or _NothingSent."""
        if not self.is_trusted(balancer):
            raise ProxyHeaderUntrusted(
                f"{balancer} is not in server.trusted_proxies, and with server.proxy_protocol "
                "only those may connect"
            )
        try:
            async with asyncio.timeout(self.header_s):
                client = (await _header(sock)).client
        except TimeoutError:
            raise ProxyHeaderTimeout(
                f"no whole PROXY protocol header came within {self.header_s:g} s"
            ) from None
        return balancer if client is None else shown_address(str(client))

    async def _refuse(self, sock: socket.socket, balancer: str, error: GatewayError) -> None:
        """Note *error*, and answer it in clear; a client of TLS would not understand that."""
        write: Write | None = partial(_send, sock) if self.is_clear else None
        self.receiver.refuse_unparsed(balancer, error, write)
        if write is not None:
            # A close with bytes unread is a reset, which takes the answer with it (RFC 9112, 9.6).
            with suppress(OSError):
                sock.shutdown(socket.SHUT_WR)
                async with asyncio.timeout(self.header_s):
                    while await early.read(sock, 65536):
                        pass


async def _header(sock: socket.socket) -> proxy_header.Header:
    data = b""
    while isinstance(found := proxy_header.parse(data), Wanted):
        ahead = await early.read(sock, found.most, socket.MSG_PEEK)
        if not ahead and not data:
            raise _NothingSent
        if not ahead:
            raise ProxyHeaderInvalid("the connection ended within its PROXY protocol header")
        data += early.receive(sock, found.part(ahead)) or b""
    return found


def _send(sock: socket.socket, answer: bytes) -> None:
    with suppress(OSError):
        sock.send(answer)
