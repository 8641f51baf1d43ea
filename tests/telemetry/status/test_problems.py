"""What is wrong, in which words, how bad it is, and how to mend it."""

from dataclasses import replace

import pytest

from sigproxy.exchange import Exchange
from sigproxy.policies.limits import Near
from sigproxy.remedies import Gravity
from sigproxy.telemetry.status.collector import Collector
from sigproxy.telemetry.status.document import Problem
from sigproxy.telemetry.status.facts import Facts
from sigproxy.telemetry.status.files import Master, Reload
from sigproxy.telemetry.status.problems import problems, verdict
from sigproxy.telemetry.status.report import NO_SUCH_NAMES, Certificate
from tests.telemetry.status.made import (
    MINUTE_S,
    NOW,
    NOW_S,
    VENDOR,
    counted,
    exchange,
    facts,
    failed,
    report,
)

DAY_S = 86400
NAMES = ("gateway.example",)


def only(found: Facts) -> Problem:
    [problem] = problems(found)
    return problem


def test_all_is_well() -> None:
    found = problems(facts(report(counted(exchange(), exchange(first_byte_s=0.1)))))
    assert (found, verdict(found)) == ([], "well")


@pytest.mark.parametrize(
    ("failures", "successes", "gravity", "said"),
    [
        (3, 0, "fault", "3 of 3 requests in the last minute"),
        (2, 8, "fault", "2 of 10 requests in the last minute"),
        (1, 9, "warning", "1 of 10 requests in the last minute"),
    ],
)
def test_a_vendor_that_is_down_is_a_fault_and_one_that_stumbles_a_warning(
    failures: int, successes: int, gravity: Gravity, said: str
) -> None:
    down = [failed("connection_refused", detail="it refuses") for _ in range(failures)]
    problem = only(facts(report(counted(*down, *(exchange() for _ in range(successes))))))
    assert (problem.gravity, problem.token, problem.place) == (
        gravity,
        "connection_refused",
        VENDOR,
    )
    assert problem.what == f"{VENDOR}: connections are refused: {said}"
    assert (problem.detail, problem.last_minute) == ("it refuses", failures)
    assert "firewall" in problem.how


def test_what_has_not_come_for_a_minute_is_no_fault_any_more() -> None:
    figures = counted(failed("connection_refused"))
    later = facts(report(figures, at_s=NOW_S + 2 * MINUTE_S), now_s=NOW_S + 2 * MINUTE_S)
    problem = only(later)
    assert (problem.gravity, problem.last_minute) == ("warning", 0)
    assert "1 in the last 5 minutes, none in the last one" in problem.what
    much_later = NOW_S + 7 * MINUTE_S
    assert problems(facts(report(figures, at_s=much_later), now_s=much_later)) == []


def test_one_cause_at_many_hosts_is_one_problem() -> None:
    figures = counted(*(failed("dns_timeout", f"host{number}.example") for number in range(5)))
    problem = only(facts(report(figures)))
    assert problem.what.startswith("host0.example, host1.example and 3 more: no name server")
    assert (problem.place, problem.last_minute) == (None, 5)


def test_two_vendors_that_fail_are_two_problems() -> None:
    figures = counted(failed("dns_error", "a.example"), failed("dns_error", "b.example"))
    assert {each.place for each in problems(facts(report(figures)))} == {"a.example", "b.example"}


@pytest.mark.parametrize(
    ("refused", "served", "gravity"),
    [(4, 5, "notice"), (50, 0, "notice"), (50, 4, "notice"), (5, 5, "warning"), (5, 6, "notice")],
)
def test_who_is_refused_is_a_note_unless_a_route_that_has_served_refuses_half(
    refused: int, served: int, gravity: Gravity
) -> None:
    keys = [failed("key_refused", None, route="/vonage/") for _ in range(refused)]
    others = [exchange(route="/vonage/") for _ in range(served)]
    found = problems(facts(report(counted(*keys, *others))))
    assert [each.gravity for each in found] == [gravity]
    assert found[0].what.startswith("Requests on /vonage/ have no access key")
    assert verdict(found) == gravity


