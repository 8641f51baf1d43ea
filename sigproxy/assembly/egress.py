"""Build what decides which upstreams are reached through a forward proxy."""

from sigproxy.config import UpstreamSettings
from sigproxy.config.proxy_values import address
from sigproxy.policies.egress import Egress, exception


def build_egress(settings: UpstreamSettings) -> Egress | None:
    """Return which upstreams are reached through the proxy; None: there is none."""
    if settings.proxy is None:
        return None
    return Egress(
        address(settings.proxy),
        settings.proxy_resolves,
        tuple(map(exception, settings.proxy_exceptions)),
    )
