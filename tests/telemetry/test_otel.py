"""Spans through OpenTelemetry's SDK: whole, in a thread, and every loss counted and said."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from time import monotonic, sleep
from typing import Any

import pytest

from sigproxy.exchange import Exchange
from sigproxy.semantics.trace_context import Trace
from sigproxy.telemetry import span_account
from sigproxy.telemetry.span_account import MOST_WAITING, SAY_EVERY_S, SpanAccount
from sigproxy.telemetry.spans import Span
from tests.lab.wire import WAIT_S

pytest.importorskip("opentelemetry.sdk", reason='pip install "sigproxy[otel]"')

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from sigproxy.telemetry.otel import OtelSpans

URL = "http://127.0.0.1:4318/v1/traces"
TRACE, PARENT = 0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331
MAKER = Callable[..., OtelSpans]


def exchange(number: int = 1, parent: int | None = PARENT, detail: str | None = None) -> Exchange:
    trace = Trace(TRACE, number, parent)
    return Exchange("ab-1", 1_795_000_000.0, 0.0, "192.0.2.1", trace=trace, detail=detail)


def span(seen: Exchange) -> Span:
    assert seen.trace is not None
    if seen.detail == "broken":
        raise ValueError(seen.detail)
    start_ns = 1_795_000_000_000_000_000
    attributes: dict[str, str | int | float | bool] = {"http.route": "/acs", "sigproxy.id": "ab-1"}
    events = (("first_byte", start_ns + 5),)
    return Span(seen.trace, "GET /acs", attributes, start_ns, start_ns + 9, events, seen.detail)


@pytest.fixture
def make() -> Iterator[MAKER]:
    """Return a maker of sinks for spans; each has a second for what is left."""
    made: list[OtelSpans] = []

    def maker(exporter: Any) -> OtelSpans:
        made.append(OtelSpans(URL, "gateway-7", span, exporter))
        return made[-1]

    yield maker
    for each in made:
        each.finish(monotonic() + 1.0)


def ended(sink: OtelSpans) -> None:
    sink.finish(monotonic() + WAIT_S)


def until(condition: Callable[[], object]) -> None:
    give_up = monotonic() + WAIT_S
    while not condition():
        assert monotonic() < give_up
        sleep(0.005)


def test_a_span_is_exported_with_all_that_it_has(make: MAKER) -> None:
    memory = InMemorySpanExporter()
    sink = make(memory)
    sink.put(exchange(detail="silent"))
    sink.put(exchange(2, parent=None))
    ended(sink)

    one, two = memory.get_finished_spans()
    assert one.context is not None
    assert (one.context.trace_id, one.context.span_id) == (TRACE, 1)
    assert one.parent is not None
    assert (one.parent.trace_id, one.parent.span_id, one.parent.is_remote) == (TRACE, PARENT, True)
    assert (one.name, one.kind) == ("GET /acs", SpanKind.SERVER)
    given = span(exchange())
    assert dict(one.attributes or {}) == given.attributes
    assert (one.start_time, one.end_time) == (given.start_ns, given.end_ns)
    assert [(each.name, each.timestamp) for each in one.events] == [*given.events]
    assert (one.status.status_code, one.status.description) == (StatusCode.ERROR, "silent")
    assert one.resource.attributes["service.name"] == "gateway-7"
    assert "host.name" in one.resource.attributes
    assert two.parent is None
    assert two.context is not None
    assert (two.context.trace_id, two.context.span_id) == (TRACE, 2)
    assert two.status.status_code is StatusCode.UNSET
    assert sink.counts == {"exported": 2, "failed": 0, "dropped": 0}


def test_a_span_that_cannot_be_made_costs_no_other(
    make: MAKER, caplog: pytest.LogCaptureFixture
) -> None:
    memory = InMemorySpanExporter()
    sink = make(memory)
    sink.put(exchange(detail="broken"))
    sink.put(exchange(2))
    ended(sink)
    assert len(memory.get_finished_spans()) == 1
    assert sink.counts == {"exported": 1, "failed": 1, "dropped": 0}
    assert "the span of exchange ab-1 is lost" in caplog.text


class Failing:
    """An exporter that says why it fails, and then that it gives up, as the SDK's does."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error
        self._log = logging.getLogger("opentelemetry.exporter.otlp.proto.http.trace_exporter")

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self._error is not None:
            raise self._error
        self._log.warning("Transient error %s", "connection refused")
        self._log.error("Failed to export spans")
        return SpanExportResult.FAILURE

    def shutdown(self) -> None: ...


@pytest.mark.parametrize(
    ("exporter", "why"),
    [(Failing(), "connection refused"), (Failing(ValueError("broken")), "ValueError('broken')")],
    ids=["fails", "raises"],
)
def test_a_collector_that_takes_none(
    make: MAKER, caplog: pytest.LogCaptureFixture, exporter: Failing, why: str
) -> None:
    sink = make(exporter)
    for number in range(3):
        sink.put(exchange(number + 1))
    ended(sink)
    assert sink.counts == {"exported": 0, "failed": 3, "dropped": 0}
    [said] = caplog.messages  # of the SDK's own nothing
    assert said.startswith(f"3 span(s) did not reach the collector at {URL}: ")
    assert why in said
    assert "tracing.endpoint" in said


def test_failures_are_said_once_a_minute(
    make: MAKER, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = [1000.0]
    monkeypatch.setattr(span_account, "monotonic", lambda: now_s[0])
    account = SpanAccount(URL)
    for spans in (2, 3):
        account.refused(spans, "it is down")
    assert len(caplog.messages) == 1
    now_s[0] += SAY_EVERY_S
    account.refused(4, "it is down")
    account.took(1)
    assert [each.partition(" ")[0] for each in caplog.messages] == ["2", "7"]


class Stuck:
    """An exporter that does not come back until it is let go."""

    def __init__(self) -> None:
        self.is_entered = threading.Event()
        self.may_go = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.is_entered.set()
        self.may_go.wait(WAIT_S)
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None: ...


def test_nobody_waits_for_a_collector_that_hangs(
    make: MAKER, caplog: pytest.LogCaptureFixture
) -> None:
    stuck = Stuck()
    sink = make(stuck)
    try:
        for number in range(MOST_WAITING + 100):
            sink.put(exchange(number + 1))
        until(stuck.is_entered.is_set)
        assert sink.counts["dropped"] == 100
        began_s = monotonic()
        sink.finish(monotonic() + 0.05)
        assert monotonic() - began_s < WAIT_S / 2
        assert caplog.messages[-1].startswith(f"{MOST_WAITING + 100} span(s) did not reach")
    finally:
        stuck.may_go.set()


def test_what_was_dropped_is_said_although_the_rest_arrives(
    make: MAKER, caplog: pytest.LogCaptureFixture
) -> None:
    stuck = Stuck()
    sink = make(stuck)
    for number in range(MOST_WAITING + 1):
        sink.put(exchange(number + 1))
    stuck.may_go.set()
    ended(sink)
    assert sink.counts == {"exported": MOST_WAITING, "failed": 0, "dropped": 1}
    [said] = caplog.messages
    assert said.startswith("1 span(s)")
    assert "too slowly" in said
