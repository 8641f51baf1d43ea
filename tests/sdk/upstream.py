"""A server on loopback that stands for every vendor's host, and keeps what it was sent."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import cast

from aiohttp import web

from tests.parity.certificates import Certificates
from tests.sdk import vendors
from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer

HERE = Path(__file__).parent
PAGES = "app.example.net"  # the web application; its requests are not recorded
SCRIPTS = {"/pages/": HERE / "pages", "/modules/": HERE / "node_modules"}
TYPES = {".html": "text/html", ".js": "text/javascript"}
TLS_PORTS = (443, 4700, 6443)
PLAIN_PORTS = (80,)
LARGEST_MESSAGE = 64 << 20  # bytes


class Upstream:
    """Answers by ``vendors``; *received* has every request, the first first."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.refuses_websockets = False

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        tls = cast("ssl.SSLObject | None", request.get_extra_info("ssl_object"))
        port = cast("tuple[str, int]", request.get_extra_info("sockname"))[1]
        fields = [(name.decode(), value.decode("latin-1")) for name, value in request.raw_headers]
        sni = getattr(tls, "asked_name", None)
        received = Received(sni, port, request.method, request.raw_path, fields)
        if received.host == PAGES:
            return _page(request.path)
        received.turn = sum(
            (each.method, each.path) == (received.method, received.path) for each in self.received
        )
        self.received.append(received)
        if received.is_websocket and not self.refuses_websockets:
            return await self._converse(request, received)
        received.body = await request.read()
        answer = self._answer(received)
        await asyncio.sleep(answer.delay_s)
        received.status = answer.status
        return web.Response(
            status=answer.status, body=answer.body, headers={**_cors(received), **answer.fields}
        )

    def _answer(self, received: Received) -> Answer:
        if received.is_websocket:
            return Answer(status=502)
        return Answer(status=204) if received.is_preflight else vendors.answer(received)

    async def _converse(self, request: web.BaseRequest, received: Received) -> web.StreamResponse:
        offered = (received.value("sec-websocket-protocol") or "").split(", ")
        socket = web.WebSocketResponse(protocols=offered, max_msg_size=LARGEST_MESSAGE)
        await socket.prepare(request)
        received.status = 101
        for message in vendors.greeting(received):
            await socket.send_str(message)
        async for message in socket:
            if isinstance(message.data, str | bytes):
                received.messages.append(message.data)
                for reply in vendors.replies(received, message.data):
                    await _sent(socket, reply)
        return socket


async def _sent(socket: web.WebSocketResponse, reply: Message) -> None:
    if isinstance(reply, str):
        await socket.send_str(reply)
    else:
        await socket.send_bytes(reply)


def _page(path: str) -> web.StreamResponse:
    for prefix, directory in SCRIPTS.items():
        file = directory / path.removeprefix(prefix)
        if path.startswith(prefix) and file.is_file():
            return web.Response(body=file.read_bytes(), content_type=TYPES[file.suffix])
    return web.Response(status=404)


def _cors(received: Received) -> dict[str, str]:
    """Return the fields by which a vendor lets any page in."""
    origin = received.value("origin")
    if origin is None:
        return {}
    echoed = {
        "Access-Control-Allow-Methods": received.value("access-control-request-method"),
        "Access-Control-Allow-Headers": received.value("access-control-request-headers"),
    }
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin",
        **{name: value for name, value in echoed.items() if value is not None},
    }


@asynccontextmanager
async def running(address: str, certificates: Certificates) -> AsyncIterator[Upstream]:
    """Run an upstream on all ports that the SDKs use, at one address."""
    upstream = Upstream()
    async with AsyncExitStack() as stack:
        runner = web.ServerRunner(web.Server(upstream), shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        for port in TLS_PORTS + PLAIN_PORTS:
            context = certificates.for_every_name() if port in TLS_PORTS else None
            await web.TCPSite(runner, address, port, ssl_context=context).start()
        yield upstream
