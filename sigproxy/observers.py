"""Who watches exchanges, as the settings say."""

from sigproxy.config import AccessLogSettings
from sigproxy.exchange import Observer
from sigproxy.telemetry.access_log import AccessLog
from sigproxy.telemetry.alarms import Alarms
from sigproxy.telemetry.lines import LineWriter


def always(settings: AccessLogSettings, keys: frozenset[bytes]) -> tuple[Observer, ...]:
    """Return the access log, which never shows *keys*, and what the error log is told."""
    lines = LineWriter(settings.path)
    return AccessLog(lines.write, settings.format, keys, lines.flush), Alarms()
