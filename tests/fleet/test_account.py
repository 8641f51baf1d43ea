"""What explains a failure, and what must not be: no machine is needed for it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from soak.account import Failure, Kind
from tests.fleet import filled, growth, limits, report, verdict
from tests.fleet.account import Absence, Event, Happened, absences, explanation
from tests.fleet.growth import Cost
from tests.fleet.limits import Limits
from tests.fleet.story import Pace, Seen

DRAIN = Happened(Event.DRAIN, 100.0, 110.0)
KILL = Happened(Event.KILL, 120.0, 130.0)
STORE = Happened(Event.STORE, 150.0, 160.0)


def failure(kind: Kind, at_s: float, begun_s: float = 0.0) -> Failure:
    return Failure(kind, "1/1", "WebSocket", "as a test has it", begun_s, begun_s, at_s)


@pytest.mark.parametrize(
    ("kind", "at_s", "found"),
    [
        (Kind.GOODBYE, 105.0, DRAIN),
        (Kind.STALE, 105.0, DRAIN),
        (Kind.CUT, 105.0, None),  # a drain cuts nobody
        (Kind.GOODBYE, 99.0, None),
        (Kind.GOODBYE, 116.0, None),
        (Kind.CUT, 121.0, KILL),
        (Kind.GOODBYE, 121.0, None),
        (Kind.WRONG, 121.0, None),
        (Kind.CUT, 155.0, None),  # nobody may notice that Redis is gone
    ],
)
def test_what_explains_a_failure(kind: Kind, at_s: float, found: Happened | None) -> None:
    assert explanation(failure(kind, at_s), (DRAIN, KILL, STORE)) is found


def test_what_began_after_it_was_over_is_not_explained() -> None:
    assert explanation(failure(Kind.CUT, 131.0, 130.5), (KILL,)) is None
    assert explanation(failure(Kind.STALE, 131.0, 130.5), (KILL,)) is KILL  # it was closed before
    assert explanation(failure(Kind.STALE, 136.0, 135.5), (KILL,)) is None


def session(opened_s: float, ended_s: float, end: str = "", **more: Any) -> dict[str, Any]:
    return {
        "opened_s": opened_s,
        "ended_s": ended_s,
        "end": end,
        "sent": 1,
        "acknowledged": 1,
    } | more


def test_an_absence_lasts_until_a_connection_works() -> None:
    sessions = {
        "7/1": session(1.0, 10.0, "goodbye"),
        "7/2": session(0.0, 11.0, "cut"),  # the handshake failed
        "7/3": session(12.5, 20.0),  # it left by itself
        "7/4": session(21.0, 30.0),
        "8/10": session(9.0, 10.0),
        "8/9": session(5.0, 8.0, "cut"),
    }
    assert list(absences(sessions)) == [Absence("goodbye", 10.0, 12.5), Absence("cut", 8.0, 9.0)]


def seen() -> Seen:
    """Return a story in which all is well."""
    return Seen(
        Pace(),
        begun_s=0.0,
        happened=[DRAIN, KILL],
        failures=[failure(Kind.GOODBYE, 105.0), failure(Kind.CUT, 121.0)],
        answered={Event.DRAIN: 5, Event.KILL: 5},
        exit_code=0,
        load={
            "sessions": {"1/1": session(1.0, 105.0, "goodbye"), "1/2": session(106.0, 140.0)},
            "flows": [{"sent": 9, "returned": 8, "wrong": [], "cuts": [[121.0, 122.0]]}],
            "round_trip_ms": {"50": 1.0, "99": 2.0},
        },
        upstream={"received": [("1/1", 1), ("1/2", 1)], "faults": []},
        connections=70,
        balancer_kib=700,
        gateways_kib=7000,
    )


def test_all_is_well() -> None:
    assert (verdict.wrongs(seen()), verdict.slow(seen())) == ([], [])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"failures": [failure(Kind.CUT, 105.0)]}, "nothing explains"),
        ({"failures": [failure(Kind.CUT, 121.0)]}, "no client was told 1012"),
        ({"late": 1}, "1 clients could not be closed"),
        ({"exit_code": 1}, "ended with 1"),
        ({"answered": {Event.DRAIN: 0, Event.KILL: 5}}, "no request was answered"),
        ({"upstream": {"received": [("1/1", 0)], "faults": []}}, "1 acknowledged, 0 received"),
        ({"upstream": {"received": [], "faults": ["twice"]}}, "twice"),
    ],
)
def test_what_must_not_be_is_said(changes: dict[str, Any], says: str) -> None:
    assert says in "\n".join(verdict.wrongs(replace(seen(), **changes)))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"wrong": ["packet 1 came behind 1"]}, "came behind 1"),
        ({"returned": 0}, "nothing came back"),
        ({"cuts": []}, "it was not cut"),
    ],
)
def test_what_must_not_be_of_a_flow_is_said(changes: dict[str, Any], says: str) -> None:
    found = seen()
    found.load["flows"][0] |= changes
    assert says in "\n".join(verdict.wrongs(found))


def test_who_is_back_late_is_said() -> None:
    found = seen()
    found.load["sessions"]["1/2"]["opened_s"] = 107.5
    assert verdict.slow(found) == ["1 clients were back later than 2 s after 1012, at most 2.50"]


def test_a_limit_holds_within_a_tenth() -> None:
    assert limits.wrongs(Limits(1000, 1100, 500, 450)) == []
    assert limits.wrongs(Limits(1000, 1101, 500, 449)) == [
        "requests: 1101 passed, 1000 may",
        "connections: 449 passed, 500 may",
    ]


def cost(nodes: int, us: float) -> Cost:
    return Cost(nodes, us, 40.0, 1000, 0.5)


def test_costs_are_compared_within_a_round() -> None:
    """Of two rounds the second was slower for all, in the other order."""
    costs = [cost(1, 100.0), cost(2, 104.0), cost(2, 220.0), cost(1, 200.0)]
    assert growth.ratios(costs, 2) == [1.04, 1.1]
    assert growth.too_much(costs) == [
        "with 2 gateways a unit of work costs 1.070 of what it costs with one"
    ]


def test_the_tables_say_what_was_seen() -> None:
    table = report.story(seen())
    assert "| a gateway drained and restarted | 1, back after 1.00 s" in table
    assert "| 5 answered, 0 lost | none |" in table
    assert "(10 KiB each)" in report.memory(seen())


def test_a_file_is_filled_in_one_pass(tmp_path: Path) -> None:
    file = tmp_path / "a.cfg"
    file.write_text("a b, b a c")
    assert filled.filled(file, {"a": "b", "b": "a"}) == "b a, a b c"
    with pytest.raises(AssertionError, match="has no 'x'"):
        filled.filled(file, {"x": "y"})
