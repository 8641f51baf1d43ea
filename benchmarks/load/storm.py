"""A crowd that comes all at once, twice; somebody who only asks now and then; and one alone."""

import asyncio
import ssl
import time
from collections.abc import Sequence

from benchmarks.figures import percentile
from benchmarks.load.order import Figures, Order, check
from benchmarks.load.websocket import Socket
from benchmarks.load.wire import Client, Dialler, Refused, Remembering, request, upgrade_request

ASK_EVERY_S = 0.025
# As long as SDKs wait for a WebSocket, and longer than the slowest proxy here takes for all.
PATIENCE_S = 30.0


class Visitor:
    """One of the crowd: TLS sessions of its own, and a WebSocket that it leaves for the next."""

    def __init__(self, context: Remembering) -> None:
        self._context = context
        self._socket: Socket | None = None
        self.is_resumed = False

    async def come(self, dialler: Dialler, message: bytes) -> float:
        """Open a WebSocket; return how many seconds that took."""
        self.leave()
        begun = time.perf_counter()
        async with asyncio.timeout(PATIENCE_S):
            self._socket = await dialler.dial(Socket, self._context)
            await self._socket.open(message)
        took = time.perf_counter() - begun
        tls: ssl.SSLObject = self._socket.transport.get_extra_info("ssl_object")
        self._context.session, self.is_resumed = tls.session, bool(tls.session_reused)
        return took

    def leave(self) -> None:
        if self._socket is not None:
            self._socket.transport.close()
        self._socket = None

    @property
    def is_here(self) -> bool:
        return self._socket is not None and not self._socket.transport.is_closing()


async def storm(order: Order) -> Figures:
    """Have all come within the time, and on the second word again, to the other proxy."""
    assert order.second is not None
    crowd = [Visitor(order.dialler.remembering()) for _ in range(order.connections)]
    await order.begin()
    first = await _wave(order, order.dialler, crowd)
    await order.begin()
    again = await _wave(order, order.second, crowd)
    await order.begin()
    for visitor in crowd:
        visitor.leave()
    waves = enumerate((first, again))
    return {f"{key}_{number}": value for number, wave in waves for key, value in wave.items()}


async def _wave(order: Order, dialler: Dialler, crowd: Sequence[Visitor]) -> Figures:
    """Let them begin evenly; return what they saw once each has its WebSocket, or none."""
    message, took = upgrade_request(order.target), []

    async def one(visitor: Visitor) -> None:
        try:
            took.append(await visitor.come(dialler, message))
        except (OSError, Refused):  # a TimeoutError is the former
            visitor.leave()

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, visitor in enumerate(crowd):
            due = begun + order.seconds * number / len(crowd)
            await asyncio.sleep(due - time.perf_counter())
            group.create_task(one(visitor))
    up_s, opened = time.perf_counter() - begun, sum(visitor.is_here for visitor in crowd)
    return {
        "up_s": up_s,
        "opened": opened,
        "refused": len(crowd) - opened,
        "resumed": sum(visitor.is_resumed for visitor in crowd),
        "p99_ms": percentile(took or [PATIENCE_S], 99) * 1000,
    }


async def bystander(order: Order) -> Figures:
    """Ask every 25 ms from the first word to the second."""
    client, message = await order.dialler.dial(Client), request("GET", order.target)
    check(await client.ask(message), 200)
    await order.begin()
    told = asyncio.create_task(order.begin())
    took: list[float] = []
    while not told.done():
        await asyncio.sleep(ASK_EVERY_S)
        asked = time.perf_counter()
        check(await client.ask(message), 200)
        took += waits(time.perf_counter() - asked)
    return {
        "units": len(took),
        "failed": 0,
        "p50_ms": percentile(took, 50) * 1000,
        "p99_ms": percentile(took, 99) * 1000,
    }


def waits(took_s: float) -> list[float]:
    """Return how long those waited who were to ask while an answer *took_s*: for the rest of it.

    Else one that takes a second counts as little as one that takes a millisecond.
    """
    return [took_s - number * ASK_EVERY_S for number in range(1 + int(took_s / ASK_EVERY_S))]


async def alone(order: Order) -> Figures:
    """Open one WebSocket after another, each with a whole handshake."""
    message, took = upgrade_request(order.target), []
    await order.begin()
    begun = time.perf_counter()
    while time.perf_counter() < begun + order.seconds:
        dialled = time.perf_counter()
        client = await order.dialler.dial(Socket)
        await client.open(message)
        took.append(time.perf_counter() - dialled)
        client.transport.close()
        await asyncio.sleep(ASK_EVERY_S)  # for the closing, which is not what is measured
    return {
        "units": len(took),
        "failed": 0,
        "seconds": time.perf_counter() - begun,
        "p50_ms": percentile(took, 50) * 1000,
        "p99_ms": percentile(took, 99) * 1000,
    }
