"""The soak's arithmetic: when faults come, what they explain, which accounts do not agree."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from soak import messages, report, requests, verdict
from soak.__main__ import arguments, planned
from soak.account import Failure, Fault, Kind, Sent, explanation, reconcile
from soak.gateway import Gateway
from soak.outcome import Outcome
from soak.plan import Action, Plan, schedule
from soak.samples import Cores, Sample, Usage, plateaus
from tests.lab.frames import BINARY, CLOSE, close, frame
from tests.lab.pki import Pki
from tests.lab.wire import Response, response

DRAIN_S = 30.0
T = 1000.0  # when a fault comes
KILL, RELOAD = Fault(Action.KILL, T, T), Fault(Action.RELOAD, T, T)
RESET = Fault(Action.RESET, T, T + 0.1, names=frozenset({"7/1", "page1-5"}))


def failure(kind: Kind, begun_s: float = T - 1, at_s: float = T + 1, name: str = "7/1") -> Failure:
    return Failure(kind, name, "GET", "", begun_s, begun_s, at_s)


def test_ten_minutes_of_faults() -> None:
    plan = Plan()
    faults = schedule(plan)
    times = {action: [at for at, each in faults if each is action] for action in Action}

    assert times[Action.KILL] == [60.0 * minute for minute in range(1, 10)]
    assert times[Action.RELOAD] == [150.0, 330.0, 510.0]
    assert times[Action.RESET][:2] == [10.0, 30.0]
    assert faults == sorted(faults)
    assert max(at for at, _ in faults) <= plan.seconds - plan.quiet_s


def test_reloads_more_often_than_kills() -> None:
    plan = Plan(seconds=100.0, kill_every_s=1000.0, reload_every_s=30.0)
    assert [at for at, action in schedule(plan) if action is not Action.RESET] == [15.0, 45.0, 75.0]


def test_a_short_soak_may_have_no_faults() -> None:
    assert schedule(Plan(seconds=5.0)) == []


@pytest.mark.parametrize(
    ("fault", "failed"),
    [
        (KILL, failure(Kind.CUT)),
        (KILL, failure(Kind.STALE)),
        (KILL, failure(Kind.CUT, T - 500)),
        (RELOAD, failure(Kind.GOODBYE)),
        (RELOAD, failure(Kind.GOODBYE, at_s=T + 30)),
        (RELOAD, failure(Kind.STALE)),
        (RESET, failure(Kind.CUT)),
        (RESET, failure(Kind.TERMINATED, name="page1-5")),
        (RESET, failure(Kind.TERMINATED, name="page9-9")),  # was on its way to the upstream
    ],
)
def test_what_a_fault_explains(fault: Fault, failed: Failure) -> None:
    assert explanation(failed, [fault], DRAIN_S) is fault


@pytest.mark.parametrize(
    ("fault", "failed"),
    [
        (KILL, failure(Kind.CUT, T - 2, T - 1)),  # before
        (KILL, failure(Kind.CUT, T + 0.1)),  # a connection that the dead cannot have accepted
        (KILL, failure(Kind.CUT, at_s=T + 60)),
        (KILL, failure(Kind.WRONG)),
        (KILL, failure(Kind.TERMINATED)),
        (KILL, failure(Kind.GOODBYE)),
        (RELOAD, failure(Kind.CUT)),
        (RELOAD, failure(Kind.WRONG)),
        (RELOAD, failure(Kind.GOODBYE, T + 10, T + 11)),
        (RELOAD, failure(Kind.GOODBYE, at_s=T + 60)),
        (RESET, failure(Kind.CUT, name="8/1")),  # another's connection was reset
        (RESET, failure(Kind.TERMINATED, T + 5, T + 5.1, name="page9-9")),
        (RESET, failure(Kind.GOODBYE)),
        (RESET, failure(Kind.WRONG)),
    ],
)
def test_what_a_fault_does_not_explain(fault: Fault, failed: Failure) -> None:
    assert explanation(failed, [fault], DRAIN_S) is None


def test_accounts_that_agree() -> None:
    sessions = {"1/1": Sent(5, 3), "1/2": Sent(0, 0), "2/1": Sent(4, 4)}
    # 1/1: a message more than was acknowledged; 1/2: its handshake came twice.
    assert reconcile(sessions, [("1/1", 4), ("1/2", 0), ("1/2", 0), ("2/1", 4)]) == []


@pytest.mark.parametrize(
    ("received", "says"),
    [
        ([("1/1", 2)], "3 acknowledged, 2 received"),
        ([], "3 acknowledged, 0 received"),
        ([("1/1", 6)], "6 received, 5 sent"),
        ([("1/1", 4), ("9/9", 0)], "no client does"),
        ([("1/1", 2), ("1/1", 2)], "over two connections"),
    ],
)
def test_accounts_that_do_not_agree(received: list[tuple[str, int]], says: str) -> None:
    [line] = reconcile({"1/1": Sent(5, 3)}, received)
    assert says in line


@pytest.mark.parametrize("size", sorted(set(messages.SIZES)))
def test_a_message_is_its_sessions_and_its_numbers_alone(size: int) -> None:
    data = messages.message("7/1", 3, size)
    assert len(data) == size
    assert messages.number_of("7/1", data) == 3
    spoilt = [data[:-1] + bytes([data[-1] ^ 1]), data[:-1], data + b"x", b"\0\0\0\4" + data[4:]]
    for session, wrong in [("7/2", data), *(("7/1", each) for each in spoilt)]:
        with pytest.raises(messages.Corrupt):
            messages.number_of(session, wrong)


def test_frames_come_in_pieces() -> None:
    payloads = [b"", b"short", bytes(125), bytes(126), random.randbytes(70_000)]
    stream = b"".join(frame(BINARY, each, masked=True) + frame(BINARY, each) for each in payloads)
    frames, found, at = messages.Frames(), [], 0
    stream += close(1012)
    while at < len(stream):
        size = random.choice([1, 2, 3, 10, 1000])
        found += frames.feed(stream[at : at + size])
        at += size
    expected = [(BINARY, each) for each in payloads for _ in range(2)]
    assert found == [*expected, (CLOSE, b"\x03\xf4")]


def sample(at_s: float, kib: int, is_open: int = 100, workers: int = 2) -> Sample:
    return Sample(at_s, is_open, Usage(1, 1), (Usage(kib // workers, 10),) * workers)


def test_a_plateau_is_quiet_and_full() -> None:
    samples = [
        sample(10, 900),  # too early
        sample(25, 100),
        sample(30, 110),
        sample(35, 120),
        sample(40, 500, is_open=90),
        sample(65, 600),  # just after a fault
        sample(90, 210, workers=3),
        sample(95, 200),
    ]
    assert plateaus(samples, [60.0], websockets=100, workers=2) == [110, 200]


def test_how_busy_the_machine_was() -> None:
    then = Cores.read("cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 1\n")
    now = Cores.read("cpu  150 10 110 720 100 0 0 10 0 0\ncpu0 1 1\n")
    assert now.busy_since(then) == pytest.approx(0.8)
    assert now.busy_since(now) == 0.0


Change = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda answer: answer, None),
        (lambda answer: answer.replace(b"HTTP/1.1 200", b"HTTP/1.1 500"), Kind.WRONG),
        (lambda answer: answer.replace(b"page1-0", b"page2-0"), Kind.WRONG),
        (lambda answer: answer.replace(b"Access-Control-Allow-Origin", b"X"), Kind.WRONG),
        (
            lambda answer: answer.replace(
                b"\r\nX-Soak", b"\r\nAccess-Control-Allow-Origin: *\r\nX-Soak"
            ),
            Kind.WRONG,
        ),
        (lambda answer: answer[:-1] + b"#", Kind.WRONG),
    ],
    ids=["right", "status", "another's", "no CORS", "CORS twice", "body"],
)
def test_an_answer_is_judged(change: Change, kind: Kind | None, pki: Pki) -> None:
    gateway = Gateway(1, 2, pki.client())
    asked = requests.Request("GET", "page1-0", b"GET", gateway.target("/"), answer=b"as it was")
    fields = (b"Access-Control-Allow-Origin: *", b"X-Soak-Name: page1-0")
    head, _, body = change(response(200, b"as it was", *fields)).partition(b"\r\n\r\n")

    found = requests.judge(asked, Response(head + b"\r\n\r\n", body))

    assert (found and found[0]) == kind


def test_an_answer_that_is_cut_short(pki: Pki) -> None:
    asked = requests.Request("GET", "page1-0", b"GET", b"/", answer=b"as it was")
    cut = Response(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b"as", complete=False)
    found = requests.judge(asked, cut)
    assert found is not None
    assert found[0] is Kind.CUT


def test_every_kind_of_request_has_its_own_name(pki: Pki) -> None:
    made = requests.requests(Gateway(1, 2, pki.client()), 4)
    for number in range(100):
        asked = next(made)
        assert f"name={asked.name}&".encode() in asked.target + b"&"
        assert asked.name == f"page4-{number}"
        assert asked.message.startswith(asked.method + b" /")


FIVE = {"1/1": {"sent": 5, "acknowledged": 3}}


def outcome(**changes: Any) -> Outcome:
    """Return what a soak saw in which nothing was wrong, but for *changes*."""
    idle, busy = sample(0, 100_000), sample(30, 200_000)
    seen: dict[str, Any] = {
        "most_open": 100,
        "samples": [busy, sample(40, 200_000), sample(100, 210_000)],
        "before": idle,
        "after": idle,
        "figures": {"opened": 100, "acknowledged": 3, "requests": {"GET": 9}},
        "load": {"sessions": FIVE, "round_trip_ms": {"50": 1.0, "99": 2.0}},
        "upstream": {"received": [("1/1", 4)], "faults": [], "open": 0},
        "exit_code": 0,
        "faults": [Fault(Action.KILL, 60.0, 60.0)],
    }
    return Outcome(replace(Plan(), websockets=100), 0.0, **(seen | changes))


def test_a_soak_in_which_nothing_was_wrong() -> None:
    seen = outcome()
    assert verdict.wrongs(seen) == []
    assert verdict.growth(seen) == 1.05
    table = report.document(seen, {"version": "sigproxy 1"})
    assert "| messages acknowledged | 3 |" in table
    assert "| workers killed | 1, which ended 0 WebSockets and 0 requests |" in table
    assert "Failed" not in table


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"unexplained": ["a GET was cut"]}, "a GET was cut"),
        ({"late": 2}, "2 clients could not be closed"),
        ({"most_open": 90}, "no more than 90 of 100"),
        ({"figures": {"opened": 9, "acknowledged": 0, "requests": {}}}, "no messages"),
        ({"upstream": {"received": [("1/1", 2)], "faults": [], "open": 0}}, "2 received"),
        ({"upstream": {"received": [("1/1", 3)], "faults": ["twice"], "open": 0}}, "twice"),
        ({"upstream": {"received": [("1/1", 3)], "faults": [], "open": 7}}, "7 connections"),
        ({"after": sample(0, 1, workers=1)}, "[10] descriptors"),
        ({"after": Sample(0, 0, Usage(1, 1), (Usage(1, 10), Usage(1, 90)))}, "[10, 90]"),
        ({"after": Sample(0, 0, Usage(1, 90), (Usage(1, 10),) * 2)}, "the master has 90"),
        ({"samples": [sample(30, 100), sample(100, 150)]}, "grown to 1.50"),
        ({"after": sample(0, 300_000)}, "memory was 3.00"),
        ({"exit_code": 1}, "exit code is 1"),
        ({"exit_code": None}, "exit code is None"),
        ({"said": "Traceback (most recent call last)"}, "traceback"),
        ({"logged_faults": 1}, "internal_error"),
    ],
)
def test_what_must_not_be(changes: dict[str, Any], says: str) -> None:
    seen = outcome(**changes)
    [line] = verdict.wrongs(seen)
    assert says in line
    assert "**Failed**" in report.document(seen, {"version": "sigproxy 1"})


def test_the_table_has_its_place() -> None:
    page = report.between_marks(report.PAGE, "| table |")
    assert page.startswith("# ")
    assert f"{report.MARKS[0]}\n| table |\n{report.MARKS[1]}" in page
    assert report.between_marks(page, "") == report.between_marks(report.PAGE, "")
    with pytest.raises(ValueError, match="soak"):
        report.between_marks("# another page", "")


def test_options_make_a_plan() -> None:
    given = ["--minutes", "3", "--websockets", "100", "--kill-every", "30"]
    plan = planned(arguments(given))
    assert (plan.seconds, plan.websockets, plan.messages_per_s, plan.kill_every_s) == (
        (180.0, 100, 20.0, 30.0)
    )
    assert planned(arguments([])) == Plan()


@pytest.mark.parametrize("number", ["0", "-1", "many", "inf", "nan"])
def test_an_option_that_is_no_number(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["--requests", number])
    assert f"argument --requests: invalid positive value: '{number}'" in capsys.readouterr().err


def test_callers_are_spread_out_as_they_are_many() -> None:
    many, few = Plan(), replace(Plan(), websockets=20, messages_per_s=40)
    assert many.back_off_s > few.back_off_s > 0
    assert few.message_every_s == 0.5
