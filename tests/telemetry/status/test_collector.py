"""What a worker counts, where it counts it, and that clients cannot fill its memory or its page."""

import pytest

from sigproxy.exchange import Exchange
from sigproxy.policies.key_index import KeyIndex
from sigproxy.telemetry.status.collector import Collector
from sigproxy.telemetry.status.files import as_bytes
from sigproxy.telemetry.status.report import (
    MOST_LIMITED,
    MOST_PLACES,
    MOST_VENDORS,
    OTHERS,
    Figures,
    Trouble,
)
from tests.telemetry.status.made import MINUTE_S, NOW_S, VENDOR, counted, exchange, failed, report

ESCAPE = "\x1b[2J\u202e"


def trouble(figures: Figures, token: str, place: str) -> Trouble:
    return {(token, place): found for token, place, found in figures.troubles}[token, place]


def test_an_exchange_counts_on_its_route_and_at_its_vendor() -> None:
    figures = counted(
        exchange(received=10, sent=200, first_byte_s=0.02, dns_s=0.003, tcp_s=0.01, tls_s=0.03),
        exchange(received=1, sent=2, first_byte_s=0.02),
        exchange("other.example:8443", route="/x/", upstream_status=503),
    )
    routes, vendors = dict(figures.routes), dict(figures.vendors)
    assert {name: row.requests.last_minute for name, row in routes.items()} == {"/": 2, "/x/": 1}
    assert set(vendors) == {VENDOR, "other.example:8443"}
    row = vendors[VENDOR]
    assert (row.traffic.received.last_hour, row.traffic.sent.last_hour) == (11, 202)
    assert [each.number for each in (row.dns, row.tcp, row.tls, row.first_byte)] == [1, 1, 1, 2]
    assert vendors["other.example:8443"].traffic.vendor_errors.last_minute == 1
    assert routes["/x/"].vendor_errors.last_minute == 1
    assert not figures.troubles


def test_a_websocket_counts_while_it_is_open() -> None:
    collector = Collector(NOW_S)
    opened = exchange(status=101, websocket=True)
    collector.opened(opened)
    opened.received, opened.sent = 5, 7
    collector.tick(NOW_S + 1)
    figures = collector.figures()
    [(_, route)], [(_, vendor)] = figures.routes, figures.vendors
    assert (route.requests.last_minute, route.open, vendor.traffic.open) == (1, 1, 1)
    assert (route.received.last_minute, vendor.traffic.sent.last_minute) == (5, 7)
    assert figures.websockets[-1] == 1

    opened.sent, opened.error = 10, "empty_frames"
    collector.ended(opened)
    figures = collector.figures()
    [(_, route)] = figures.routes
    assert (route.requests.last_minute, route.open, route.sent.last_minute) == (1, 0, 10)
    assert route.errors.last_minute == 1
    assert figures.websockets[-1] == 0


def test_turn_is_apart() -> None:
    collector = Collector(NOW_S)
    relayed = exchange(None, turn="tls", status=200)
    collector.opened(relayed)
    relayed.received = 100
    collector.tick(NOW_S + 6)
    collector.ended(failed("turn_unreachable", None, turn="tcp"))
    figures = collector.figures()
    assert (figures.turn.open, figures.turn.requests.last_minute) == (1, 2)
    assert figures.turn.received.last_minute == 100
    assert figures.turn_clients == (1, 1)
    assert figures.turn.errors.last_minute == 1
    assert not figures.routes


def test_time_passes_also_when_nobody_looks() -> None:
    collector = Collector(NOW_S)
    collector.ended(exchange())
    collector.tick(NOW_S + 3 * MINUTE_S)
    [(_, route)] = collector.figures().routes
    assert (route.requests.last_minute, route.requests.last_hour) == (0, 1)
    collector.ended(exchange())
    collector.tick(NOW_S + 70 * MINUTE_S)  # as after a pause of the whole machine
    assert collector.figures().routes[0][1].requests.last_hour == 0


