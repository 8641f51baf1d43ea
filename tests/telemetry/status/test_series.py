"""Counts by time: what a minute and an hour hold, and how series of several workers line up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.telemetry.status.series import (
    MOST_MINUTES,
    MOST_SLOTS,
    NO_COUNTS,
    SLOT_S,
    SLOTS_A_MINUTE,
    Counts,
    Series,
    added,
    ends_minute,
    later,
    slot_at,
    without_front,
)


def counted(counts: list[int], first_slot: int = 0, slots: int = MOST_SLOTS) -> Series:
    """Return a series with one count for each slot; the last one goes on."""
    series = Series(slots)
    for slot, count in enumerate(counts, first_slot):
        series.now += count
        if slot < first_slot + len(counts) - 1:
            series.end_slot(ends_minute=ends_minute(slot))
    return series


def test_slots_are_of_the_monotonic_clock() -> None:
    assert [slot_at(now_s) for now_s in (0.0, 4.99, 5.0, 61.0)] == [0, 0, 1, 12]
    assert SLOT_S * SLOTS_A_MINUTE == 60
    assert [slot for slot in range(30) if ends_minute(slot)] == [11, 23]


@pytest.mark.parametrize(
    ("counts", "last_minute", "last_hour"),
    [
        ([], 0, 0),
        ([3], 3, 3),
        ([5] + [0] * 11, 5, 5),
        ([5] + [0] * 12, 0, 5),  # a minute later it is of the hour alone
        ([1] * 24, 12, 24),
        ([7] + [0] * 12 * 59, 0, 7),
        ([7] + [0] * 12 * 60, 0, 0),  # an hour later it is forgotten
    ],
)
def test_what_a_minute_and_an_hour_hold(
    counts: list[int], last_minute: int, last_hour: int
) -> None:
    series = counted(counts) if counts else Series(MOST_SLOTS)
    assert series.counts().last_minute == last_minute
    assert series.counts().last_hour == series.hour == last_hour


def test_what_is_kept_does_not_grow() -> None:
    found = counted([1] * 5000).counts()
    assert (len(found.slots), len(found.minutes)) == (MOST_SLOTS, MOST_MINUTES)
    few = counted([1] * 5000, slots=SLOTS_A_MINUTE).counts()
    assert len(few.slots) == SLOTS_A_MINUTE
    assert few.last_minute == 12


@given(st.lists(st.integers(0, 9), min_size=1, max_size=200), st.integers(0, 900))
def test_counts_that_are_moved_are_as_if_nothing_had_come_since(
    counts: list[int], steps: int
) -> None:
    slot = len(counts) - 1
    moved = counted(counts).counts().moved(slot, slot + steps)
    waited = counted([*counts, *[0] * steps]).counts()
    assert without_front(moved.slots) == waited.slots
    assert without_front(moved.minutes) == waited.minutes


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=90),
    st.lists(st.integers(0, 9), min_size=1, max_size=90),
)
def test_the_sum_of_two_series_is_that_of_their_counts(one: list[int], other: list[int]) -> None:
    length = max(len(one), len(other))
    both = [
        *[[0] * (length - len(one)) + one, [0] * (length - len(other)) + other],
    ]
    whole = counted([x + y for x, y in zip(*both, strict=True)]).counts()
    first, second = (counted(each) for each in both)
    assert first.counts().plus(second.counts()) == whole
    first.take(second)
    assert first.counts() == whole


def test_a_series_that_began_later_takes_its_place() -> None:
    old, new = counted([1] * 30), counted([2] * 5, first_slot=25)
    old.take(new)
    assert old.counts().slots[-6:] == [1, 3, 3, 3, 3, 3]
    assert old.hour == 40


@pytest.mark.parametrize(
    ("values", "steps", "value", "expected"),
    [
        ([1, 2], 0, 0, [1, 2]),
        ([1, 2], 2, 0, [2, 0, 0]),
        ([1, 2], 2, 5, [2, 5, 5]),
        ([1, 2], 9, 5, [5, 5, 5]),
        ([], 9, 0, []),
    ],
)
def test_later(values: list[int], steps: int, value: int, expected: list[int]) -> None:
    assert later(values, steps, 3, value) == expected


def test_lists_are_added_from_their_ends() -> None:
    assert added([1, 2, 3], [10, 20]) == added([10, 20], [1, 2, 3]) == [1, 12, 23]
    assert added([], []) == []


def test_counts_that_are_not_there() -> None:
    assert NO_COUNTS.moved(0, 10_000) == Counts([], []) == NO_COUNTS.plus(NO_COUNTS)
    assert NO_COUNTS.last_minute == NO_COUNTS.last_hour == NO_COUNTS.recently(5) == 0
