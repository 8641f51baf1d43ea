"""An exchange as a span, with the attributes of OpenTelemetry's conventions for HTTP servers.

https://opentelemetry.io/docs/specs/semconv/http/http-spans/, stable. What they have no name for has
that of the access log, behind ``sigproxy.``; it is shown as there, without keys and query values.
"""

from dataclasses import dataclass, replace

from sigproxy.exchange import Exchange
from sigproxy.policies.key_index import NO_KEYS, KeyIndex
from sigproxy.semantics.trace_context import Trace
from sigproxy.telemetry import access_log
from sigproxy.telemetry.client_addresses import without_addresses
from sigproxy.telemetry.shown import Shown, shown

Attributes = dict[str, str | int | float | bool]

# The conventions' own list; a client may send any other word as its method.
_METHODS = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)
_OTHER = "_OTHER"
# Names of the log for what is an attribute of the conventions', an event or the span's own time.
_ELSEWHERE = frozenset(
    {"traceparent", "peer", "route", "error", "connect_s", "first_byte_s", "duration_s"}
)
_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Span:
    """Times are in nanoseconds since the epoch, as OpenTelemetry has them."""

    trace: Trace
    name: str
    attributes: Attributes
    start_ns: int
    end_ns: int
    events: tuple[tuple[str, int], ...]
    failure: str | None  # why it failed, if more than the status says; None: it did not fail


def of(
    exchange: Exchange,
    keys: KeyIndex = NO_KEYS,
    scheme: str = "https",
    *,
    mask_addresses: bool = False,
) -> Span:
    """Return the span that *exchange* is, which is traced and has ended."""
    span = _whole(exchange, keys, scheme)
    return _masked(span, exchange) if mask_addresses else span


def _masked(span: Span, exchange: Exchange) -> Span:
    attributes: Attributes = {
        name: without_addresses(value, exchange) if isinstance(value, str) else value
        for name, value in span.attributes.items()
    }
    failure = None if span.failure is None else without_addresses(span.failure, exchange)
    return replace(span, attributes=attributes, failure=failure)


def _whole(exchange: Exchange, keys: KeyIndex, scheme: str) -> Span:
    assert exchange.trace is not None
    texts = shown(exchange, keys)
    method = exchange.method if exchange.method in _METHODS else "HTTP"
    start_ns = int(exchange.started_at * _NS)
    steps = ("connected", exchange.connected_s), ("first_byte", exchange.first_byte_s)
    return Span(
        trace=exchange.trace,
        name=method if exchange.route is None else f"{method} {exchange.route}",
        attributes=_attributes(exchange, texts, scheme),
        start_ns=start_ns,
        end_ns=start_ns + int((exchange.ended_s or 0.0) * _NS),
        events=tuple((name, start_ns + int(at * _NS)) for name, at in steps if at is not None),
        failure=_failure(exchange, texts),
    )


def _attributes(exchange: Exchange, texts: Shown, scheme: str) -> Attributes:
    path, mark, query = texts.target.partition("?")
    major, minor = exchange.version
    event = access_log.event_of(exchange)
    ours = {
        f"sigproxy.{name}": value
        for name, value in access_log.values(event, exchange, texts)
        if name not in _ELSEWHERE and value is not None
    }
    client = exchange.peer if exchange.client is None else exchange.client
    found: dict[str, str | int | float | None] = {
        "http.request.method": exchange.method if exchange.method in _METHODS else _OTHER,
        "http.request.method_original": None if exchange.method in _METHODS else texts.method,
        "http.route": exchange.route,
        "http.response.status_code": exchange.status,
        "error.type": _error_type(exchange),
        "url.scheme": scheme,
        "url.path": path,
        "url.query": query if mark else None,
        "client.address": client or None,
        "network.peer.address": exchange.peer if exchange.peer != client else None,
        "network.protocol.version": f"{major}.{minor}",
        "user_agent.original": None if texts.user_agent == "-" else texts.user_agent,
        "sigproxy.bytes_out": exchange.sent or None,
    }
    return ours | {name: value for name, value in found.items() if value is not None}


def _error_type(exchange: Exchange) -> str | None:
    if exchange.error is not None:
        return exchange.error
    status = exchange.status
    return str(status) if status is not None and status >= 500 else None


def _failure(exchange: Exchange, texts: Shown) -> str | None:
    """Return why a span failed; a server's does not if the client is at fault (4xx)."""
    status = exchange.status
    if status is not None and (status >= 500 or (status < 400 and exchange.error is not None)):
        return texts.detail or exchange.error or ""
    return None
