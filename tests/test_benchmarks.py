"""The benchmark's arithmetic: accounts, ratios, percentiles, the guard's verdict."""

import json
import os
import subprocess
import sys

import pytest

from benchmarks import accounting, guard, places, report, without_network
from benchmarks.__main__ import QUICK, record
from benchmarks.bench import Outcome
from benchmarks.echo import accept_value, unmasked_frames
from benchmarks.figures import CPU_US, KIB, Results, Spread, percentile, ratio
from benchmarks.goals import GOALS, Goal
from benchmarks.load import frames, wire
from benchmarks.proxies import PROXIES, SIGPROXY, TUNED
from benchmarks.scenarios import SCENARIOS

STAT = (
    "4242 (a) b (c) S 17 4242 4242 0 -1 4194560 900 80 0 0 150 50 25 75 20 0 1 0 99 4096 33 "
    "18446744073709551615 1 1 0 0 0 0 0 16781312 16386 0 0 0 17 1 0 0 0 0 0"
)
ROLLUP = "5646496f4000-7ffe9a99d000 ---p 0 00:00 0 [rollup]\nRss: 1752 kB\nPss:      228 kB\n"


def results(sigproxy: list[float], nginx: list[float], scenario: str = "small") -> Results:
    return {scenario: {SIGPROXY: {CPU_US: sigproxy}, TUNED: {CPU_US: nginx}}}


def test_cpu_time_includes_children_that_have_ended() -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    assert accounting.parse_stat(STAT) == accounting.Stat(17, pytest.approx(300 / ticks))


def test_memory_is_the_proportional_share() -> None:
    assert accounting.parse_pss_kib(ROLLUP) == 228
    with pytest.raises(ValueError, match="no Pss"):
        accounting.parse_pss_kib("Rss: 1 kB")


def test_a_tree_holds_descendants_only() -> None:
    parents = {1: 0, 10: 1, 11: 10, 12: 11, 20: 1}
    stats = {pid: accounting.Stat(parent, 0.0) for pid, parent in parents.items()}
    assert accounting.tree(10, stats) == {10, 11, 12}
    with pytest.raises(ProcessLookupError):
        accounting.tree(99, stats)


def test_this_process_has_cost_something() -> None:
    assert accounting.cpu_s(os.getpid()) > 0
    assert accounting.pss_kib(os.getpid()) > 0


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 1.0), (50, 5.0), (90, 9.0), (99, 10.0), (100, 10.0)]
)
def test_percentile_is_a_value_that_was_measured(percent: float, expected: float) -> None:
    assert percentile([float(n) for n in range(10, 0, -1)], percent) == expected


def test_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_a_ratio_is_taken_round_by_round() -> None:
    # The second round was disturbed, for both: a ratio of medians would be 10 / 5 all the same,
    # but its spread would say that sigproxy costs between 1 and 20 times as much.
    found = ratio(results([10, 100, 8], [5, 50, 4]), "small", CPU_US, SIGPROXY, TUNED)
    assert found == Spread(2.0, 2.0, 2.0)


def test_median_and_spread() -> None:
    found = ratio(results([10, 30, 20], [10, 10, 10]), "small", CPU_US, SIGPROXY, TUNED)
    assert found == Spread(middle=2.0, least=1.0, most=3.0)


def test_what_was_not_measured_has_no_ratio() -> None:
    measured = results([1.0], [1.0])
    assert ratio(measured, "small", KIB, SIGPROXY, TUNED) is None
    assert ratio(measured, "ws-128", CPU_US, SIGPROXY, TUNED) is None


@pytest.mark.parametrize(("now", "is_worse"), [(2.0, False), (3.0, False), (3.1, True)])
def test_the_guard_lets_half_as_much_again_pass(now: float, is_worse: bool) -> None:
    (verdict,) = guard.verdicts(["small"], {"small": now}, [{"small": 2.0}])
    assert verdict.is_worse is is_worse
    well, lines = guard.report([verdict])
    assert well is not is_worse
    assert ("slower than recorded, or broken: small" in lines[-1]) is is_worse


def test_the_guard_compares_with_the_dearest_run_that_is_recorded() -> None:
    runs = [{"small": 2.0}, {"small": 4.0, "ws-128": 1.0}, {"small": 3.0}]
    found = guard.verdicts(["small", "ws-128"], {"small": 6.1, "ws-128": 1.4}, runs)
    assert [(each.recorded, each.is_worse) for each in found] == [(4.0, True), (1.0, False)]


def test_the_guard_takes_the_median_round() -> None:
    measured = results([2.0, 9.0, 2.5], [1.0] * 3)
    assert guard.ratios({**measured, "ws-128": {SIGPROXY: {CPU_US: []}}}) == {"small": 2.5}


