"""What ``[tracing]`` may say, and whether what it needs is installed."""

from importlib.util import find_spec
from urllib.parse import urlsplit

from sigproxy.config.masking import quoted
from sigproxy.config.problem import Invalid
from sigproxy.missing import remedy

PATH = "/v1/traces"  # OTLP over HTTP: where a collector takes spans
PACKAGES = (  # the extra
    "opentelemetry-sdk>=1.45,<2",
    "opentelemetry-exporter-otlp-proto-http>=1.45,<2",
)
_NEEDED = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")
_REMEDY = "write the collector's URL: http://127.0.0.1:4318"


def endpoint(text: str) -> str:
    """Return the URL with a path."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise Invalid(f"{quoted(text)} is not a URL", _REMEDY) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise Invalid(f"{quoted(text)} is not a URL of http:// or https://", _REMEDY)
    if parts.username is not None or parts.password is not None:
        raise Invalid(
            "the URL has a user name or a password",
            "remove it, and set OTEL_EXPORTER_OTLP_TRACES_HEADERS in the environment",
        )
    if parts.query or parts.fragment or not text.isprintable() or " " in text:
        raise Invalid(f"{quoted(text)} has more than host, port and path", _REMEDY)
    return text if parts.path not in ("", "/") else f"{text.rstrip('/')}{PATH}"


def missing() -> Invalid | None:
    """Return what is wrong if the package's extra is not installed."""
    if all(map(_is_there, _NEEDED)):
        return None
    return Invalid("OpenTelemetry is not installed", remedy(*PACKAGES))


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # not even what it is a part of
        return False
