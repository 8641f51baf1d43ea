"""The way to an upstream far away: a TCP relay that holds every byte back."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast

from benchmarks.places import ROUND_TRIP_S

ONE_WAY_S = ROUND_TRIP_S / 2


class Delayed:
    """Calls *deliver* with each chunk, in order, *ONE_WAY_S* after it came; None is the end."""

    def __init__(self, deliver: Callable[[bytes | None], None], not_before_s: float = 0.0) -> None:
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes | None] = deque()
        # What a dialled connection would still be waiting for: its handshake's round trip.
        self._not_before_s = not_before_s

    def push(self, chunk: bytes | None) -> None:
        due_s = max(self._loop.time(), self._not_before_s) + ONE_WAY_S
        self._waiting.append(chunk)
        self._loop.call_at(due_s, self._next)

    def _next(self) -> None:
        self._deliver(self._waiting.popleft())


class Relay(asyncio.Protocol):
    """The client's side of one connection; dials the upstream at once."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self._upstream = upstream
        self._far: asyncio.Transport | None = None
        self._early: list[bytes | None] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        loop = asyncio.get_running_loop()
        self._near = cast(asyncio.Transport, transport)
        self._there = Delayed(self._to_upstream, loop.time() + ROUND_TRIP_S)
        self._back = Delayed(self._to_client)
        self._dialling = loop.create_task(self._dial())

    async def _dial(self) -> None:
        loop = asyncio.get_running_loop()
        self._far, _ = await loop.create_connection(lambda: _Far(self._back), *self._upstream)
        for chunk in self._early:
            self._to_upstream(chunk)

    def data_received(self, data: bytes) -> None:
        self._there.push(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._there.push(None)

    def _to_upstream(self, chunk: bytes | None) -> None:
        if self._far is None:
            self._early.append(chunk)
        else:
            _pass(chunk, self._far)

    def _to_client(self, chunk: bytes | None) -> None:
        _pass(chunk, self._near)


class _Far(asyncio.Protocol):
    def __init__(self, back: Delayed) -> None:
        self._back = back

    def data_received(self, data: bytes) -> None:
        self._back.push(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._back.push(None)


def _pass(chunk: bytes | None, transport: asyncio.Transport) -> None:
    if chunk is None:
        transport.close()
    elif not transport.is_closing():
        transport.write(chunk)
