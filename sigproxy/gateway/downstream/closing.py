"""What is still done for a client whose connection ends."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from aiohttp.streams import StreamReader

from sigproxy.gateway.downstream.request import MalformedBody
from sigproxy.gateway.stall import StallWatch
from sigproxy.gateway.transport import end_closing


class ClosingWatch:
    """Keeps a closing connection as long as its client still reads what was written."""

    __slots__ = ("_loop", "_rate_bytes_s", "_watch")

    def __init__(self, loop: asyncio.AbstractEventLoop, rate_bytes_s: float) -> None:
        """*rate_bytes_s*: a client that reads more slowly is cut off."""
        self._loop = loop
        self._rate_bytes_s = rate_bytes_s
        self._watch: StallWatch | None = None

    def watch(self, transport: asyncio.Transport, stall_s: float) -> None:
        if self._watch is None:
            end = partial(end_closing, transport)
            self._watch = StallWatch(self._loop, self._rate_bytes_s, stall_s, end)
            self._watch.start(transport, settle_s=0.0)

    def stop(self) -> None:
        if self._watch is not None:
            self._watch.stop()
            self._watch = None


async def drop_rest(body: StreamReader, is_open: Callable[[], bool], most_s: float) -> None:
    """Read the rest of a request's body for *most_s*, and drop it."""
    with suppress(TimeoutError, RuntimeError, ConnectionError, MalformedBody):
        async with asyncio.timeout(most_s):
            while is_open() and await body.readany():
                pass
