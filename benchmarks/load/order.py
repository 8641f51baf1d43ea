"""What a client is to do, and the simplest thing that it does: a visit."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from benchmarks.load.wire import Client, Dialler, Refused, request

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
    requests: int = 1  # on each connection
    second: Dialler | None = None  # to where a crowd moves


async def visit(order: Order) -> None:
    """Open a connection, ask *requests* times, close it."""
    client = await order.dialler.dial(Client)
    try:
        for _ in range(order.requests - 1):
            check(await client.ask(request("GET", order.target)), 200)
        check(await client.ask(request("GET", order.target, "Connection: close")), 200)
    finally:
        client.transport.close()


def check(status: int, expected: int) -> None:
    if status != expected:
        raise Refused(f"status {status}, not {expected}")
