"""How long something took, lately: durations counted by buckets, and their quantiles.

Of the last five to ten minutes: there are two windows of five minutes, and at the end of one the
older is forgotten. Buckets of several workers can be added, which quantiles cannot.
"""

from bisect import bisect_left
from typing import NamedTuple

from sigproxy.telemetry.status.series import SLOTS_A_MINUTE, added

WINDOW_SLOTS = 5 * SLOTS_A_MINUTE
# From 1 ms to two minutes; each is 1.4 times the one before, so a quantile is right to some 20 %.
BOUNDS_S = tuple(round(0.001 * 1.4**number, 5) for number in range(36))


class Durations(NamedTuple):
    """Counts by bucket, in the window before and in the current one; zeros at the end left out.

    The last bucket, behind BOUNDS_S, is for what took longer.
    """

    before: list[int]
    current: list[int]

    @property
    def number(self) -> int:
        return sum(self.before) + sum(self.current)

    def quantile(self, share: float) -> float | None:
        """Return how long *share* (0 to 1) of all took at most, in seconds; None if there is none.

        Within a bucket, durations count as evenly spread.
        """
        buckets = _added(self.before, self.current)
        wanted = share * sum(buckets)
        low_s = passed = 0.0
        for count, high_s in zip(buckets, (*BOUNDS_S, BOUNDS_S[-1]), strict=False):
            if count and passed + count >= wanted:
                return low_s + (high_s - low_s) * (wanted - passed) / count
            passed += count
            low_s = high_s
        return None

    def moved(self, slot: int, to: int) -> "Durations":
        """Return these durations, whose newest slot is *slot*, as they are at the slot *to*."""
        match max(0, _window(to) - _window(slot)):
            case 0:
                return self
            case 1:
                return Durations(self.current, [])
        return NO_DURATIONS

    def plus(self, other: "Durations") -> "Durations":
        return Durations(_added(self.before, other.before), _added(self.current, other.current))


NO_DURATIONS = Durations([], [])


class Stopwatch:
    """Durations while they are taken."""

    __slots__ = ("_before", "_current")

    def __init__(self) -> None:
        self._before: list[int] = []
        self._current = [0] * (len(BOUNDS_S) + 1)

    def add(self, duration_s: float) -> None:
        self._current[bisect_left(BOUNDS_S, duration_s)] += 1

    def end_window(self) -> None:
        self._before, self._current = self._current, [0] * (len(BOUNDS_S) + 1)

    def take(self, other: "Stopwatch") -> None:
        """Add what *other* has; both ended their windows together."""
        self._before = _added(self._before, other._before)
        self._current = _added(self._current, other._current)

    def durations(self) -> Durations:
        return Durations(_without_end(self._before), _without_end(self._current))


def ends_window(slot: int) -> bool:
    """Return whether *slot* is the last one of its window."""
    return _window(slot) != _window(slot + 1)


def _window(slot: int) -> int:
    return slot // WINDOW_SLOTS


def _added(one: list[int], other: list[int]) -> list[int]:
    return added(one[::-1], other[::-1])[::-1]


def _without_end(counts: list[int]) -> list[int]:
    """Return *counts* without the zeros at the end."""
    last = max((place for place, count in enumerate(counts) if count), default=-1)
    return counts[: last + 1]
