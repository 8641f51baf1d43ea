"""What else there is in the servers' network: a vendor, and a company's proxy."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from aiohttp import WSMsgType, web

from tests.lab.dns import Dns, Name
from tests.media.live.networks import GATEWAY, PROXY, RESOLVER, VENDOR, Namespace

PAGES = Path(__file__).parent / "pages"
NAME, VENDOR_NAME = "gateway.example", "vendor.example"
PROXY_PORT = 3128
ALLOWED = f"{NAME}:443"


@asynccontextmanager
async def names(namespace: Namespace, name: str, address: str) -> AsyncIterator[Dns]:
    """Run a name server inside that knows one name."""
    dns = Dns()
    dns.zone[name] = Name((address,))
    await dns.start(sock=namespace.bound(socket.SOCK_DGRAM, RESOLVER, 53))
    try:
        yield dns
    finally:
        dns.close()


class Rendezvous:
    """Passes on what one of two pages says to the other: all that a call needs of its vendor."""

    def __init__(self) -> None:
        self._rooms: dict[str, list[web.WebSocketResponse]] = {}

    @asynccontextmanager
    async def running(self, namespace: Namespace, context: ssl.SSLContext) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_get("/room/{name}", self._join)
        app.router.add_static("/", PAGES)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        listener = namespace.bound(socket.SOCK_STREAM, VENDOR, 443)
        await web.SockSite(runner, listener, ssl_context=context).start()
        try:
            yield
        finally:
            await runner.cleanup()

    async def _join(self, request: web.Request) -> web.WebSocketResponse:
        room = self._rooms.setdefault(request.match_info["name"], [])
        joined = web.WebSocketResponse()
        await joined.prepare(request)
        room.append(joined)
        if len(room) == 2:
            for each in room:
                await each.send_str('{"both": true}')
        async for message in joined:
            if message.type is WSMsgType.TEXT:
                for other in room:
                    if other is not joined:
                        await other.send_str(message.data)
        return joined


class ConnectProxy:
    """Knows CONNECT, to one name and port; *asked* has what it was asked for."""

    def __init__(self, namespace: Namespace) -> None:
        self.asked: list[str] = []
        self._namespace = namespace
        self._writers: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        listener = self._namespace.bound(socket.SOCK_STREAM, PROXY, PROXY_PORT)
        server = await asyncio.start_server(self._serve, sock=listener)
        try:
            yield
        finally:
            server.close()
            for writer in self._writers:
                writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with AsyncExitStack() as stack:
            self._hold(writer, stack)
            with suppress(asyncio.IncompleteReadError, OSError):
                head = await reader.readuntil(b"\r\n\r\n")
                method, place = head.decode().split(" ")[:2]
                self.asked.append(place)
                if (method, place) != ("CONNECT", ALLOWED):
                    writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                    return
                there, back = await asyncio.open_connection(
                    sock=await self._namespace.connected(GATEWAY, 443)
                )
                self._hold(back, stack)
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                await asyncio.gather(_pipe(reader, back), _pipe(there, writer))

    def _hold(self, writer: asyncio.StreamWriter, stack: AsyncExitStack) -> None:
        self._writers.add(writer)
        stack.callback(self._writers.discard, writer)
        stack.callback(writer.close)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
