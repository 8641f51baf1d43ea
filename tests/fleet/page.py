"""A vendor with a page whose requests stay open until so many are there at once."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import WSMsgType, web

from tests.fleet.networks import VENDOR
from tests.media.live.networks import Namespace

PORT = 8443
HTML = "<!doctype html><title>of a vendor</title><script>noted = ''</script>"


class PageVendor:
    """*most* is how many requests for /hold were there at a time; *released* lets them go."""

    def __init__(self) -> None:
        self.held = self.most = 0
        self.released = asyncio.Event()
        self.came: list[str] = []  # WebSockets' messages

    def renew(self) -> None:
        self.held = self.most = 0
        self.released = asyncio.Event()

    @asynccontextmanager
    async def running(self, machine: Namespace, context: ssl.SSLContext) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_get("/", self._page)
        app.router.add_get("/hold", self._hold)
        app.router.add_get("/ws", self._echo)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        listener = machine.bound(socket.SOCK_STREAM, VENDOR, PORT)
        await web.SockSite(runner, listener, ssl_context=context).start()
        try:
            yield
        finally:
            await runner.cleanup()

    async def _page(self, request: web.Request) -> web.Response:
        return web.Response(text=HTML, content_type="text/html")

    async def _hold(self, request: web.Request) -> web.Response:
        self.held += 1
        self.most = max(self.most, self.held)
        await self.released.wait()
        self.held -= 1
        return web.Response(text=request.query["n"])

    async def _echo(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.came.append(message.data)
                await socket.send_str(message.data)
        return socket
