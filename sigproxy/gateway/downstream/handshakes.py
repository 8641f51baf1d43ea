"""TLS handshakes are taken up in turns, not all at once.

After a restart thousands of clients come back in one moment. All at once, their handshakes are all
slow, and where a core is short they fail together; in turn, the first is long served when the last
begins.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from sigproxy.policies.limits import address_key
from sigproxy.policies.turns import Turns

# One with a client 200 ms away takes as long: some 300 in a second, which is what a core can do.
# Their work together, 1 to 2 ms each, holds others up for a tenth of a second.
AT_ONCE = 64
# After that the next one begins, and who lets us wait goes on beside it for as long as it may.
TURN_S = 1.0


class Handshakes:
    """Those of one worker, at all of its listeners."""

    def __init__(self, most: int = AT_ONCE) -> None:
        self._turns: Turns[asyncio.Future[None]] = Turns(most)
        self._loop = asyncio.get_running_loop()

    @asynccontextmanager
    async def turn(self, client: str) -> AsyncIterator[None]:
        """Wait for a turn of *client*'s; it ends with the block, or after TURN_S."""
        key = address_key(client) if client else ""
        await self._begun(key)
        with ExitStack() as ending:
            ending.callback(self._end, key)
            timer = self._loop.call_later(TURN_S, ending.close)
            ending.callback(timer.cancel)
            yield

    async def _begun(self, key: str) -> None:
        waiter = self._loop.create_future()
        self._turns.join(key, waiter)
        self._begin()
        try:
            await waiter
        except asyncio.CancelledError:
            if not self._turns.leave(key, waiter):
                self._end(key)
            raise

    def _end(self, key: str) -> None:
        self._turns.end(key)
        self._begin()

    def _begin(self) -> None:
        while (waiter := self._turns.begin()) is not None:
            if not waiter.done():  # cancelled, it is about to end its turn
                waiter.set_result(None)
