"""A fair queue for something that only a limited number may do at once."""

from collections import Counter
from itertools import islice
from typing import Generic, TypeVar

Waiter = TypeVar("Waiter")


class Turns(Generic[Waiter]):
    """The turns in use, and the waiters for one; *key* is the client that a waiter belongs to.

    First come, first served; but the client with the fewest turns in use goes first. So a client
    that asks for a thousand turns and ends none delays only itself.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._free = most
        self._taken: Counter[str] = Counter()
        self._waiting: dict[str, dict[Waiter, None]] = {}

    def join(self, key: str, waiter: Waiter) -> None:
        self._waiting.setdefault(key, {})[waiter] = None

    def leave(self, key: str, waiter: Waiter) -> bool:
        """Stop waiting; return False if the turn has already begun."""
        waiters = self._waiting.get(key, {})
        if waiter not in waiters:
            return False
        del waiters[waiter]
        if not waiters:
            del self._waiting[key]
        return True

    def begin(self) -> Waiter | None:
        """Begin a turn and return its waiter; None if no turn is free, or nobody waits."""
        if not self._free or not self._waiting:
            return None
        # At most *most* clients have turns: of most + 1 waiting clients, at least one has none.
        key = min(islice(self._waiting, self._most + 1), key=self._taken.__getitem__)
        waiters = self._waiting.pop(key)
        waiter = next(iter(waiters))
        del waiters[waiter]
        if waiters:
            self._waiting[key] = waiters  # after the other clients
        self._free -= 1
        self._taken[key] += 1
        return waiter

    def end(self, key: str) -> None:
        """End one of *key*'s turns."""
        self._free += 1
        self._taken[key] -= 1
        if not self._taken[key]:
            del self._taken[key]
