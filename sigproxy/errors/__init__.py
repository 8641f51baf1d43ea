"""The errors that the gateway itself sends as responses.

Each class is one cause, with one status and one RFC 9209 error type. ``token`` is the error's name
in the client's JSON and in the access log.

    GatewayError
    ├── RequestError      the client's request is at fault              4xx, 501, 505
    ├── PolicyError       well-formed, but not allowed here             403, 508
    ├── LimitError        allowed, but over a limit                     429, 503
    └── UpstreamError     the upstream failed                           502, 504
"""

from typing import ClassVar


class GatewayError(Exception):
    """An error that ends an exchange with a response from the gateway itself."""

    status: ClassVar[int] = 500
    token: ClassVar[str] = "internal_error"
    proxy_error: ClassVar[str] = "proxy_internal_error"  # RFC 9209, 2.3
    ends_connection: ClassVar[bool] = False

    def __init_subclass__(
        cls,
        *,
        status: int | None = None,
        token: str | None = None,
        proxy_error: str | None = None,
        ends_connection: bool = False,
    ) -> None:
        """Whatever a subclass does not set is inherited from its parent class."""
        cls.status = status or cls.status
        cls.token = token or cls.token
        cls.proxy_error = proxy_error or cls.proxy_error
        cls.ends_connection = ends_connection or cls.ends_connection

    def __init__(self, detail: str, *fields: tuple[bytes, bytes]) -> None:
        """*detail* is for people to read; *fields* are fields that this response must have."""
        super().__init__(detail)
        self.detail = detail
        self.fields = fields


class InternalError(GatewayError):
    """A fault of the gateway itself; its error log has the traceback."""


class RequestError(GatewayError, status=400, token="bad_request", proxy_error="http_request_error"):
    """The request is at fault, and the client has to change it."""


class BadRequest(RequestError):
    """RFC 9112 forbids the message, or a WebSocket handshake has a wrong key or version."""


class BadFraming(BadRequest, ends_connection=True):
    """The end of the request, and so the start of the next one, is unclear (RFC 9112, 6.3)."""


class BadTarget(RequestError, token="bad_target"):
    """The request target names no valid upstream: it has userinfo, ``%``, an impossible port or an
    unusual form of an IP address; or a query parameter is missing, repeated or percent-encoded."""


class NoRoute(RequestError, status=404, token="no_route", proxy_error="destination_not_found"):
    """The path names no host, or lies under no route."""


class MethodRefused(RequestError, status=405, token="method_refused", ends_connection=True):
    """CONNECT and TRACE are not forwarded; the gateway's own pages are read with GET, ``/-/ice``
    and what the network test asks also with POST.

    Implementations disagree on whether a CONNECT has content (RFC 9110, 9.3.6).
    """


class RequestTimeout(RequestError, status=408, token="request_timeout"):
    """A request head was not complete after ``header_timeout_s``, or a body came more slowly than
    ``body_rate_bytes_s``."""


class BodyTooLarge(RequestError, status=413, token="body_too_large"):
    """The body is larger than ``request_body_mib``."""


class TargetTooLong(RequestError, status=414, token="target_too_long"):
    """The request target is longer than ``request_target_kib``."""


class UpgradeRequired(RequestError, status=426, token="upgrade_required"):
    """A WebSocket handshake in HTTP/1.0 or without ``Upgrade``: a proxy in front removed it."""


class HeadTooLarge(RequestError, status=431, token="head_too_large"):
    """The head is larger than ``request_head_kib``, or one field than ``request_field_kib``."""


class CodingUnsupported(
    RequestError, status=501, token="transfer_coding_unsupported", ends_connection=True
):
    """The body has a transfer coding other than ``chunked``."""


class VersionUnsupported(RequestError, status=505, token="http_version_unsupported"):
    """The protocol is neither HTTP/1.1 nor HTTP/1.0."""


class ProxyHeaderInvalid(RequestError, token="proxy_header_invalid"):
    """With ``proxy_protocol``: the connection does not begin with a PROXY protocol header."""


class ProxyHeaderTimeout(RequestError, status=408, token="proxy_header_timeout"):
    """With ``proxy_protocol``: that header was not complete after 3 seconds."""


class PolicyError(GatewayError, status=403, token="refused", proxy_error="http_request_denied"):
    """The request is well-formed, but this gateway does not allow it."""


class TargetRefused(PolicyError, token="target_refused"):
    """The host or the port is not listed in the route's ``targets``."""


class OriginRefused(PolicyError, token="origin_refused"):
    """The web page's origin is not in ``allowed_origins``; WebSockets are checked too."""


