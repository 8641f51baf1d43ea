"""Spans through OpenTelemetry's SDK to a collector, in a thread; nothing else imports the SDK.

Its batch processor keeps what has ended in a queue. Its thread makes spans of that, many at a time
(on the loop, a span at a time would cost five times as much), and exports them. Nothing waits.
"""

import logging
import socket
import threading
from collections.abc import Callable, Sequence
from time import monotonic
from typing import cast

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from sigproxy import __version__
from sigproxy.exchange import Exchange
from sigproxy.telemetry.span_account import MOST_WAITING, SpanAccount
from sigproxy.telemetry.spans import Span
from sigproxy.telemetry.spool import finish_at_exit
from sigproxy.telemetry.threads import without_signals

LONGEST_REASON = 200  # characters of what the SDK says
SAMPLED = TraceFlags(TraceFlags.SAMPLED)

log = logging.getLogger("sigproxy")
_sdk_log = logging.getLogger("opentelemetry")

Render = Callable[[Exchange], Span]


class OtelSpans:
    """A sink for exchanges that have ended; *render* makes a span of one, in the thread.

    *exporter* None: to the collector at *endpoint*, a URL with its path.
    """

    def __init__(
        self,
        endpoint: str,
        service_name: str,
        render: Render,
        exporter: SpanExporter | None = None,
    ) -> None:
        self._account = SpanAccount(endpoint)
        spans = _Spans(service_name, render)
        exporter = exporter or OTLPSpanExporter(endpoint=endpoint)
        with without_signals():
            self._processor = BatchSpanProcessor(
                _Exporter(exporter, spans, self._account), max_queue_size=MOST_WAITING
            )
        self._closing: threading.Thread | None = None
        finish_at_exit(self)

    @property
    def counts(self) -> dict[str, int]:
        return self._account.counts()

    def put(self, exchange: Exchange) -> None:
        if self._account.admit():
            self._processor.on_end(cast(ReadableSpan, _Ended(exchange)))

    def close(self) -> None:
        """Export what is left; ``finish`` waits for it."""
        if self._closing is None:
            self._closing = threading.Thread(
                target=self._processor.shutdown, name="tracing", daemon=True
            )
            with without_signals():
                self._closing.start()

    def finish(self, until_s: float) -> None:
        """Wait for the last spans until *until_s*; called when the process ends."""
        self.close()
        assert self._closing is not None
        self._closing.join(max(0.0, until_s - monotonic()))
        self._account.say_rest()


class _Ended:
    """An exchange in the processor's queue, which only looks whether it is sampled."""

    __slots__ = ("exchange",)
    context = SpanContext(1, 1, is_remote=False, trace_flags=SAMPLED)

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange


class _Spans:
    """Makes the SDK's spans; only the exporter's thread uses it."""

    def __init__(self, service_name: str, render: Render) -> None:
        self._render = render
        self._ids = _GivenIds()
        provider = TracerProvider(
            sampler=ALWAYS_ON,
            resource=Resource.create(
                {
                    "service.name": service_name,
                    "service.version": __version__,
                    "host.name": socket.gethostname(),
                }
            ),
            id_generator=self._ids,
            shutdown_on_exit=False,  # that waits for half a minute; ``finish`` for a second
        )
        self._finished = _Finished()
        provider.add_span_processor(self._finished)
        self._tracer = provider.get_tracer("sigproxy", __version__)

    def of(self, exchanges: Sequence[Exchange]) -> list[ReadableSpan]:
        """Return the spans of *exchanges*; an error in one does not affect the others."""
        for exchange in exchanges:
            try:
                self._make(self._render(exchange))
            except Exception:
                log.exception("the span of exchange %s is lost: a fault of ours", exchange.id)
        made, self._finished.spans = self._finished.spans, []
        return made

    def _make(self, span: Span) -> None:
        self._ids.given = span.trace.trace_id, span.trace.span_id
        made = self._tracer.start_span(
            span.name,
            context=_context(span),
            kind=SpanKind.SERVER,
            attributes=span.attributes,
            start_time=span.start_ns,
            record_exception=False,
        )
        for name, at_ns in span.events:
            made.add_event(name, timestamp=at_ns)
        if span.failure is not None:
            made.set_status(StatusCode.ERROR, span.failure)
        made.end(span.end_ns)


def _context(span: Span) -> Context:
    """Return the client's span as the parent, if there is one; else the trace begins here."""
    trace_id, _, parent_id, _ = span.trace
    if parent_id is None:
        return Context()
    parent = SpanContext(trace_id, parent_id, is_remote=True, trace_flags=SAMPLED)
    return set_span_in_context(NonRecordingSpan(parent), Context())


class _GivenIds(IdGenerator):
    """The ids that the gateway has chosen: upstreams may know them already."""

    given = (0, 0)

    def generate_trace_id(self) -> int:
        return self.given[0]

    def generate_span_id(self) -> int:
        return self.given[1]

    def is_trace_id_random(self) -> bool:
        return True


class _Finished(SpanProcessor):
    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)


class _Exporter(SpanExporter):
    """Gives spans of what has ended to another exporter, and keeps account of them."""

    def __init__(self, exporter: SpanExporter, spans: _Spans, account: SpanAccount) -> None:
        self._exporter = exporter
        self._spans = spans
        self._account = account
        self._said = _FirstMessage()
        _sdk_log.handlers = [self._said]
        _sdk_log.propagate = False  # several lines for each batch that fails

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self._said.text = ""
        ended = cast(Sequence[_Ended], spans)
        made = self._spans.of([each.exchange for each in ended])
        try:
            result = self._exporter.export(made)
        except Exception as error:  # the SDK would go on, and count nothing
            result, self._said.text = SpanExportResult.FAILURE, repr(error)
        exported = len(made) if result is SpanExportResult.SUCCESS else 0
        self._account.took(exported)
        if exported < len(ended):
            why = self._said.text[:LONGEST_REASON].rstrip(".") or "it gives no reason"
            self._account.refused(len(ended) - exported, why)
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()


class _FirstMessage(logging.Handler):
    """Keeps the first thing that the SDK says: the cause; then it says that it gives up."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text = self.text or record.getMessage()
