"""Build the way to upstreams from the settings."""

from collections.abc import Sequence
from ipaddress import ip_network

from sigproxy.assembly.egress import build_egress
from sigproxy.config import Settings, UpstreamSettings
from sigproxy.gateway.upstream import tls
from sigproxy.gateway.upstream.client import UpstreamOptions
from sigproxy.gateway.upstream.proxy import Proxy
from sigproxy.gateway.upstream.resolver import Resolver
from sigproxy.policies.certificate_names import CertificateNames
from sigproxy.semantics import connect_request


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


def build_upstream_options(settings: Settings, context: tls.ClientContext) -> UpstreamOptions:
    upstream = settings.upstream
    return UpstreamOptions(
        tls=context,
        connect_timeout_s=upstream.connect_timeout_s,
        tls_timeout_s=upstream.tls_timeout_s,
        reuse=upstream.reuse,
        pool_idle_s=upstream.pool_idle_s,
        pool_size=upstream.pool_size,
        certificate_names=build_certificate_names(upstream),
    )


def build_certificate_names(settings: UpstreamSettings) -> CertificateNames:
    named = settings.certificate_names
    return CertificateNames(tuple((ip_network(text), name) for text, name in named.items()))
