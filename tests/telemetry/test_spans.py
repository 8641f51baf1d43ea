"""An exchange as a span: OpenTelemetry's names, the log's values, and no secret."""

from dataclasses import replace

import pytest

from sigproxy.errors import ConnectionTerminated, DnsTimeout, TargetRefused
from sigproxy.exchange import Exchange
from sigproxy.policies.key_index import KeyIndex
from sigproxy.semantics.trace_context import Trace
from sigproxy.telemetry import spans
from sigproxy.telemetry.tracing import Tracing
from tests.telemetry.test_access_log import SEEN

TRACE = Trace(0x0AF7651916CD43DD8448EB211C80319C, 0x00F067AA0BA902B7, 0xB7AD6B7169203331)
TRACED = replace(SEEN, trace=TRACE)
KEY = b"2d711642b726b04401627ca9fbac32f5"


def test_a_request() -> None:
    span = spans.of(TRACED)
    assert span.name == "POST /"
    assert span.trace == TRACE
    assert span.end_ns - span.start_ns == 500_000_000
    assert span.events == (
        ("connected", span.start_ns + 12_345_670),
        ("first_byte", span.start_ns + 250_000_000),
    )
    assert span.failure is None
    assert span.attributes == {
        "http.request.method": "POST",
        "http.route": "/",
        "http.response.status_code": 200,
        "url.scheme": "https",
        "url.path": "/api.example.com/v1/x",
        "url.query": "token=-&a=-",
        "client.address": "203.0.113.7",
        "network.protocol.version": "1.1",
        "user_agent.original": "Mozilla/5.0 (X11; Linux)",
        "sigproxy.event": "request",
        "sigproxy.id": "ab12-1f",
        "sigproxy.upstream": "api.example.com",
        "sigproxy.address": "192.0.2.5",
        "sigproxy.upstream_status": 200,
        "sigproxy.bytes_in": 10,
        "sigproxy.bytes_out": 4242,
    }


@pytest.mark.parametrize(
    ("changes", "error_type", "failure"),
    [
        ({"status": 504, "error": DnsTimeout.token, "detail": "silent"}, "dns_timeout", "silent"),
        ({"status": 503}, "503", ""),  # the status says it all
        ({"status": 200, "error": ConnectionTerminated.token}, *["connection_terminated"] * 2),
        ({"status": 101, "websocket": True, "error": "client_stalled"}, *["client_stalled"] * 2),
        # A server's span does not fail by what its client did.
        ({"status": 403, "error": TargetRefused.token}, "target_refused", None),
        ({"status": None, "error": "client_gone"}, "client_gone", None),
        ({"status": 404}, None, None),
    ],
)
def test_what_failed(changes: dict[str, object], error_type: str, failure: str) -> None:
    span = spans.of(replace(TRACED, **changes))  # type: ignore[arg-type]
    assert span.attributes.get("error.type") == error_type
    assert span.failure == failure


def test_a_word_that_is_no_method_names_no_span() -> None:
    span = spans.of(replace(TRACED, method="PLANTED", route=None))
    assert span.name == "HTTP"
    assert span.attributes["http.request.method"] == "_OTHER"
    assert span.attributes["http.request.method_original"] == "PLANTED"


def test_the_client_that_a_proxy_names() -> None:
    seen = replace(TRACED, client="198.51.100.7", peer="10.0.0.1")
    attributes = spans.of(seen, scheme="http").attributes
    assert attributes["client.address"] == "198.51.100.7"
    assert attributes["network.peer.address"] == "10.0.0.1"
    assert attributes["url.scheme"] == "http"


def test_no_key_and_no_query_value_is_in_a_span() -> None:
    seen = replace(
        TRACED,
        request_target=b"/" + KEY + b"/api.example.com/a?sig=planted",
        key=KEY,
        fields=((b"Authorization", b"Bearer planted"), (b"User-Agent", KEY)),
        detail=f"it is {KEY.decode()}",
        error="bad_response",
        status=502,
    )
    span = spans.of(seen, KeyIndex((KEY.decode(),)))
    shown = repr(span)
    assert "planted" not in shown
    assert KEY.decode() not in shown
    assert span.attributes["url.path"] == "/-/api.example.com/a"


class Kept:
    """A sink that keeps what it gets."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.is_closed = False
        self.counts: dict[str, int] = {}

    def put(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)

    def close(self) -> None:
        self.is_closed = True


def test_only_what_is_traced_is_handed_on() -> None:
    kept = Kept()
    observer = Tracing(kept)
    websocket: Exchange = replace(TRACED, websocket=True, status=101)
    observer.opened(websocket)
    assert kept.exchanges == []
    observer.ended(websocket)
    observer.ended(SEEN)
    observer.ended(replace(TRACED, is_health_check=True))
    observer.closed()
    assert kept.exchanges == [websocket]
    assert kept.is_closed