class KeyRefused(PolicyError, token="key_refused"):
    """The route, ``/-/ice`` or ``/-/network`` has access keys, and the request does not have one of
    them."""


class AddressRefused(PolicyError, token="address_refused", proxy_error="destination_ip_prohibited"):
    """The host resolves to a private, local or reserved address, in DNS or in ``/etc/hosts``
    (protection against SSRF and DNS rebinding)."""


class ProxyHeaderUntrusted(PolicyError, token="proxy_header_untrusted"):
    """With ``proxy_protocol``: the connection does not come from one of ``trusted_proxies``."""


class ServiceWorkerRefused(PolicyError, token="service_worker_refused"):
    """The request is for a service worker's script. A service worker would control the gateway's
    origin, and so the traffic with every vendor."""


class LoopDetected(
    PolicyError, status=508, token="loop_detected", proxy_error="proxy_loop_detected"
):
    """The request has passed this gateway before (``CDN-Loop``; ``Via`` if it is on), or its path
    names the gateway again and again."""


class LimitError(GatewayError, status=429, token="too_many", proxy_error="http_request_denied"):
    """One client, or all clients together, exceed a limit for the moment. ``Retry-After`` says
    when to try again."""

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail, (b"Retry-After", b"%d" % retry_after_s))


class TooManyRequests(LimitError, token="too_many_requests"):
    """One client address sends more requests than ``request_rate`` allows."""


class TooManyConnections(LimitError, token="too_many_connections"):
    """One client address has more connections open than ``connections_per_address``."""


class TooManyWebSockets(LimitError, token="too_many_websockets"):
    """One client address has more WebSockets open than ``websockets_per_address``."""


class Overloaded(LimitError, status=503, token="overloaded"):
    """All clients together have reached the worker's ``connections`` or ``websockets``."""


class DescriptorsExhausted(
    LimitError, status=503, token="descriptors_exhausted", proxy_error="proxy_internal_error"
):
    """The process may open no more files or sockets; its error log names the limit to raise."""


class UpstreamError(
    GatewayError, status=502, token="upstream_failed", proxy_error="destination_unavailable"
):
    """The upstream failed in another way; ``detail`` says how."""


class DnsError(UpstreamError, token="dns_error", proxy_error="dns_error"):
    """The host has no address, or the name server failed; ``detail`` names server and setting."""

    def __init__(self, detail: str, *, exists: bool | None = None) -> None:
        """*exists*: what DNS says of a name without an address; None: it said nothing."""
        super().__init__(detail)
        self.exists = exists


class DnsTimeout(UpstreamError, status=504, token="dns_timeout", proxy_error="dns_timeout"):
    """No name server answered within ``connect_timeout_s``."""


class ConnectionRefused(
    UpstreamError, token="connection_refused", proxy_error="connection_refused"
):
    """The upstream refuses connections."""


class ConnectionTimeout(
    UpstreamError, status=504, token="connection_timeout", proxy_error="connection_timeout"
):
    """None of the upstream's addresses could be reached within ``connect_timeout_s``."""


class ConnectionTerminated(
    UpstreamError, token="connection_terminated", proxy_error="connection_terminated"
):
    """The upstream closed or reset the connection before a whole response had arrived."""


class CertificateError(
    UpstreamError, token="tls_certificate_error", proxy_error="tls_certificate_error"
):
    """The upstream's certificate is not valid; ``detail`` gives issuer, names or date."""


class TlsError(UpstreamError, token="tls_error", proxy_error="tls_protocol_error"):
    """The TLS handshake with the upstream failed for another reason."""


class ResponseTimeout(
    UpstreamError, status=504, token="response_timeout", proxy_error="http_response_timeout"
):
    """The upstream sent nothing for ``response_timeout_s``."""


class BadResponse(UpstreamError, token="bad_response", proxy_error="http_protocol_error"):
    """What came from the upstream is not a valid HTTP/1.1 response."""


class ResponseHeadTooLarge(
    UpstreamError, token="response_head_too_large", proxy_error="http_response_header_section_size"
):
    """The head of the upstream's response is larger than ``response_head_kib``."""


class UpgradeFailed(UpstreamError, token="upgrade_failed", proxy_error="http_upgrade_failed"):
    """The upstream's 101 does not answer the client's WebSocket handshake (RFC 6455, 4.1)."""


class RedirectRefused(UpstreamError, token="redirect_refused", proxy_error="http_request_denied"):
    """The upstream redirects to a URL that this route does not allow."""
