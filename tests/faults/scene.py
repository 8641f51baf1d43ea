"""One client meets a fault; a bystander must not notice, and nothing may be left of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sigproxy.exchange import Exchange
from tests.lab.client import Client
from tests.lab.dns import Name
from tests.lab.frames import (
    TEXT,
    Frame,
    echo,
    frame,
    handshake,
    read_frame,
    switching,
)
from tests.lab.lab import Lab, Running, open_files, tasks, until
from tests.lab.upstream import Peer, Upstream
from tests.lab.wire import Response, response

WELL = "well.example.com"


async def healthy(peer: Peer) -> None:
    """Answer requests and echo WebSockets, as a vendor should."""
    while True:
        request = await peer.request()
        if request.get(b"upgrade"):
            peer.send(switching(request))
            return await echo(peer)
        peer.send(response(200, b"well"))


class Bystander:
    """A user of the same gateway with a healthy vendor: a WebSocket, and requests."""

    def __init__(self, vendor: Upstream, websocket: Client, idle: Client) -> None:
        self._websocket = websocket
        self._idle = idle
        self._target = vendor.at("/", WELL)
        self._turn = asyncio.Lock()

    @classmethod
    async def arrive(cls, vendor: Upstream, websocket: Client, idle: Client) -> "Bystander":
        assert (await handshake(websocket, vendor.at("/ws", WELL))).status == 101
        return cls(vendor, websocket, idle)

    async def is_served(self) -> None:
        async with self._turn:
            self._websocket.send(frame(TEXT, b"still there?", masked=True))
            assert await read_frame(self._websocket) == Frame(TEXT, b"still there?")
            assert (await self._idle.get(self._target)).body == b"well"


class Scene:
    """A gateway with a bystander, and names for vendors that fail."""

    def __init__(self, lab: Lab, gateway: Running, bystander: Bystander) -> None:
        self.lab = lab
        self.gateway = gateway
        self.bystander = bystander

    @classmethod
    async def set_up(cls, lab: Lab, **settings: Any) -> "Scene":
        lab.dns.zone[WELL] = Name(("127.0.0.1",))
        vendor = await lab.upstream(healthy)
        gateway = await lab.gateway(**settings)
        clients = [await lab.client(gateway) for _ in range(2)]
        return cls(lab, gateway, await Bystander.arrive(vendor, *clients))

    def _figures(self) -> dict[str, int]:
        return {
            "clients": self.gateway.connections,
            "exchanges": self.gateway.gateway.drain.in_flight,
            "pooled": self.gateway.gateway.upstream.idle_count,
            "tasks": len(tasks()),
        }

    @asynccontextmanager
    async def unharmed(self) -> AsyncIterator[None]:
        """Check that what happens inside costs the bystander nothing and is all given back."""
        await self.bystander.is_served()
        before, files = self._figures(), open_files()
        yield
        await self.bystander.is_served()
        try:
            await until(lambda: self._figures() == before and open_files() <= files)
        except AssertionError:
            after = f"{self._figures()}, {open_files()} files"
            raise AssertionError(f"left behind: {before}, {files} files -> {after}") from None

    async def asks(
        self,
        target: bytes,
        *fields: bytes,
        method: bytes = b"GET",
        body: bytes | None = None,
        heard: asyncio.Semaphore | None = None,
    ) -> Response:
        """Be one client that asks once and leaves; meanwhile the bystander is served."""
        client = await self.gateway.client()
        client.ask(target, *fields, method=method, body=body)
        await self.bystander.is_served()
        try:
            return await client.response(method, heard)
        finally:
            client.close()

    async def one_is_told(self, target: bytes, status: int, token: str, **request: Any) -> Exchange:
        """Check what one client is told of a fault, what the log is, and that nobody else is hit.

        Returns the record of its exchange.
        """
        async with self.unharmed():
            answer = await self.asks(target, **request)
            assert (answer.status, answer.error) == (status, token), answer.body
        [record] = self.records(target)
        assert (record.status, record.error) == (status, token)
        assert record.detail == answer.json["detail"]
        assert record.ended_s is not None
        return record

    def records(self, target: bytes) -> list[Exchange]:
        return [each for each in self.gateway.observer.ends if each.request_target == target]