def test_the_guard_says_when_there_is_nothing_to_compare() -> None:
    well, lines = guard.report(guard.verdicts(["small"], {"small": 1.0}, []))
    assert not well
    assert "nothing to compare" in lines[0]


def test_the_guard_fails_for_what_could_not_be_measured() -> None:
    (verdict,) = guard.verdicts(["small"], {}, [{"small": 1.0}])
    well, lines = guard.report([verdict])
    assert not well
    assert lines[0] == "small: not measured, recorded 1.00"


def test_the_guard_has_a_record_of_all_that_a_quick_run_measures() -> None:
    planned = [scenario.name for scenario in SCENARIOS.values() if scenario.is_quick]
    runs = [run["ratios"] for run in record()[QUICK]]
    assert [each.scenario for each in guard.verdicts(planned, {}, runs)] == planned


def test_a_goal_without_a_figure_is_in_the_table() -> None:
    measured = {"far": {SIGPROXY: {"p50_ms": [41.0]}}}
    assert any("not measured" in line for line in report.goals(measured))


def test_a_goal_is_met_by_the_median() -> None:
    at_most, at_least = Goal("small", CPU_US, TUNED, 1.0), Goal("small", CPU_US, TUNED, 1.0, True)
    assert at_most.is_met(Spread(1.0, 0.9, 1.5))
    assert not at_most.is_met(Spread(1.1, 0.5, 1.2))
    assert at_least.is_met(Spread(1.0, 0.1, 1.1))
    assert not at_least.is_met(Spread(0.9, 0.1, 1.1))


def test_goals_and_scenarios_name_what_there_is() -> None:
    for goal in GOALS:
        assert goal.reference is None or goal.reference in SCENARIOS[goal.scenario].proxies
    for scenario in SCENARIOS.values():
        assert set(scenario.proxies) <= set(PROXIES)


def test_a_table_goes_between_its_marks() -> None:
    page = f"before\n{report.MARKS[0]}\nold\n{report.MARKS[1]}\nafter"
    assert report.between_marks(page, "new") == page.replace("old", "new")
    with pytest.raises(ValueError, match="bench"):
        report.between_marks("no marks", "new")


def test_the_document_shows_ratio_and_spread_and_what_is_missing() -> None:
    facts = {"python": "CPython", "openssl": "OpenSSL", "load": "wrk", "machine": "1 core"}
    outcome = Outcome(results([10, 30, 20], [10, 10, 10]), ["small, haproxy: answers 503"])
    text = report.document(outcome.results, outcome.gaps, {**facts, "date": "2026-11-21"})
    assert "| small requests, keep-alive | 2.00 (1.00–3.00) |" in text
    assert "- small, haproxy: answers 503" in text


def test_cores_are_shared_only_if_there_are_too_few() -> None:
    for available, proxy, load in (
        ({0}, {0}, {0}),
        ({0, 1}, {0}, {1}),
        ({0, 1, 2, 3}, {0}, {2, 3}),
    ):
        assert places.proxy_cores(1, available) == proxy
        assert places.load_cores(available) == load
    assert places.proxy_cores(2, {4, 5, 6}) == {4, 5}


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_a_message_comes_back_unmasked(size: int) -> None:
    payload = b"p" * size
    whole = frames.masked(payload)
    buffer = bytearray(whole + whole[:5])
    echoed, closing = unmasked_frames(buffer)
    assert len(echoed) == frames.unmasked_size(size)
    assert echoed.endswith(payload)
    assert echoed[1] < 0x80
    assert not closing
    assert buffer == whole[:5]


def test_a_close_frame_is_echoed_and_told() -> None:
    goodbye = frames.masked((1000).to_bytes(2, "big"), frames.CLOSE)
    assert unmasked_frames(bytearray(goodbye)) == (b"\x88\x02\x03\xe8", True)


def test_the_handshake_of_the_rfc() -> None:
    assert accept_value(b"dGhlIHNhbXBsZSBub25jZQ==") == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize(
    ("response", "status"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no", None),
        (b"HTTP/1.1 200 OK\r\nContent-Le", None),
        (b"HTTP/1.1 204 No Content\r\nVia: 1.1 x\r\n\r\n", 204),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", 502),
    ],
)
def test_a_client_knows_when_a_response_is_whole(response: bytes, status: int | None) -> None:
    assert wire.whole_response(response) == status


def test_a_client_refuses_what_has_no_length() -> None:
    with pytest.raises(wire.Refused):
        wire.whole_response(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    with pytest.raises(wire.Refused):
        wire.whole_response(b"SSH-2.0\r\n\r\n")


def test_an_exchange_without_network_still_finds_what_it_drives() -> None:
    """It replaces parts of the gateway by name, which no type checker sees."""
    command = [sys.executable, without_network.__file__, "--alone"]
    done = subprocess.run(
        command, cwd=without_network.ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.stderr == ""
    assert json.loads(done.stdout).keys() == without_network.KINDS.keys()