@pytest.mark.parametrize(
    ("ended", "token", "place"),
    [
        (failed("connection_refused"), "connection_refused", VENDOR),
        (failed("key_refused", None, route="/vonage/"), "key_refused", "/vonage/"),
        (failed("bad_request", None, route=None), "bad_request", ""),
        (failed("target_refused", "wanted.example"), "target_refused", "wanted.example"),
    ],
)
def test_an_error_counts_at_its_place(ended: Exchange, token: str, place: str) -> None:
    figures = counted(ended)
    assert trouble(figures, token, place).counts.last_minute == 1


def test_a_host_that_was_refused_is_no_vendor() -> None:
    figures = counted(failed("target_refused", "made-up.example"), failed("address_refused"))
    assert not figures.vendors


def test_what_strangers_cause_all_day_is_no_error_of_a_route() -> None:
    figures = counted(failed("no_route", None), failed("client_gone"), failed("dns_error"))
    assert dict(figures.routes)["/"].errors.last_minute == 1
    assert len(figures.troubles) == 3


def test_the_latest_detail_is_told_without_addresses_keys_and_escapes() -> None:
    keys = KeyIndex(["secret-key-1234567"])
    collector = Collector(NOW_S, keys)
    many = "more than 3 connections from 192.0.2.7; x"
    collector.ended(failed("too_many_connections", None, route=None, detail=many))
    v6 = failed("too_many_requests", None, route=None, peer="2001:db8:1:2::77")
    v6.detail = "more than 9 requests from 2001:db8:1:2::/64"
    collector.ended(v6)
    collector.ended(failed("bad_response", detail=f"secret-key-1234567 {ESCAPE}" + "x" * 999))
    figures = collector.figures()
    told = trouble(figures, "too_many_connections", "").detail
    assert told == "more than 3 connections from a client; x"
    assert trouble(figures, "too_many_requests", "").detail == "more than 9 requests from a client"
    detail = trouble(figures, "bad_response", VENDOR).detail
    assert detail.startswith("- \N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}xxx")
    assert len(detail) == 300
    assert b"secret-key" not in as_bytes(report(figures))


def test_a_key_that_stands_in_a_hosts_place_is_not_told() -> None:
    collector = Collector(NOW_S, KeyIndex(["secret-key-1234567"]))
    collector.ended(exchange("secret-key-1234567.example"))
    collector.ended(failed("target_refused", "secret-key-1234567.example"))
    assert b"secret-key" not in as_bytes(report(collector.figures()))


def test_a_balancers_health_checks_do_not_count() -> None:
    assert not counted(exchange(None, route=None, is_health_check=True)).routes
    wrong = failed("bad_request", None, route=None, is_health_check=True)
    assert counted(wrong).routes


def test_a_connection_that_brought_no_request_is_of_no_route() -> None:
    collector = Collector(NOW_S)
    collector.failed(failed("tls_untrusted", None, route=None, detail="unknown ca"))
    figures = collector.figures()
    assert trouble(figures, "tls_untrusted", "").detail == "unknown ca"
    assert not figures.routes


def test_who_is_limited_is_counted_by_client() -> None:
    figures = counted(
        failed("too_many_requests", None),
        failed("too_many_requests", None, client="198.51.100.1"),
        failed("too_many_websockets"),
        failed("overloaded", None),
    )
    limited = {(who, setting): each.last_minute for who, setting, each in figures.limited}
    assert limited == {
        ("192.0.2.7", "limits.request_rate"): 1,
        ("198.51.100.1", "limits.request_rate"): 1,
        ("192.0.2.7", "limits.websockets_per_address"): 1,
    }


def test_clients_cannot_fill_it() -> None:
    collector = Collector(NOW_S)
    for number in range(5000):
        collector.ended(exchange(f"host{number}.example"))
        collector.ended(failed("target_refused", f"made-up{number}.example"))
        limited = failed("too_many_requests", None)
        limited.peer = f"198.51.{number // 250}.{number % 250}"
        collector.ended(limited)
        collector.tick(NOW_S + number / 50)
    figures = collector.figures()
    assert len(figures.vendors) <= MOST_VENDORS + 1
    assert len(figures.troubles) <= 2 * (MOST_PLACES + 1)
    assert len(figures.limited) <= MOST_LIMITED
    assert sum(row.traffic.requests.last_hour for _, row in figures.vendors) == 5000
    assert OTHERS in dict(figures.vendors)
    assert len(as_bytes(report(figures))) < 100_000
