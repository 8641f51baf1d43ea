"""Counts by time: slots of five seconds for what is going on, minutes for the last hour.

Slots are numbered by the monotonic clock, which all processes of a machine share. So the series of
several workers can be added, whatever somebody does to the wall clock.
"""

from collections import deque
from operator import add
from typing import NamedTuple

SLOT_S = 5
SLOTS_A_MINUTE = 12
MOST_SLOTS = 61  # five minutes, and what has come of the current slot
MOST_MINUTES = 60  # with the current one


def slot_at(now_s: float) -> int:
    """Return the number of the slot at *now_s* of the monotonic clock."""
    return int(now_s // SLOT_S)


class Counts(NamedTuple):
    """Counts by slot and by minute, the newest last; zeros in front are left out.

    Whoever has them knows the number of their newest slot.
    """

    slots: list[int]
    minutes: list[int]

    @property
    def last_minute(self) -> int:
        """The sum of the newest 55 to 60 seconds."""
        return sum(self.slots[-SLOTS_A_MINUTE:])

    @property
    def last_hour(self) -> int:
        """The sum of the newest 59 to 60 minutes."""
        return sum(self.minutes)

    def recently(self, minutes: int) -> int:
        return sum(self.minutes[-minutes:])

    def moved(self, slot: int, to: int) -> "Counts":
        """Return these counts, whose newest slot is *slot*, as they are at the slot *to*."""
        if to <= slot:
            return self
        return Counts(
            later(self.slots, to - slot, MOST_SLOTS),
            later(self.minutes, _minute(to) - _minute(slot), MOST_MINUTES),
        )

    def plus(self, other: "Counts") -> "Counts":
        """Return the sum; both have the same newest slot."""
        return Counts(added(self.slots, other.slots), added(self.minutes, other.minutes))


NO_COUNTS = Counts([], [])


class Series:
    """Counts while they grow. To count, add to ``now``, the count of the newest slot."""

    __slots__ = ("_minutes", "_slots", "now")

    def __init__(self, slots: int) -> None:
        """*slots*: how many are kept, at most MOST_SLOTS."""
        self.now = 0
        self._slots: deque[int] = deque(maxlen=slots - 1)
        self._minutes: deque[int] = deque([0], maxlen=MOST_MINUTES)

    def end_slot(self, *, ends_minute: bool) -> None:
        self._slots.append(self.now)
        self._minutes[-1] += self.now
        self.now = 0
        if ends_minute:
            self._minutes.append(0)

    def take(self, other: "Series") -> None:
        """Add what *other* has counted; both keep as many slots, and ended them together."""
        self.now += other.now
        self._slots.extend(added([*self._emptied(self._slots)], list(other._slots)))
        self._minutes.extend(added([*self._emptied(self._minutes)], list(other._minutes)))

    @staticmethod
    def _emptied(kept: "deque[int]") -> list[int]:
        before = list(kept)
        kept.clear()
        return before

    @property
    def hour(self) -> int:
        return sum(self._minutes) + self.now

    def counts(self) -> Counts:
        minutes = list(self._minutes)
        minutes[-1] += self.now
        return Counts(without_front([*self._slots, self.now]), without_front(minutes))


def ends_minute(slot: int) -> bool:
    """Return whether *slot* is the last one of its minute."""
    return _minute(slot) != _minute(slot + 1)


def later(counts: list[int], steps: int, most: int, value: int = 0) -> list[int]:
    """Return *counts* after *steps* in which each count was *value*."""
    if steps <= 0 or not counts:
        return counts
    return [*counts, *[value] * min(steps, most)][-most:]


def added(one: list[int], other: list[int]) -> list[int]:
    """Return the sum of two lists that end together."""
    long, short = (one, other) if len(one) >= len(other) else (other, one)
    alone = len(long) - len(short)
    return [*long[:alone], *map(add, long[alone:], short)]


def without_front(counts: list[int]) -> list[int]:
    """Return *counts* without the zeros in front."""
    for place, count in enumerate(counts):
        if count:
            return counts[place:]
    return []


def _minute(slot: int) -> int:
    return slot // SLOTS_A_MINUTE
