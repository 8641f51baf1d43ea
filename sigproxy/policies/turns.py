"""Whose turn it is where only so many may do something at once."""

from collections import Counter
from itertools import islice
from typing import Generic, TypeVar

Waiter = TypeVar("Waiter")


class Turns(Generic[Waiter]):
    """Who has a turn and who waits; *key* is the client that a waiter belongs to.

    First come, first served, but a client that has fewer turns at the moment goes before one that
    has more: who asks for a thousand and ends none waits for itself.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._free = most
        self._taken: Counter[str] = Counter()
        self._waiting: dict[str, dict[Waiter, None]] = {}

    def join(self, key: str, waiter: Waiter) -> None:
        self._waiting.setdefault(key, {})[waiter] = None

    def leave(self, key: str, waiter: Waiter) -> bool:
        """Wait no longer; return False if the turn has begun already."""
        waiters = self._waiting.get(key, {})
        if waiter not in waiters:
            return False
        del waiters[waiter]
        if not waiters:
            del self._waiting[key]
        return True

    def begin(self) -> Waiter | None:
        """Return whose turn begins now; None if none is free, or nobody waits."""
        if not self._free or not self._waiting:
            return None
        # Only *most* clients can have a turn: one more, and one of these has the fewest of all.
        key = min(islice(self._waiting, self._most + 1), key=self._taken.__getitem__)
        waiters = self._waiting.pop(key)
        waiter = next(iter(waiters))
        del waiters[waiter]
        if waiters:
            self._waiting[key] = waiters  # behind other clients
        self._free -= 1
        self._taken[key] += 1
        return waiter

    def end(self, key: str) -> None:
        """End one of *key*'s turns."""
        self._free += 1
        self._taken[key] -= 1
        if not self._taken[key]:
            del self._taken[key]
