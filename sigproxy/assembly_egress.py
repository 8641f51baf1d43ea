"""Build the way out to upstreams through a forward proxy, if the settings name one."""

from collections.abc import Sequence

from sigproxy.config import UpstreamSettings
from sigproxy.config.proxy_values import address
from sigproxy.gateway.upstream.proxy import Proxy
from sigproxy.gateway.upstream.resolver import Resolver
from sigproxy.policies.egress import Egress, exception
from sigproxy.semantics import connect_request


def build_egress(settings: UpstreamSettings) -> Egress | None:
    """Return which upstreams are reached through the proxy; None: there is none."""
    if settings.proxy is None:
        return None
    return Egress(
        address(settings.proxy),
        settings.proxy_resolves,
        tuple(map(exception, settings.proxy_exceptions)),
    )


def build_proxy(settings: UpstreamSettings) -> Proxy | None:
    """Return the proxy on the running loop; ``load`` has read its login.

    It has a resolver of its own: the operator chose its name, so that its addresses may be
    private, and no client must reach them by that name.
    """
    egress = build_egress(settings)
    if egress is None:
        return None
    login = None if settings._login is None else connect_request.basic(*settings._login)
    resolver = Resolver(settings.nameservers, _any, settings.connect_timeout_s)
    return Proxy(egress, login, resolver)


def _any(host: str, addresses: Sequence[str], source: str = "") -> tuple[str, ...]:
    return tuple(addresses)
