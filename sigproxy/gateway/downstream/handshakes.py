"""Do TLS handshakes in turns, not all at once.

After a restart, thousands of clients reconnect within a moment. If all handshakes ran at once, all
would be slow, and with too little CPU all would time out. In turns, the first clients are served
long before the last handshake begins.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from sigproxy.policies.limits import address_key
from sigproxy.policies.turns import Turns

# A handshake with a client 200 ms away takes 200 ms, so this allows about 300 per second: as many
# as one core can do. At 1 to 2 ms of CPU each, 64 delay other clients by a tenth of a second.
AT_ONCE = 64
# A slow client's turn ends after this long, so that the next can begin; its handshake goes on.
TURN_S = 1.0


class Handshakes:
    """The handshakes of one worker, for all of its listeners."""

    def __init__(self, most: int = AT_ONCE) -> None:
        self._turns: Turns[asyncio.Future[None]] = Turns(most)
        self._loop = asyncio.get_running_loop()

    @asynccontextmanager
    async def turn(self, client: str) -> AsyncIterator[None]:
        """Wait for *client*'s turn; it ends with the block, or after TURN_S."""
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
            if not waiter.done():  # if it is cancelled, _begun ends its turn
                waiter.set_result(None)
