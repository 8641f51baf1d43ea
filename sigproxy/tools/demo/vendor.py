"""The demo's made-up vendor: an HTTPS and WebSocket server, and a DNS server with its name."""

import asyncio
import ssl
import struct
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

NAME = "calls.vendor.example"
_LOOPBACK = bytes((127, 0, 0, 1))
_A_RECORD = 1


@dataclass(slots=True)
class Vendor:
    """Responds to each request, and records it."""

    port: int = 0
    seen: list[str] = field(default_factory=list)

    async def start(self, context: ssl.SSLContext) -> web.AppRunner:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        self.port = runner.addresses[0][1]
        return runner

    def take_seen(self) -> list[str]:
        seen, self.seen = self.seen, []
        return seen

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        forwarded = request.headers.get("X-Forwarded-For", "-")
        line = f"{request.method} {request.raw_path}   Host: {request.host}"
        self.seen.append(f"{line}   X-Forwarded-For: {forwarded}")
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._echo(request)
        if request.path == "/calls":
            # An absolute URL of the vendor, as real ones send: a browser would bypass the gateway.
            raise web.HTTPFound(f"https://{NAME}:{self.port}/calls/eu")
        return web.json_response({"path": request.raw_path, "received": body})

    async def _echo(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("2.0",))
        await socket.prepare(request)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.seen.append(f"message {message.data!r}")
                await socket.send_str(f"echo of {message.data}")
        return socket


class Dns(asyncio.DatagramProtocol):
    """Answers every A query with 127.0.0.1, and all others with no record."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        end = data.index(b"\0", 12) + 5
        question, (kind,) = data[12:end], struct.unpack(">H", data[end - 4 : end - 2])
        answers = 1 if kind == _A_RECORD else 0
        head = data[:2] + struct.pack(">HHHHH", 0x8180, 1, answers, 0, 0)
        record = struct.pack(">HHHIH", 0xC00C, _A_RECORD, 1, 60, 4) + _LOOPBACK
        self._transport.sendto(head + question + record * answers, addr)


async def start_dns() -> tuple[asyncio.BaseTransport, int]:
    """Return the server's transport and its port on loopback."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Dns, local_addr=("127.0.0.1", 0))
    return transport, transport.get_extra_info("sockname")[1]
