"""How STUN messages travel: over a stream (TCP, TLS), or as datagrams (RFC 8489, 6.2)."""

import asyncio
import socket
import ssl
from contextlib import suppress
from typing import Any, Protocol, Self, cast

from sigproxy.semantics import proxy_header, stun
from sigproxy.tools import dial
from sigproxy.tools.dial import Admits, HttpProxy
from sigproxy.tools.lookup import addresses

MOST_WAITING = 1024  # datagrams that nobody has read yet; more are dropped, as by a kernel


class Link(Protocol):
    @property
    def resend_s(self) -> float | None:
        """How long an answer may take before a request is sent again; None: never."""

    def send(self, data: bytes) -> None: ...

    async def receive(self) -> bytes:
        """Return the next whole message; raise OSError, or ValueError for what is not STUN."""

    def close(self) -> None: ...


class StreamLink:
    """TCP or TLS: messages follow one another, and none is lost."""

    resend_s: float | None = None

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._acknowledges = False  # at once, as the gateway does toward the TURN server

    @classmethod
    async def open(
        cls,
        host: str,
        port: int,
        tls: ssl.SSLContext | None = None,
        proxy: HttpProxy | None = None,
        admits: Admits | None = None,
    ) -> Self:
        """Connect, through *proxy* if there is one; raise OSError."""
        streams = await dial.tcp(host, port, proxy, admits)
        if tls is not None:
            await dial.tls(streams, host, tls)
        return cls(*streams)

    @classmethod
    async def open_behind_header(cls, host: str, port: int) -> Self:
        """Connect to a port that expects a PROXY protocol header, as the gateway does."""
        reader, writer = await dial.tcp(host, port)
        own, there = writer.get_extra_info("sockname"), writer.get_extra_info("peername")
        writer.write(proxy_header.written(own[0], own[1], there[0], there[1]))
        link = cls(reader, writer)
        link._acknowledges = True
        return link

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def receive(self) -> bytes:
        try:
            head = await self._reader.readexactly(stun.HEADER_BYTES)
            if not stun.is_header(head):
                raise ValueError("what the server sends is not STUN")
            rest = await self._reader.readexactly((stun.size(head) or 0) - len(head))
        except asyncio.IncompleteReadError:
            raise ConnectionResetError("the server closed the connection") from None
        if self._acknowledges:
            with suppress(OSError, AttributeError):  # Linux alone has it
                sock = self._writer.get_extra_info("socket")
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return head + rest

    def close(self) -> None:
        self._writer.close()


class DatagramLink(asyncio.DatagramProtocol):
    """UDP: a request may be lost, and so is sent again."""

    resend_s: float | None = 0.5  # RFC 8489, 6.2.1

    def __init__(self) -> None:
        self._came: asyncio.Queue[bytes | OSError] = asyncio.Queue(MOST_WAITING)
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def open(cls, host: str, port: int, admits: Admits | None = None) -> Self:
        """Prepare to send there, to an IPv4 address if there is one; raise OSError."""
        found = await addresses(host, port)
        if admits is not None:
            dial.admitted((each[4][0] for each in found), host, admits)
        address = min(found, key=lambda each: each[0] != socket.AF_INET)[4][:2]
        loop = asyncio.get_running_loop()
        _, link = await loop.create_datagram_endpoint(cls, remote_addr=address)
        return link

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._keep(data)

    def error_received(self, exc: Exception) -> None:
        """Take what ICMP says: nobody is there, or a firewall rejects."""
        if isinstance(exc, OSError):
            self._keep(exc)

    def _keep(self, came: bytes | OSError) -> None:
        if not self._came.full():
            self._came.put_nowait(came)

    def send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.sendto(data)

    async def receive(self) -> bytes:
        came = await self._came.get()
        if isinstance(came, OSError):
            raise came
        return came

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
