"""The errors of the forward proxy toward upstreams (``upstream.proxy``)."""

from sigproxy.errors import UpstreamError


class EgressUnreachable(
    UpstreamError, token="egress_unreachable", proxy_error="destination_unavailable"
):
    """The proxy in ``upstream.proxy`` cannot be connected to; ``detail`` says why."""


class EgressTimeout(
    UpstreamError, status=504, token="egress_timeout", proxy_error="connection_timeout"
):
    """The proxy in ``upstream.proxy`` was not connected to, or did not answer CONNECT, within
    ``connect_timeout_s``."""


class EgressRefused(UpstreamError, token="egress_refused", proxy_error="destination_unavailable"):
    """The proxy in ``upstream.proxy`` answered CONNECT with another status than 2xx, which
    ``detail`` tells."""


class EgressAuth(UpstreamError, token="egress_auth", proxy_error="proxy_configuration_error"):
    """The proxy in ``upstream.proxy`` asks for credentials (407): there are none in
    ``proxy_credentials_file``, or it does not accept them."""


class EgressError(UpstreamError, token="egress_error", proxy_error="http_protocol_error"):
    """The proxy in ``upstream.proxy`` did not answer in HTTP, or closed without an answer."""
