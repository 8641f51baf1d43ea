"""What our own clients do. Each opens what it needs, waits for the word, and returns figures."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from benchmarks.load import frames
from benchmarks.load.order import Figures, Order, visit
from benchmarks.load.pace import paced, paced_connections
from benchmarks.load.storm import alone, bystander, storm
from benchmarks.load.websocket import Socket
from benchmarks.load.wire import Refused, upgrade_request

AT_ONCE = 32  # connections that are opened beside one another


async def connections(order: Order) -> Figures:
    """A few requests on each connection, one after another; a unit is a request."""
    figures = await _repeat(order, lambda: visit(order))
    counts = {key: figures[key] * order.requests for key in ("units", "failed")}
    return {**figures, **counts}


async def websockets(order: Order) -> Figures:
    """Open a WebSocket, close it as RFC 6455 has it, open the next."""
    message = upgrade_request(order.target)
    goodbye = frames.masked((1000).to_bytes(2, "big"), frames.CLOSE)

    async def one() -> None:
        client = await order.dialler.dial(Socket)
        try:
            await client.open(message)
            client.expect(4)
            client.transport.write(goodbye)
            await client.done()
        finally:
            client.transport.close()

    return await _repeat(order, one)


async def _repeat(order: Order, one: Callable[[], Awaitable[None]]) -> Figures:
    """Do *one* on every connection again and again; what fails is counted, and said once."""
    await one()
    await order.begin()
    begun, done, failed = time.perf_counter(), 0, 0
    end = begun + order.seconds if not order.count else float("inf")

    async def loop() -> None:
        nonlocal done, failed
        while time.perf_counter() < end and (not order.count or done < order.count):
            try:
                await one()
                done += 1
            except (OSError, Refused) as error:
                failed += 1
                if failed > 100 + done // 10:
                    raise Refused(f"{failed} of {done + failed} failed: {error}") from error

    async with asyncio.TaskGroup() as group:
        for _ in range(order.connections):
            group.create_task(loop())
    return {"units": done, "failed": failed, "seconds": time.perf_counter() - begun}


class Echoed(Socket):
    """A WebSocket that sends the next message when the last has come back."""

    message = b""
    size = 0
    count = 0

    def start(self, message: bytes, size: int) -> None:
        self.message = message
        self._missing = self.size = size
        self.transport.write(message)

    def data_received(self, data: bytes) -> None:
        if not self._is_open:
            super().data_received(data)
            return
        self._missing -= len(data)
        if self._missing <= 0:
            self.count += 1
            self._missing += self.size
            self.transport.write(self.message)


async def messages(order: Order) -> Figures:
    opened = await _open(order, Echoed)
    message, size = frames.masked(b"x" * order.size), frames.unmasked_size(order.size)
    await order.begin()
    begun = time.perf_counter()
    for client in opened:
        client.start(message, size)
    await asyncio.sleep(order.seconds)
    seconds, done = time.perf_counter() - begun, sum(client.count for client in opened)
    silent = sum(not client.count for client in opened)
    return {"units": done, "failed": silent, "seconds": seconds}


async def idle(order: Order) -> Figures:
    opened = await _open(order, Echoed)
    await order.begin()
    lost = sum(client.transport.is_closing() for client in opened)
    return {"units": len(opened), "failed": lost, "seconds": 0.0}


async def _open(order: Order, kind: type[Echoed]) -> list[Echoed]:
    """Open all WebSockets, so many at once that no handshake waits for its turn."""
    message, opened = upgrade_request(order.target), []
    left = iter(range(order.connections))

    async def loop() -> None:
        for _ in left:
            client = await order.dialler.dial(kind)
            await client.open(message)
            opened.append(client)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(AT_ONCE, order.connections)):
            group.create_task(loop())
    return opened


_ALL = (
    *(connections, websockets, messages, idle, paced, paced_connections),
    *(storm, bystander, alone),
)
MODES = {each.__name__: each for each in _ALL}
