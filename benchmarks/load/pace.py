"""Requests at a fixed rate, and how long each takes."""

import asyncio
import time
from collections.abc import Callable, Coroutine

from benchmarks.figures import percentile
from benchmarks.load.order import Figures, Order, check, visit
from benchmarks.load.wire import Client, request


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
        check(await client.ask(message), 200)
        free.put_nowait(client)

    async def one(due: float) -> None:
        client = await free.get()
        check(await client.ask(message), 200)
        took.append(time.perf_counter() - due)
        free.put_nowait(client)

    # At the same time, so that the proxy comes to have as many connections to the upstream.
    async with asyncio.TaskGroup() as group:
        for _ in range(order.connections):
            group.create_task(warm())
    return await _paced(order, one, took)


async def paced_connections(order: Order) -> Figures:
    """The same, each request on a connection of its own, which is opened when it is due."""
    took: list[float] = []

    async def one(due: float) -> None:
        await visit(order)
        took.append(time.perf_counter() - due)

    async with asyncio.TaskGroup() as group:
        for _ in range(order.connections):
            group.create_task(visit(order))
    return await _paced(order, one, took)


async def _paced(
    order: Order, one: Callable[[float], Coroutine[None, None, None]], took: list[float]
) -> Figures:
    """Do *one* at each tick once the word has come; *took* has seconds of each that has ended."""
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


async def _on_time(
    order: Order, begun: float, one: Callable[[float], Coroutine[None, None, None]]
) -> float:
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