@pytest.mark.parametrize("token", ["no_route", "bad_request", "client_gone", "not_stun"])
def test_strangers_are_no_problem(token: str) -> None:
    figures = counted(*(failed(token, None, route=None) for _ in range(100)))
    assert problems(facts(report(figures))) == []


@pytest.mark.parametrize("token", ["target_refused", "address_refused"])
def test_hosts_that_strangers_make_up_and_are_refused_are_one_note(token: str) -> None:
    refused = [failed(token, f"made-up{number % 20}.example") for number in range(200)]
    found = problems(facts(report(counted(*refused, *(exchange() for _ in range(9))))))
    assert [(each.gravity, each.last_minute) for each in found] == [("notice", 200)]


def made_up(number: int) -> Exchange:
    host = f"made-up{number}.lab.example"
    return failed("dns_error", host, has_no_address=True, detail=f"{host} does not exist")


def test_names_that_do_not_exist_are_a_note_and_hide_no_vendor() -> None:
    collector = Collector(NOW_S, is_named=lambda host: host.host == VENDOR)
    for number in range(500):
        collector.ended(made_up(number))
    problem = only(facts(report(collector.figures())))
    assert (problem.gravity, problem.token, problem.last_minute) == ("notice", "dns_error", 500)
    assert problem.detail == "made-up0.lab.example does not exist"  # one a second is enough

    collector.ended(failed("dns_error", has_no_address=True))
    found = problems(facts(report(collector.figures())))
    assert [(each.gravity, each.place) for each in found] == [
        ("fault", VENDOR),
        ("notice", NO_SUCH_NAMES),
    ]


def test_a_host_that_has_answered_and_lost_its_name_is_a_fault() -> None:
    figures = counted(exchange(), *(failed("dns_error", has_no_address=True) for _ in range(3)))
    problem = only(facts(report(figures)))
    assert (problem.gravity, problem.place) == ("fault", VENDOR)


def test_a_vendor_is_not_lost_among_hosts_that_never_answered() -> None:
    strange = [failed("connection_refused", f"made-up{number}.example") for number in range(6)]
    mine = [exchange(), failed("connection_refused")]
    found = problems(facts(report(counted(*strange, *mine))))
    assert [each.place for each in found] == [None, VENDOR]
    assert found[1].what.endswith("1 of 2 requests in the last minute")


def test_a_vendors_own_errors() -> None:
    figures = counted(*(exchange(upstream_status=503) for _ in range(5)), exchange())
    problem = only(facts(report(figures)))
    assert problem.gravity == "warning"
    assert problem.what.endswith("errors of its own (5xx): 5 of 6 requests in the last minute")
    assert (
        problems(facts(report(counted(*(exchange(upstream_status=503) for _ in range(4)))))) == []
    )


@pytest.mark.parametrize(
    ("step", "slow_s", "name"),
    [("dns_s", 1.5, "DNS"), ("tcp_s", 1.5, "TCP"), ("tls_s", 3.0, "TLS")],
)
def test_a_slow_step(step: str, slow_s: float, name: str) -> None:
    slow = [exchange(**{step: slow_s}) for _ in range(5)]
    problem = only(facts(report(counted(*slow))))
    assert problem.what.startswith(f"{VENDOR}: {name} is slow")
    assert problems(facts(report(counted(*slow[:4])))) == []
    assert problems(facts(report(counted(*(exchange(first_byte_s=50.0) for _ in range(9)))))) == []


def test_a_worker_that_says_nothing() -> None:
    silent = report(pid=77, at_s=NOW_S - 12)
    problem = only(facts(silent))
    assert problem.gravity == "fault"
    assert problem.what == "Worker 77 has said nothing for 12 s; its figures are as old"


def test_a_worker_that_lags_and_one_that_is_nearly_full() -> None:
    found = problems(facts(report(pid=77, lag_s=0.8, connections=800)))
    assert [each.gravity for each in found] == ["warning", "warning"]
    assert found[0].what == "Worker 77 served nobody for 0.8 s in the last minute"
    assert found[1].what == "Worker 77 has 800 of the 1000 connections that it may have"


