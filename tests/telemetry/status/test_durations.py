"""Durations by bucket: quantiles, two windows of five minutes, and sums over workers."""

import pytest

from sigproxy.telemetry.status.durations import (
    BOUNDS_S,
    NO_DURATIONS,
    WINDOW_SLOTS,
    Durations,
    Stopwatch,
    ends_window,
)


def taken(*durations_s: float) -> Stopwatch:
    watch = Stopwatch()
    for each in durations_s:
        watch.add(each)
    return watch


@pytest.mark.parametrize("duration_s", [0.0007, 0.004, 0.021, 0.3, 1.7, 30.0, 90.0])
def test_a_quantile_is_right_to_a_fifth(duration_s: float) -> None:
    found = taken(*[duration_s] * 100).durations().quantile(0.5)
    assert found is not None
    assert abs(found - duration_s) <= max(0.2 * duration_s, 0.0005)


def test_a_slow_one_in_ten_moves_the_upper_quantile_alone() -> None:
    found = taken(*[0.02] * 90, *[2.0] * 10).durations()
    half, most = found.quantile(0.5), found.quantile(0.95)
    assert half is not None
    assert most is not None
    assert half < 0.03
    assert 1.5 < most < 2.5
    assert found.number == 100


def test_without_any_there_is_no_quantile() -> None:
    assert NO_DURATIONS.quantile(0.5) is None
    assert NO_DURATIONS.number == 0


def test_what_takes_longer_than_all_bounds_counts_as_the_last_one() -> None:
    assert taken(1e6).durations().quantile(0.95) == BOUNDS_S[-1]


def test_the_older_window_is_forgotten() -> None:
    watch = taken(0.1)
    watch.end_window()
    watch.add(0.2)
    assert watch.durations().number == 2
    watch.end_window()
    assert watch.durations().number == 1
    watch.end_window()
    assert watch.durations() == NO_DURATIONS


@pytest.mark.parametrize(("windows", "number"), [(0, 3), (1, 2), (2, 0), (9, 0)])
def test_durations_that_are_moved_grow_old(windows: int, number: int) -> None:
    found = Durations([1], [0, 2])
    assert found.moved(0, windows * WINDOW_SLOTS).number == number


def test_the_sum_is_of_buckets() -> None:
    one, other = taken(0.001, 0.5), taken(0.5, 7.0)
    together = one.durations().plus(other.durations())
    one.take(other)
    assert together == one.durations() == taken(0.001, 0.5, 0.5, 7.0).durations()


def test_windows_have_five_minutes() -> None:
    assert [slot for slot in range(130) if ends_window(slot)] == [59, 119]
