"""Read the PROXY protocol header with which a layer-4 balancer begins each connection.

It comes unencrypted, before TLS. Exactly its bytes are read from the socket; the rest is an
ordinary connection whose peer is the client that the balancer named.
"""

import asyncio
import socket
from collections.abc import Callable
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

HEADER_S = 3.0  # the specification's minimum: time to retransmit one lost segment


class _NothingSent(Exception):
    """The peer closed without sending anything: a balancer's health check."""


@dataclass(frozen=True, slots=True)
class ProxyHeaderReader:
    """Reads the client's address; refuses a connection without a valid, trusted header."""

    receiver: Receiver
    is_trusted: Callable[[str], bool]  # given the balancer's address
    header_s: float
    is_clear: bool  # HTTP follows, not TLS: we can send an error response

    async def __call__(self, sock: socket.socket, balancer: str) -> str | None:
        """Return the address of *balancer*'s client; None if there is nobody to serve."""
        try:
            return await self._client(sock, balancer)
        except GatewayError as error:
            await self._refuse(sock, balancer, error)
        except _NothingSent:
            pass
        return None

    async def _client(self, sock: socket.socket, balancer: str) -> str:
        """Return the address of *balancer*'s client; raise GatewayError or _NothingSent."""
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
        """Log *error*, and send it if the connection is HTTP; a TLS client could not read it."""
        write: Write | None = partial(early.send, sock) if self.is_clear else None
        self.receiver.refuse_unparsed(balancer, error, write)
        if write is not None:
            await early.linger(sock, self.header_s)


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
