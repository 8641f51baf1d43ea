"""A WebSocket of ours."""

import asyncio

from benchmarks.load.order import check
from benchmarks.load.wire import Client, Refused


class Socket(Client):
    """A WebSocket on which so many bytes are awaited, whatever they are."""

    def __init__(self) -> None:
        super().__init__()
        self._is_open = False
        self._missing = 0
        self._done: asyncio.Future[None] | None = None

    async def open(self, message: bytes) -> None:
        check(await self.ask(message), 101)
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
