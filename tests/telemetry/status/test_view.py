"""The document: rates, histories, tables in the order to read them, and clients masked."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from sigproxy.policies.limits import Near
from sigproxy.telemetry.status.collector import Collector
from sigproxy.telemetry.status.document import Status
from sigproxy.telemetry.status.files import Found, Master, Reload
from sigproxy.telemetry.status.report import OTHERS, Certificate, Figures, Report
from sigproxy.telemetry.status.tables import masked
from sigproxy.telemetry.status.view import status
from tests.telemetry.status.made import NOW, NOW_S, VENDOR, counted, exchange, failed, report


def made(*reports: Report, now_s: float = NOW_S, **known: Any) -> Status:
    shown = known.pop("shows_clients", False)
    found = Found(reports, known.pop("ended", Figures(0)), known.pop("master", None))
    return status(found, now_s, NOW, shows_clients=shown)


def test_the_numbers_of_two_workers_add_up() -> None:
    one = report(counted(*(exchange(sent=100) for _ in range(30))), pid=1, connections=4)
    other = report(counted(*(exchange(sent=100) for _ in range(20))), pid=2, connections=5)
    document = made(other, one)
    assert document.now.requests_per_s == 5.0  # 50 in the last two slots
    assert document.now.sent_bytes_per_s == 500.0
    assert document.now.connections == 9
    assert [each.requests_last_minute for each in document.routes] == [50]
    assert [each.traffic.requests_last_hour for each in document.vendors] == [50]
    assert [each.pid for each in document.workers] == [1, 2]
    assert (document.verdict, document.problems) == ("well", [])
    assert document.headline == "All is well: 2 workers, no WebSockets, 5 requests/s"


def test_what_ended_workers_counted_is_in_it() -> None:
    document = made(report(counted(exchange())), ended=counted(exchange(), exchange()))
    assert document.routes[0].requests_last_hour == 3


def test_a_rate_is_of_the_last_ten_to_fifteen_seconds() -> None:
    collector = Collector(NOW_S)
    for second in range(30):
        collector.tick(NOW_S + second)
        collector.ended(exchange())
    collector.tick(NOW_S + 30)
    for now_s in (NOW_S + 30, NOW_S + 31):  # it has not told of the latest second yet
        document = made(report(collector.figures(), at_s=NOW_S + 30), now_s=now_s)
        assert document.now.requests_per_s == 1.0
    assert document.history.requests[-7:] == [0, 5, 5, 5, 5, 5, 5]
    assert len(document.history.requests) == len(document.history.websockets) == 60


def test_histories_line_up_with_now() -> None:
    collector = Collector(NOW_S)
    collector.opened(exchange(status=101, websocket=True))
    collector.tick(NOW_S + 12)
    document = made(report(collector.figures(), at_s=NOW_S + 12), now_s=NOW_S + 12)
    assert document.history.websockets[-4:] == [0, 1, 1, 1]
    assert document.now.websockets == document.vendors[0].traffic.open == 1
    assert document.routes[0].requests_by_minute[-1] == 1
    assert document.headline.startswith("All is well: 1 worker, 1 WebSocket, ")


def test_vendors_that_fail_come_first_and_the_others_last() -> None:
    busy = [exchange("busy.example") for _ in range(5)]
    many = [exchange(f"host{number}.example") for number in range(60)]
    down = exchange("down.example"), failed("connection_refused", "down.example")
    strange = [failed("connection_refused", f"made-up{each % 4}.example") for each in range(40)]
    document = made(report(counted(*down, *busy, *strange, *many)))
    names = [each.traffic.name for each in document.vendors]
    assert names[:2] == ["down.example", "busy.example"]
    assert [name[:7] for name in names[-5:]] == ["made-up"] * 4 + [OTHERS[:7]]
    assert [each.is_known for each in document.vendors[-5:-1]] == [False] * 4


def test_times_of_a_vendor() -> None:
    document = made(report(counted(*(exchange(first_byte_s=0.1, tcp_s=0.02) for _ in range(9)))))
    [vendor] = document.vendors
    assert vendor.first_byte.p95_s is not None
    assert 0.08 < vendor.first_byte.p95_s < 0.12
    assert (vendor.tcp.count, vendor.dns.count, vendor.dns.p50_s) == (9, 0, None)


def test_errors_by_token_with_their_remedy_and_places() -> None:
    document = made(
        report(
            counted(
                failed("no_route", None, route=None),
                failed("dns_error", "a.example", detail="it is not there"),
                failed("dns_error", "b.example"),
                failed("dns_error", "b.example"),
            )
        )
    )
    first, second = document.errors
    assert (first.token, first.last_minute, first.last_hour) == ("dns_error", 3, 3)
    assert [(each.place, each.last_minute) for each in first.places] == [
        ("b.example", 2),
        ("a.example", 1),
    ]
    assert first.places[1].detail == "it is not there"
    assert "name server" in first.what
    assert "firewall" in first.how
    assert (second.token, second.gravity, second.what) == (
        "no_route",
        "quiet",
        "Requests lie under no route",
    )
    assert document.verdict == "fault"
    assert document.headline == "2 faults"


def test_clients_are_masked_unless_they_are_asked_for() -> None:
    near = Near("203.0.113.9", "limits.websockets_per_address", 300, 500)
    nearer = Near("203.0.113.9", "limits.websockets_per_address", 400, 500)
    refused = failed("too_many_requests", None, peer="2001:db8:1:2::9")
    reports = report(counted(refused), near=(near,)), report(pid=2, near=(nearer,))
    document = made(*reports)
    assert [(each.client, each.held) for each in document.clients] == [
        ("2001:db8:1::/48", None),
        ("203.0.113.0/24", 400),
    ]
    text = TypeAdapter(Status).dump_json(document)
    assert b"203.0.113.9" not in text
    assert b"2001:db8:1:2" not in text
    shown = made(*reports, shows_clients=True)
    assert [each.client for each in shown.clients] == ["2001:db8:1:2::/64", "203.0.113.9"]
    assert shown.are_clients_shown


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("", "-"),
        ("unix:", "-"),
    ],
)
def test_masked(client: str, expected: str) -> None:
    assert masked(client) == expected


def test_the_gateway_itself() -> None:
    certificate = Certificate(("gateway.example",), NOW + 86400 * 30.25, None)
    master = Master(9, NOW - 7200, Reload(NOW - 60, is_ok=False, why=("it is wrong",)))
    leaving = report(pid=2, is_leaving=True, in_flight=4, at_s=NOW_S - 30)
    document = made(report(certificate=certificate, wanted=3), leaving, master=master)
    assert document.certificate is not None
    assert (document.certificate.days_left, document.certificate.names) == (
        30.2,
        ["gateway.example"],
    )
    assert document.reload is not None
    assert (document.reload.is_ok, document.reload.why) == (False, ["it is wrong"])
    assert (document.drain.is_stopping, document.drain.workers, document.drain.in_flight) == (
        False,
        1,
        4,
    )
    states = {each.pid: each.state for each in document.workers}
    assert states[2] == "silent"
    assert document.about.workers_wanted == 3
    assert document.at == "2027-01-15T08:00:00.000Z"


def test_without_a_worker_there_is_a_document_too() -> None:
    document = made()
    assert (document.workers, document.certificate, document.reload) == ([], None, None)
    assert VENDOR not in document.headline


def test_a_slot_that_a_worker_has_not_told_of_is_left_out() -> None:
    collector = Collector(NOW_S)
    for second in range(10):
        collector.tick(NOW_S + second)
        collector.ended(exchange())
    behind = report(collector.figures(), at_s=NOW_S + 9.9)
    document = made(behind, now_s=NOW_S + 10.2)  # it has told of the last slot, but not of its end
    assert document.history.requests[-2:] == [0, 5]
    told = report(collector.figures().moved(collector.figures().slot + 1), at_s=NOW_S + 10.1)
    assert made(told, now_s=NOW_S + 10.2).history.requests[-2:] == [5, 5]


def test_a_gateway_that_stops_does_not_say_that_all_is_well() -> None:
    document = made(report(is_noticed=True, in_flight=3), report(pid=2, is_noticed=True))
    assert document.headline == "Stopping: 3 exchanges open"
    assert (document.verdict, document.drain.is_stopping) == ("notice", True)
    assert {each.state for each in document.workers} == {"draining"}
