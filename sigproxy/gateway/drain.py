"""Count what is open, and end it in order when the process has to stop.

First the *notice*: readiness fails and each response ends its connection, but all are served. Then
*run*, after the listeners have closed: WebSockets get a Close one after the other, the rest ends.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Protocol

# SDKs that are disconnected all at once reconnect all at once. So the Closes are spread over the
# window, but at this rate or faster: a few reconnects do no harm, and a restart waits for them.
CLOSES_PER_S = 5
# The end of the window, at most half of it, in which the last clients can answer their Close and
# read what is still on its way (the tunnel's CLOSE_HANDSHAKE_S and FLUSH_S).
ANSWER_S = 10.0
# A client that connected just before the listeners closed may still be in its TLS handshake, or its
# first request may be on its way. That takes a few round trips of a bad mobile network.
LATE_ARRIVALS_S = 3.0

_POLL_EVERY_S = 0.05


class GracefulClose(Protocol):
    """A connection that is told before it ends; *closed* is done when it is lost."""

    closed: "asyncio.Future[None]"

    def say_goodbye(self) -> None:
        """Ask the client to disconnect, in the way of its protocol."""

    def abort(self) -> None:
        """Let go of the connection at once."""


class Drain:
    """Counts exchanges, and has a list of the open tunnels.

    *draining* is True from ``give_notice`` or ``run`` on; only ``run`` closes tunnels.
    """

    def __init__(self) -> None:
        self.draining = False
        self._is_leaving = False
        self._noticed_at: float | None = None
        self._in_flight = 0
        self._tunnels: set[GracefulClose] = set()
        self._empty = asyncio.Event()

    @property
    def in_flight(self) -> int:
        return self._in_flight

    def enter(self) -> None:
        self._in_flight += 1

    def leave(self) -> None:
        self._in_flight -= 1
        if self.draining and not self._in_flight:
            self._empty.set()

    async def until_closed(self, tunnel: GracefulClose) -> None:
        """Keep *tunnel* in the list until it has closed; leave nothing of it behind."""
        self._tunnels.add(tunnel)
        try:
            if self._is_leaving:
                tunnel.say_goodbye()
            await tunnel.closed
        finally:
            self._tunnels.discard(tunnel)
            tunnel.abort()

    def give_notice(self) -> None:
        """Let readiness fail: the listeners will close soon."""
        self.draining = True
        if self._noticed_at is None:
            self._noticed_at = asyncio.get_running_loop().time()

    @property
    def is_ready(self) -> bool:
        """Whether the gateway as a whole is ready: workers replaced by a reload give no notice."""
        return self._noticed_at is None

    @property
    def noticed_s(self) -> float:
        """How many seconds ago the notice was given; 0 if there was none."""
        if self._noticed_at is None:
            return 0.0
        return asyncio.get_running_loop().time() - self._noticed_at

    async def run(self, window_s: float, is_arriving: Callable[[], bool] = lambda: False) -> int:
        """Close every tunnel and wait for all exchanges; return how many are left after *window_s*.

        *is_arriving* returns whether a client has connected and not yet sent a request.
        """
        self.draining = self._is_leaving = True
        late_at = asyncio.get_running_loop().time() + LATE_ARRIVALS_S
        try:
            async with asyncio.timeout(window_s):
                await self._say_goodbyes(window_s)
                # Polled, since asyncio does not report a TLS handshake that fails.
                while is_arriving() and asyncio.get_running_loop().time() < late_at:  # noqa: ASYNC110
                    await asyncio.sleep(_POLL_EVERY_S)
                while self._in_flight:
                    self._empty.clear()
                    await self._empty.wait()
        except TimeoutError:
            pass
        return self._in_flight

    async def _say_goodbyes(self, window_s: float) -> None:
        tunnels = list(self._tunnels)
        began_at = asyncio.get_running_loop().time()
        for tunnel, after_s in zip(tunnels, close_times(len(tunnels), window_s), strict=True):
            if tunnel in self._tunnels:  # else it ended before its turn
                await asyncio.sleep(began_at + after_s - asyncio.get_running_loop().time())
                tunnel.say_goodbye()


def close_times(
    count: int, window_s: float, jitter: Callable[[], float] = random.random
) -> tuple[float, ...]:
    """Return when each of *count* tunnels is closed, in seconds from now: at random in its slot."""
    span_s = min(count / CLOSES_PER_S, max(window_s - ANSWER_S, window_s / 2))
    return tuple((place + jitter()) * span_s / count for place in range(count))
