"""One client connection, as bytes: requests and their responses, upgrades."""

import asyncio
import itertools
import re
import ssl
from collections.abc import Callable
from typing import TypeVar, cast

from benchmarks.places import CLIENT_HOSTS, ORIGIN, PROXY_NAME

CONNECT_S = 60.0
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_WEBSOCKET_KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455, 1.3

P = TypeVar("P", bound=asyncio.Protocol)


class Refused(Exception):
    """The proxy did not do what the scenario needs."""


def request(method: str, target: str, *fields: str) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", f"Host: {PROXY_NAME}", f"Origin: {ORIGIN}", *fields]
    return "\r\n".join([*lines, "", ""]).encode()


def upgrade_request(target: str) -> bytes:
    return request(
        "GET",
        target,
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {_WEBSOCKET_KEY}",
    )


class Remembering(ssl.SSLContext):
    """One client's: each handshake offers the session of the last, as browsers do."""

    session: ssl.SSLSession | None = None

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        offered = session or self.session
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, offered)


class Dialler:
    """Opens connections to one proxy, each with a whole handshake, from several addresses.

    With a context that remembers sessions it is shorter, if the proxy knows them too.
    """

    def __init__(self, address: tuple[str, int], ca: str) -> None:
        self._address = address
        self._ca = ca
        self._context = ssl.create_default_context(cafile=ca)
        self._sources = itertools.cycle(CLIENT_HOSTS)

    def remembering(self) -> Remembering:
        """Return the context of one client among many."""
        context = Remembering(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self._ca)
        return context

    async def dial(self, protocol: Callable[[], P], context: ssl.SSLContext | None = None) -> P:
        _, made = await asyncio.get_running_loop().create_connection(
            protocol,
            *self._address,
            ssl=context or self._context,
            server_hostname=PROXY_NAME,
            ssl_handshake_timeout=CONNECT_S,
            local_addr=(next(self._sources), 0),
        )
        return made


class Client(asyncio.Protocol):
    """A connection that waits for one response at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self._buffer = b""
        self._whole: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    async def ask(self, message: bytes) -> int:
        """Send a request; return the status once the whole response is here."""
        self._buffer = b""
        self._whole = asyncio.get_running_loop().create_future()
        self.transport.write(message)
        return await self._whole

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        status = whole_response(self._buffer)
        if status and self._whole is not None and not self._whole.done():
            self._whole.set_result(status)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._whole is not None and not self._whole.done():
            self._whole.set_exception(Refused(f"closed before an answer ({exc or 'no error'})"))


def whole_response(buffer: bytes) -> int | None:
    """Return the status of the response in *buffer* once all of it is there."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = buffer[: end + 4]
    found = _STATUS.match(head)
    if found is None:
        raise Refused(f"no response: {head[:40]!r}")
    status = int(found[1])
    if status in (101, 204):
        return status
    length = _LENGTH.search(head)
    if length is None:
        raise Refused(f"a response without a length: {head[:200]!r}")
    return status if len(buffer) >= end + 4 + int(length[1]) else None
