"""Round trips over TURN: the table, and what is said to be added."""

from benchmarks import turn
from benchmarks.turn import DIRECT, SHARED


def test_what_is_added_is_compared_round_by_round() -> None:
    quiet = {SHARED: [2.0] * 100, DIRECT: [1.0] * 100}
    disturbed = {SHARED: [21.0] * 100, DIRECT: [20.0] * 100}
    assert turn.added([quiet, disturbed, quiet]).middle == 1.0


def test_of_the_slow_ones_five_in_a_hundred_do_not_count() -> None:
    assert turn.p95([1.0] * 95 + [90.0] * 5) == 1.0
    assert turn.p95([1.0] * 94 + [90.0] * 6) == 90.0


def test_the_table() -> None:
    rounds = [
        {SHARED: [2.0, 2.0, 3.0], DIRECT: [1.0, 1.0, 1.0]},
        {SHARED: [4.0, 4.0], DIRECT: [1.0, 1.0, 1.0]},
    ]
    assert list(turn.table(rounds, bursts=1)) == [
        "| way | round trip p50 | p95 | lost |",
        "|---|--:|--:|--:|",
        f"| {SHARED} | 3.00 ms (2.00–4.00) | 3.50 ms (3.00–4.00) | 1 of 6 |",
        f"| {DIRECT} | 1.00 ms (1.00–1.00) | 1.00 ms (1.00–1.00) | 0 of 6 |",
        "",
        "added at p95: 2.50 ms (2.00–3.00)",
    ]
