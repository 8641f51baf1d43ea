"""Metrics: what is counted, when it can be seen, and that no label is a stranger's to choose."""

from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from sigproxy.errors import BodyTooLarge, DnsTimeout, NoRoute, TooManyRequests
from sigproxy.exchange import Exchange
from sigproxy.telemetry.labels import REFUSALS
from sigproxy.telemetry.metrics import Metrics, Snapshot

SEEN = Exchange(
    id="ab12-1",
    started_at=1_795_000_000.0,
    started_s=1000.0,
    peer="203.0.113.7",
    route="/acs",
    status=200,
    ended_s=0.02,
)
WEBSOCKET = replace(SEEN, id="ab12-2", status=101, websocket=True, close_code=1000)


class Watched:
    """Metrics and what Prometheus would read of them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.metrics = Metrics(self.registry)

    def hand_over(self, snapshot: Snapshot = Snapshot()) -> None:  # noqa: B008  # frozen
        self.metrics.hand_over(snapshot)

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"sigproxy_{name}", labels)

    def ended(self) -> list[dict[str, str]]:
        return self.labels("exchanges_total")

    def labels(self, name: str) -> list[dict[str, str]]:
        samples = [sample for metric in self.registry.collect() for sample in metric.samples]
        return [each.labels for each in samples if each.name == f"sigproxy_{name}"]


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_exchanges_by_route_code_and_error(watched: Watched) -> None:
    late = replace(SEEN, status=504, error=DnsTimeout.token)
    unparsed = replace(SEEN, route=None, status=400, error="bad_request")
    for exchange in (SEEN, SEEN, late, unparsed):
        watched.metrics.ended(exchange)
    watched.hand_over()
    watched.metrics.ended(SEEN)
    watched.hand_over()

    assert watched.value("exchanges_total", route="/acs", code="200", error="") == 3
    assert watched.value("exchanges_total", route="/acs", code="504", error="dns_timeout") == 1
    assert watched.value("exchanges_total", route="", code="400", error="bad_request") == 1


def test_credentials_that_were_issued_and_refused(watched: Watched) -> None:
    asked = replace(SEEN, route=None, issued=False)
    for exchange in (
        *(replace(asked, issued=True), replace(asked, issued=True), SEEN),
        *(replace(asked, status=403, error="key_refused"), replace(asked, error="client_gone")),
    ):
        watched.metrics.ended(exchange)

    assert watched.value("turn_credentials_total", result="issued") == 2
    assert watched.value("turn_credentials_total", result="key_refused") == 1
    assert watched.value("turn_credentials_total", result="client_gone") == 1
    assert len(watched.labels("turn_credentials_total")) == 3


def test_a_client_that_left_before_an_answer_is_499_as_in_the_log(watched: Watched) -> None:
    watched.metrics.ended(replace(SEEN, status=None, error="client_gone"))
    watched.hand_over()
    assert watched.value("exchanges_total", route="/acs", code="499", error="client_gone") == 1


def test_refusals_are_ours_and_the_vendors_failures_are_none(watched: Watched) -> None:
    for error in (NoRoute, NoRoute, BodyTooLarge, DnsTimeout, TooManyRequests):
        watched.metrics.ended(replace(SEEN, status=error.status, error=error.token))
    watched.metrics.ended(replace(SEEN, status=403))  # the vendor's own
    watched.hand_over()

    assert watched.value("refusals_total", reason="no_route") == 2
    assert watched.value("refusals_total", reason="body_too_large") == 1
    assert {each["reason"] for each in watched.labels("refusals_total")} == {
        *("no_route", "body_too_large", "too_many_requests"),
        "unanswered",
    }
    assert {"key_refused", "loop_detected", "bad_target"} < REFUSALS


def test_connections_that_were_closed_unheard_are_refusals(watched: Watched) -> None:
    for dropped in (3, 3, 5):
        watched.hand_over(Snapshot(dropped=dropped))
    watched.metrics.closed()
    assert watched.value("refusals_total", reason="unanswered") == 5


def test_health_checks_are_no_exchanges_unless_they_fail(watched: Watched) -> None:
    check = replace(SEEN, route=None, is_health_check=True)
    watched.metrics.ended(check)
    watched.metrics.ended(replace(check, error="client_gone"))
    watched.hand_over()

    assert watched.labels("exchanges_total") == [
        {"route": "", "code": "200", "error": "client_gone"}
    ]


def test_durations(watched: Watched) -> None:
    for ended_s in (0.005, 0.0051, 0.2, 500.0):
        watched.metrics.ended(replace(SEEN, ended_s=ended_s))
    watched.hand_over()
    watched.metrics.ended(replace(SEEN, ended_s=0.2))
    watched.hand_over()

    def below(bound: str) -> float | None:
        return watched.value("exchange_duration_seconds_bucket", route="/acs", le=bound)

    assert [below(each) for each in ("0.005", "0.01", "0.25", "120.0", "+Inf")] == [1, 2, 4, 4, 5]
    assert watched.value("exchange_duration_seconds_count", route="/acs") == 5
    total = watched.value("exchange_duration_seconds_sum", route="/acs")
    assert total == pytest.approx(500.4101)


def test_a_websockets_hours_are_no_exchanges_duration(watched: Watched) -> None:
    watched.metrics.opened(WEBSOCKET)
    watched.metrics.ended(replace(WEBSOCKET, ended_s=3600.0))
    watched.hand_over()
    assert watched.labels("exchange_duration_seconds_count") == []
    assert watched.value("exchanges_total", route="/acs", code="101", error="") == 1


def test_steps_are_counted_where_they_were_taken(watched: Watched) -> None:
    watched.metrics.ended(SEEN)
    watched.metrics.ended(replace(SEEN, dns_s=0.004))
    watched.metrics.ended(replace(SEEN, dns_s=0.3, tcp_s=0.02, tls_s=0.04))
    watched.metrics.ended(replace(SEEN, tcp_s=5.0, error="connection_timeout", status=504))

    assert watched.value("dns_seconds_count") == 2
    assert watched.value("dns_seconds_bucket", le="0.005") == 1
    assert watched.value("upstream_connect_seconds_count") == 2
    assert watched.value("upstream_connect_seconds_sum") == pytest.approx(5.02)
    assert watched.value("upstream_tls_seconds_count") == 1


def test_bytes_of_a_websocket_are_seen_while_it_is_open(watched: Watched) -> None:
    other = replace(WEBSOCKET, id="ab12-3", received=5)
    websocket = replace(WEBSOCKET, received=100, sent=1)
    watched.metrics.opened(websocket)
    watched.metrics.opened(other)

    def moved() -> tuple[float | None, ...]:
        watched.hand_over()
        name = "websocket_bytes_total"
        return tuple(watched.value(name, direction=each) for each in ("received", "sent"))

    assert moved() == (105, 1)
    assert watched.value("websockets_open") == 2
    websocket.received, websocket.sent = 150, 40
    assert moved() == (155, 40)
    websocket.sent = 50
    watched.metrics.ended(websocket)
    assert moved() == (155, 50)
    assert watched.value("websockets_open") == 1
    assert moved() == (155, 50)


def test_closes_by_code_and_side(watched: Watched) -> None:
    for code, by in ((1000, "client"), (None, "upstream"), (4321, "upstream"), (1012, "gateway")):
        exchange = replace(WEBSOCKET, close_code=code)
        exchange.closed_by = by  # type: ignore[assignment]
        watched.metrics.ended(exchange)
    watched.hand_over()

    def closes(code: str, by: str) -> float | None:
        return watched.value("websocket_closes_total", code=code, by=by)

    assert closes("1000", "client") == 1
    assert closes("none", "upstream") == 1
    assert closes("4xxx", "upstream") == 1
    assert closes("1012", "gateway") == 1


def test_the_state_of_a_worker(watched: Watched) -> None:
    watched.metrics.began()
    watched.metrics.certificate_expires(1_800_000_000.0)
    assert watched.value("workers") == 1
    assert watched.value("certificate_expiry_timestamp_seconds") == 1_800_000_000.0
    [info] = watched.labels("build_info")
    assert set(info) == {"version", "python"}

    def state() -> tuple[float | None, ...]:
        names = ("exchanges_in_flight", "connections_open", "draining")
        return tuple(watched.value(name) for name in names)

    watched.hand_over(Snapshot(in_flight=7, connections=9))
    assert state() == (7, 9, 0)
    watched.hand_over(Snapshot(in_flight=2, connections=3, draining=True))
    assert state() == (2, 3, 1)
    watched.metrics.ended(SEEN)
    watched.metrics.closed()
    assert watched.value("exchanges_total", route="/acs", code="200", error="") == 1
    assert state() == (0, 0, 1)


def test_a_loop_that_was_blocked_shows_for_good(watched: Watched) -> None:
    for late_s in (0.0004, 3.0, 0.0004):
        watched.metrics.lagged(late_s)
    assert watched.value("loop_lag_seconds_bucket", le="1.0") == 2
    assert watched.value("loop_lag_seconds_count") == 3


def test_the_first_failure_of_each_kind_is_an_increase(watched: Watched) -> None:
    """What Prometheus has not seen at 0 has not increased."""
    watched.metrics.began(["/acs"], turn=True)
    before = {str(each): watched.value("exchanges_total", **each) for each in watched.ended()}
    failed = replace(SEEN, status=502, error="connection_refused")
    refused = replace(SEEN, status=403, error="target_refused")
    cut = replace(SEEN, status=200, error="connection_terminated")
    for exchange in (failed, refused, cut, replace(SEEN, status=503), WEBSOCKET):
        watched.metrics.ended(exchange)
    watched.metrics.ended(replace(SEEN, turn="tls", error="turn_unreachable"))
    watched.hand_over()

    assert set(before.values()) == {0}
    grown = [each for each in watched.ended() if watched.value("exchanges_total", **each)]
    assert len(grown) == 5
    assert {str(each) for each in grown} <= set(before)
    assert watched.value("refusals_total", reason="target_refused") == 1
    assert watched.value("websocket_closes_total", code="1000", by="gateway") == 1
    assert watched.value("turn_connections_total", error="turn_unreachable") == 1


def test_what_is_there_from_the_start(watched: Watched) -> None:
    watched.metrics.began(["/acs"])

    assert watched.value("refusals_total", reason="address_refused") == 0
    assert watched.value("websocket_closes_total", code="none", by="upstream") == 0
    assert watched.value("exchange_duration_seconds_count", route="/acs") == 0
    assert watched.value("websocket_bytes_total", direction="sent") == 0
    for of_turn in ("turn_credentials_total", "turn_connections_total"):  # which is not set
        assert watched.labels(of_turn) == []


def test_nothing_of_the_clients_is_in_a_label(watched: Watched) -> None:
    exchange = replace(
        WEBSOCKET,
        id="planted-id",
        peer="198.51.100.77",
        method="PLANTED",
        request_target=b"/planted?x=planted",
        fields=((b"Origin", b"https://planted.example"), (b"planted", b"planted")),
        key=b"planted-key",
        upstream_path=b"/planted",
        address="198.51.100.78",
        detail="planted",
        error="client_gone",
    )
    watched.metrics.opened(exchange)
    watched.metrics.ended(exchange)
    watched.metrics.ended(replace(exchange, websocket=False))
    watched.hand_over()

    seen = {
        value
        for metric in watched.registry.collect()
        for each in metric.samples
        for value in each.labels.values()
    }
    assert not [value for value in seen if "planted" in value.lower() or "198.51" in value]
    assert "/acs" in seen
