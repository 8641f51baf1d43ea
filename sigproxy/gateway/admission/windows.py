"""Counts of requests in this worker's memory, for the `limits` library's sliding window.

The library's own storage visits every client at each request, and has no maximum of clients: an
attacker with a new address for each request could use all of our time and memory.
"""

from collections import OrderedDict
from itertools import islice
from time import time
from typing import NamedTuple

from limits.aio.storage import SlidingWindowCounterSupport, Storage

MOST_CLIENTS = 100_000  # about 25 MiB; beyond that, the client seen longest ago is forgotten


class Window(NamedTuple):
    """Requests in the period *number*, counted since the epoch, and in the period before it."""

    number: int
    before: int
    now: int

    def at(self, number: int) -> "Window":
        """Return this window as it counts in the period *number*."""
        if number == self.number:
            return self
        return Window(number, self.now if number == self.number + 1 else 0, 0)

    def weight(self, part: float) -> float:
        """Return how many requests count when *part* (0 to 1) of the period has passed."""
        return self.before * (1 - part) + self.now


_NONE = Window(0, 0, 0)


class Windows(Storage, SlidingWindowCounterSupport):
    """One window for each key; all keys must have the same expiry."""

    STORAGE_SCHEME = None

    def __init__(self) -> None:
        super().__init__()
        self._windows: OrderedDict[str, Window] = OrderedDict()

    def heaviest(self, expiry: int, looked_at: int, least: float) -> list[tuple[float, str]]:
        """Return the keys that weigh *least* or more, of the *looked_at* that were hit last.

        A key near its limit is hit often, so it is one of those.
        """
        number, part = divmod(time() / expiry, 1)
        latest = islice(reversed(self._windows.items()), looked_at)
        weights = [(window.at(int(number)).weight(part), key) for key, window in latest]
        return [each for each in weights if each[0] >= least]

    async def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        number, part = divmod(time() / expiry, 1)
        window = self._windows.pop(key, _NONE).at(int(number))
        is_within = int(window.weight(part)) + amount <= limit
        self._windows[key] = window._replace(now=window.now + amount) if is_within else window
        if len(self._windows) > MOST_CLIENTS:
            self._windows.popitem(last=False)
        return is_within

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        number, part = divmod(time() / expiry, 1)
        window = self._windows.get(key, _NONE).at(int(number))
        left_s = (1 - part) * expiry
        return window.before, left_s, window.now, left_s + expiry

    async def clear_sliding_window(self, key: str, expiry: int) -> None:
        self._windows.pop(key, None)

    # Required by the interface; only other strategies call these.

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    async def check(self) -> bool:
        return True

    async def reset(self) -> int:
        count = len(self._windows)
        self._windows.clear()
        return count

    async def clear(self, key: str) -> None:
        self._windows.pop(key, None)

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        raise NotImplementedError

    async def get(self, key: str) -> int:
        raise NotImplementedError

    async def get_expiry(self, key: str) -> float:
        raise NotImplementedError