def test_workers_that_are_missing_or_have_died() -> None:
    master = Master(1, NOW - 60, deaths=(NOW - 700, NOW - 30))
    found = problems(facts(report(wanted=2), master=master))
    assert [each.what for each in found] == [
        "1 of 2 workers serve",
        "A worker ended unasked in the last 10 minutes, and cut off what was open there",
    ]
    starting = Master(1, NOW - 5)
    assert problems(facts(report(wanted=2), master=starting)) == []


@pytest.mark.parametrize(
    ("left_d", "gravity", "said"),
    [
        (13.0, "warning", "ends in 13 days"),
        (2.0, "fault", "ends in 2 days"),
        (-1, "fault", "ended"),
    ],
)
def test_a_certificate_that_ends_soon(left_d: float, gravity: Gravity, said: str) -> None:
    certificate = Certificate(NAMES, NOW + left_d * DAY_S, None)
    problem = only(facts(report(certificate=certificate), report(pid=2, certificate=certificate)))
    assert problem.gravity == gravity
    assert said in problem.what
    long = replace(certificate, until=NOW + 15 * DAY_S)
    assert problems(facts(report(certificate=long))) == []


def test_a_certificate_that_is_not_valid_or_cannot_be_renewed() -> None:
    assert only(facts(report(certificate=Certificate((), None, None)))).gravity == "fault"
    refused = Certificate(NAMES, NOW + 60 * DAY_S, "the key does not belong to it")
    problem = only(facts(report(certificate=refused)))
    assert (problem.gravity, problem.detail) == ("warning", "the key does not belong to it")


def test_a_refused_reload_stays_until_one_is_taken() -> None:
    refused = Master(1, NOW, Reload(NOW - 90_000, is_ok=False, why=("a: wrong", "b: wrong")))
    problem = only(facts(report(), master=refused))
    assert (problem.gravity, problem.detail) == ("warning", "a: wrong | b: wrong")
    assert problems(facts(report(), master=Master(1, NOW, Reload(NOW, is_ok=True)))) == []


def test_a_drain_is_no_fault() -> None:
    leaving = report(pid=2, is_leaving=True, in_flight=7)
    after_reload = problems(facts(report(), leaving, master=Master(1, NOW - 60)))
    assert [each.gravity for each in after_reload] == ["notice"]
    assert (
        after_reload[0].what == "1 worker finishes what is open there after a reload: 7 exchanges"
    )
    stopping = problems(facts(report(is_noticed=True, in_flight=3, wanted=2), master=refused()))
    assert [each.what for each in stopping] == ["The gateway is stopping; 3 exchanges are open"]
    assert verdict(stopping) == "notice"


def refused() -> Master:
    return Master(1, NOW - 60)


def test_the_worst_comes_first() -> None:
    figures = counted(
        failed("key_refused", None),
        *(failed("too_many_requests", None, route=None) for _ in range(9)),
        *(failed("dns_error") for _ in range(2)),
        *(failed("connection_timeout", "other.example") for _ in range(3)),
    )
    near = (Near("192.0.2.7", "limits.request_rate", 60, 60),)
    found = problems(facts(report(figures, near=near)))
    assert [each.token for each in found] == [
        "connection_timeout",
        "dns_error",
        "too_many_requests",
        "key_refused",
    ]
    assert verdict(found) == "fault"


@pytest.mark.parametrize(
    ("lost", "failures", "said"),
    [
        (1, 0, "A line of the logs was lost in the last five minutes"),
        (2, 0, "4 lines of the logs were lost in the last five minutes"),
        (0, 2, "Redis failed 4 times in the last five minutes; it did not count those requests"),
    ],
)
def test_what_is_missing_though_no_request_failed(lost: int, failures: int, said: str) -> None:
    one = report(lost_lines=lost, redis_failures=failures)
    other = report(lost_lines=lost if lost > 1 else 0, redis_failures=failures)
    problem = only(facts(one, other))
    assert (problem.gravity, problem.what, problem.token) == ("warning", said, None)
