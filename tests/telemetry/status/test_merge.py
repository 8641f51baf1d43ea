"""Several workers' figures as one: what adds up, what lines up, and what stays of an ended one."""

from sigproxy.telemetry.status.collector import Collector
from sigproxy.telemetry.status.merge import sum_of
from sigproxy.telemetry.status.report import (
    MOST_LIMITED,
    MOST_PLACES,
    MOST_VENDORS,
    NO_SUCH_NAMES,
    OTHERS,
    Figures,
)
from sigproxy.telemetry.status.series import MOST_SLOTS, slot_at
from tests.telemetry.status.made import HOUR_S, NOW_S, VENDOR, counted, exchange, failed

SLOT = slot_at(NOW_S)


def test_the_counts_of_workers_add_up() -> None:
    one = counted(exchange(sent=3, first_byte_s=0.1), failed("dns_error"))
    other = counted(exchange(sent=4, first_byte_s=0.2), exchange("other.example", route="/x/"))
    both = sum_of([one, other], SLOT)
    assert {name: row.requests.last_minute for name, row in both.routes} == {"/": 3, "/x/": 1}
    vendor = dict(both.vendors)[VENDOR]
    assert (vendor.traffic.requests.last_minute, vendor.traffic.sent.last_hour) == (3, 7)
    assert vendor.first_byte.number == 2
    assert [(token, place) for token, place, _ in both.troubles] == [("dns_error", VENDOR)]


def test_a_worker_that_is_a_slot_behind_holds_what_it_has_open() -> None:
    behind = Collector(NOW_S)
    behind.opened(exchange(status=101, websocket=True))
    ahead = Collector(NOW_S)
    ahead.opened(exchange(status=101, websocket=True))
    ahead.tick(NOW_S + 5)
    both = sum_of([behind.figures(), ahead.figures()], SLOT)
    assert both.slot == SLOT + 1
    assert both.websockets == (2, 2)
    assert both.routes[0][1].requests.slots == [2, 0]


def test_an_old_report_is_as_old_as_it_is() -> None:
    old = counted(exchange(), at_s=NOW_S - HOUR_S / 2)
    both = sum_of([old, counted(exchange())], SLOT)
    assert both.routes[0][1].requests.last_minute == 1
    assert both.routes[0][1].requests.last_hour == 2
    assert not sum_of([counted(exchange(), at_s=NOW_S - 2 * HOUR_S)], SLOT).routes


def test_of_a_worker_that_has_ended_counts_stay_and_what_was_open_does_not() -> None:
    collector = Collector(NOW_S)
    collector.opened(exchange(status=101, websocket=True))
    collector.opened(exchange(None, turn="tls"))
    collector.tick(NOW_S + 5)
    ended = collector.figures().ended()
    assert ended.routes[0][1].open == ended.vendors[0][1].traffic.open == ended.turn.open == 0
    assert ended.routes[0][1].requests.last_hour == 1
    later = sum_of([ended], SLOT + 3)
    assert later.websockets == later.turn_clients == (1, 0, 0, 0)


def test_nothing_added_to_nothing() -> None:
    assert sum_of([], SLOT) == sum_of([Figures(0)], SLOT) == Figures(SLOT)


def test_reload_after_reload_it_does_not_grow() -> None:
    total = Figures(0)
    for number in range(60):
        exchanges = [exchange(f"host{number}-{each}.example") for each in range(10)]
        troubles = [failed("dns_error", f"gone{number}-{each}.example") for each in range(5)]
        limited = [failed("too_many_requests", None) for _ in range(2)]
        for at, each in enumerate(limited):
            each.peer = f"198.51.{number}.{at}"
        worker = counted(*exchanges, *troubles, *limited, exchange(VENDOR), exchange(VENDOR))
        total = sum_of([total, worker.ended()], SLOT)
    assert len(total.vendors) == MOST_VENDORS + 1
    assert len(total.troubles) == 2 + MOST_PLACES  # dns_error at 8 and others, and the limit
    assert len(total.limited) == MOST_LIMITED
    assert dict(total.vendors)[VENDOR].traffic.requests.last_hour == 120
    whole = sum(row.traffic.requests.last_hour for _, row in total.vendors)
    assert whole == 60 * 17  # ten, five that failed and two
    assert OTHERS in dict(total.vendors)
    assert len(total.websockets) <= MOST_SLOTS


def test_names_that_do_not_exist_stay_apart_from_all_others() -> None:
    busy = [failed("dns_error", f"gone{each % 20}.example") for each in range(400)]
    one = counted(*busy, failed("dns_error", "made-up.example", has_no_address=True))
    both = sum_of([one, one], SLOT)
    found = {place: each.counts.last_hour for _, place, each in both.troubles}
    assert found[NO_SUCH_NAMES] == 2
    assert len(found) == 2 + MOST_PLACES
    assert NO_SUCH_NAMES not in dict(both.vendors)
