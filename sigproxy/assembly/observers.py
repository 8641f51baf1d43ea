"""Build what observes a gateway: the access log, the alarms, and the traces."""

from functools import partial

from sigproxy.config import Settings, TracingSettings
from sigproxy.exchange import Observer
from sigproxy.policies.key_index import KeyIndex
from sigproxy.policies.tracing import TracePolicy
from sigproxy.telemetry import spans
from sigproxy.telemetry.access_log import AccessLog
from sigproxy.telemetry.alarms import Alarms
from sigproxy.telemetry.log_file import LineWriter
from sigproxy.telemetry.tracing import Tracing


def observing(settings: Settings, keys: KeyIndex) -> tuple[Observer, ...]:
    """Return what writes of exchanges, in which *keys* are never shown."""
    log = settings.access_log
    lines = LineWriter(log.path)
    access_log = AccessLog(
        lines.write,
        log.format,
        keys,
        lines.close,
        log.health_checks,
        lines.lost,
        log.mask_addresses,
        log.instance,
    )
    if settings.tracing.endpoint is None:
        return access_log, Alarms()
    return access_log, Alarms(), _tracing(settings, settings.tracing.endpoint, keys)


def _tracing(settings: Settings, endpoint: str, keys: KeyIndex) -> Tracing:
    from sigproxy.telemetry.otel import OtelSpans  # and with it OpenTelemetry

    scheme = "http" if settings.server.certificate is None else "https"
    masks = settings.access_log.mask_addresses
    render = partial(spans.of, keys=keys, scheme=scheme, mask_addresses=masks)
    return Tracing(OtelSpans(endpoint, settings.tracing.service_name, render))


def trace_policy(settings: TracingSettings) -> TracePolicy | None:
    if settings.endpoint is None:
        return None
    return TracePolicy(settings.sample, settings.follow_client, settings.propagate)
