"""A server on loopback that stands for every vendor's host, and keeps what it was sent."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from aiohttp import web

from tests.parity.certificates import Certificates
from tests.sdk import application, vendors
from tests.sdk.mapping import PAGES
from tests.sdk.record import Message, Received
from tests.sdk.vendors.answer import Answer

MODULES = application.HERE / "node_modules"
TLS_PORTS = (443, 4700, 6443)
PLAIN_PORTS = (80,)
LARGEST_MESSAGE = 64 << 20  # bytes


class Upstream:
    """Answers by ``vendors``; *received* has every request of one page, the first first.

    Each page has a name of its own, by which its requests are known: what one that was closed still
    sends is answered, and does not count. *refused* is what the page's policy has stopped.
    """

    def __init__(self, modules: Path = MODULES) -> None:
        self._modules = modules
        self.begin(PAGES)

    def begin(self, page: str, refuses_websockets: bool = False) -> None:
        """Forget what was received; from now on *page*, a host below PAGES, counts."""
        self.page = page
        self.refuses_websockets = refuses_websockets
        self.received: list[Received] = []
        self.refused: list[str] = []

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        tls = cast("ssl.SSLObject | None", request.get_extra_info("ssl_object"))
        port = cast("tuple[str, int]", request.get_extra_info("sockname"))[1]
        fields = [(name.decode(), value.decode("latin-1")) for name, value in request.raw_headers]
        sni = getattr(tls, "asked_name", None)
        received = Received(sni, port, request.method, request.raw_path, fields)
        if is_page(received.host):
            return await self._page(request, received)
        if asker(received) not in (None, self.page):
            return await self._answered(request, received)
        received.turn = sum(
            (each.method, each.path) == (received.method, received.path) for each in self.received
        )
        self.received.append(received)
        return await self._answered(request, received)

    async def _answered(self, request: web.BaseRequest, received: Received) -> web.StreamResponse:
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

    async def _page(self, request: web.BaseRequest, received: Received) -> web.StreamResponse:
        if request.path != application.REPORTS:
            return application.served(request.path, request.query.get("shim"), self._modules)
        if received.host == self.page:
            self.refused.append(application.refusal(await request.read()))
        return web.Response(status=204)

    async def _converse(self, request: web.BaseRequest, received: Received) -> web.StreamResponse:
        offered = (received.value("sec-websocket-protocol") or "").split(", ")
        socket = web.WebSocketResponse(protocols=offered, max_msg_size=LARGEST_MESSAGE)
        await socket.prepare(request)
        received.status = 101
        for greeting in vendors.greeting(received):
            await _sent(socket, received, greeting)
        async for message in socket:
            if isinstance(message.data, str | bytes):
                received.messages.append(message.data)
                for reply in vendors.replies(received, message.data):
                    await _sent(socket, received, reply)
        return socket


def is_page(host: str) -> bool:
    return f".{host}".endswith(f".{PAGES}")


def asker(received: Received) -> str | None:
    """Return the name of the page that *received* comes from; None if it does not say."""
    for name in ("origin", "referer"):
        host = urlsplit(received.value(name) or "").hostname or ""
        if is_page(host):
            return host
    return None


async def _sent(socket: web.WebSocketResponse, received: Received, reply: Message) -> None:
    received.replies.append(reply)
    if isinstance(reply, str):
        await socket.send_str(reply)
    else:
        await socket.send_bytes(reply)


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
async def running(
    address: str, certificates: Certificates, modules: Path = MODULES
) -> AsyncIterator[Upstream]:
    """Run an upstream on all ports that the SDKs use, at one address."""
    upstream = Upstream(modules)
    async with AsyncExitStack() as stack:
        runner = web.ServerRunner(web.Server(upstream, auto_decompress=False), shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        for port in TLS_PORTS + PLAIN_PORTS:
            context = certificates.for_every_name() if port in TLS_PORTS else None
            await web.TCPSite(runner, address, port, ssl_context=context).start()
        yield upstream
