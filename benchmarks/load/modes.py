"""What our own clients do. Each opens what it needs, waits for the word, and returns figures."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.figures import percentile
from benchmarks.load import frames
from benchmarks.load.wire import Client, Dialler, Refused, request, upgrade_request

AT_ONCE = 32  # connections that are opened beside one another
Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Order:
    """What to do; *begin* returns when the word has come."""

    dialler: Dialler
    target: str
    begin: Callable[[], Awaitable[None]]
    seconds: float
    connections: int
    count: int = 0  # units after which to stop, 0: time decides
    size: int = 0  # of a message
    rate: float = 0.0  # units per second


async def connections(order: Order) -> Figures:
    """One request on each connection."""
    message = request("GET", order.target, "Connection: close")

    async def one() -> None:
        client = await order.dialler.dial(Client)
        try:
            _check(await client.ask(message), 200)
        finally:
            client.transport.close()

    return await _repeat(order, one)


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


class Socket(Client):
    """A WebSocket on which so many bytes are awaited, whatever they are."""

    def __init__(self) -> None:
        super().__init__()
        self._is_open = False
        self._missing = 0
        self._done: asyncio.Future[None] | None = None

    async def open(self, message: bytes) -> None:
        _check(await self.ask(message), 101)
        self._is_open = True

    def expect(self, size: int) -> None:
        self._missing = size
        self._done = asyncio.get_running_loop().create_future()

    async def done(self) -> None:
        assert self._done is not None
        await self._done

    def data_received(self, data: bytes) -> None:
        if not self._is_open:
            super().data_received(data)
            return
        self._missing -= len(data)
        if self._missing <= 0 and self._done is not None and not self._done.done():
            self._done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._done is not None and not self._done.done():
            self._done.set_exception(Refused(f"WebSocket closed ({exc or 'no error'})"))


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


async def paced(order: Order) -> Figures:
    """Send at a fixed rate, whether or not what was sent before has been answered.

    A request's time begins when it is due, not when a connection is free for it: what waits
    behind a slow answer is part of what users feel (coordinated omission).
    """
    free: asyncio.LifoQueue[Client] = asyncio.LifoQueue()
    message = request("GET", order.target)
    took: list[float] = []

    async def warm() -> None:
        client = await order.dialler.dial(Client)
        _check(await client.ask(message), 200)
        free.put_nowait(client)

    async def one(due: float) -> None:
        client = await free.get()
        _check(await client.ask(message), 200)
        took.append(time.perf_counter() - due)
        free.put_nowait(client)

    # At the same time, so that the proxy comes to have as many connections to the upstream.
    async with asyncio.TaskGroup() as group:
        for _ in range(order.connections):
            group.create_task(warm())
    await order.begin()
    begun = time.perf_counter()
    late = await _on_time(order, begun, one)
    return {
        "units": len(took),
        "failed": 0,
        "seconds": time.perf_counter() - begun,
        "p50_ms": percentile(took, 50) * 1000,
        "p99_ms": percentile(took, 99) * 1000,
        "late_ms": late * 1000,
    }


async def _on_time(order: Order, begun: float, one: Callable[[float], Any]) -> float:
    """Begin *one* at each tick of the rate; return by how much the latest tick was late.

    The loop's timers are whole milliseconds. That much is ours, not the proxy's, and a tick
    counts from when it came; more than that counts from when it was due.
    """
    tolerance_s, latest = 0.002, 0.0
    async with asyncio.TaskGroup() as group:
        for number in range(int(order.rate * order.seconds)):
            due = begun + number / order.rate
            await asyncio.sleep(due - time.perf_counter())
            now = time.perf_counter()
            latest = max(latest, now - due)
            group.create_task(one(now if now - due < tolerance_s else due))
    return latest


def _check(status: int, expected: int) -> None:
    if status != expected:
        raise Refused(f"status {status}, not {expected}")


MODES = {each.__name__: each for each in (connections, websockets, messages, idle, paced)}
