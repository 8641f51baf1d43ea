"""Every error that the gateway itself answers with.

One class is one cause: one status and one RFC 9209 error type. ``token`` is what the client's
JSON, the access log and the operator's grep have in common.

    GatewayError
    ├── RequestError      the client's request is at fault              4xx, 501, 505
    ├── PolicyError       well-formed, but not admitted here            403, 508
    ├── LimitError        admitted, but too much of it                  429, 503
    └── UpstreamError     the vendor's side failed us                   502, 504
"""

from typing import ClassVar


class GatewayError(Exception):
    """Something that ends an exchange with an answer of the gateway's own."""

    status: ClassVar[int] = 500
    token: ClassVar[str] = "internal_error"
    proxy_error: ClassVar[str] = "proxy_internal_error"  # RFC 9209, 2.3
    ends_connection: ClassVar[bool] = False

    def __init__(self, detail: str, *fields: tuple[bytes, bytes]) -> None:
        """*detail* is for a person; *fields* are those that this answer must carry."""
        super().__init__(detail)
        self.detail = detail
        self.fields = fields


class InternalError(GatewayError):
    """A fault of the gateway's own; the operator's log has the traceback."""


class RequestError(GatewayError):
    status = 400
    token = "bad_request"
    proxy_error = "http_request_error"


class BadRequest(RequestError):
    """RFC 9112 forbids the message."""


class BadFraming(BadRequest):
    """Where the request ends cannot be told, and so nothing behind it be read (RFC 9112, 6.3)."""

    ends_connection = True


class BadTarget(RequestError):
    """The request target names no upstream that could exist."""

    token = "bad_target"


class NoRoute(RequestError):
    """No route, or nothing under the route that looks like a host."""

    status = 404
    token = "no_route"
    proxy_error = "destination_not_found"


class MethodRefused(RequestError):
    """What a CONNECT declares as its content is none to one reader, and to another it is (RFC 9110,
    9.3.6)."""

    status = 405
    token = "method_refused"
    ends_connection = True


class RequestTimeout(RequestError):
    status = 408
    token = "request_timeout"


class BodyTooLarge(RequestError):
    status = 413
    token = "body_too_large"


class TargetTooLong(RequestError):
    status = 414
    token = "target_too_long"


class UpgradeRequired(RequestError):
    """A WebSocket handshake of which a proxy in front has kept a part for itself."""

    status = 426
    token = "upgrade_required"


class HeadTooLarge(RequestError):
    status = 431
    token = "head_too_large"


class CodingUnsupported(RequestError):
    status = 501
    token = "transfer_coding_unsupported"
    ends_connection = True


class VersionUnsupported(RequestError):
    status = 505
    token = "http_version_unsupported"


class ProxyHeaderInvalid(RequestError):
    """The connection does not begin with a PROXY protocol header, and it must."""

    token = "proxy_header_invalid"


class ProxyHeaderTimeout(RequestError):
    status = 408
    token = "proxy_header_timeout"


class PolicyError(GatewayError):
    status = 403
    token = "refused"
    proxy_error = "http_request_denied"


class TargetRefused(PolicyError):
    """The route's ``targets`` do not list the host or the port."""

    token = "target_refused"


class OriginRefused(PolicyError):
    """The route's ``allowed_origins`` do not list the page's origin."""

    token = "origin_refused"


class KeyRefused(PolicyError):
    """The route has ``keys``, and the path none of them."""

    token = "key_refused"


class AddressRefused(PolicyError):
    """The name resolves to an address that may not be dialled (SSRF)."""

    token = "address_refused"
    proxy_error = "destination_ip_prohibited"


class ProxyHeaderUntrusted(PolicyError):
    """Somebody beside ``trusted_proxies`` connects where a PROXY protocol header is believed."""

    token = "proxy_header_untrusted"


class ServiceWorkerRefused(PolicyError):
    """A service worker would own the gateway's origin, and with it every vendor behind it."""

    token = "service_worker_refused"


class LoopDetected(PolicyError):
    status = 508
    token = "loop_detected"
    proxy_error = "proxy_loop_detected"


class LimitError(GatewayError):
    """One client, or all of them, hold or ask for more than they may; it passes by itself."""

    status = 429
    token = "too_many"
    proxy_error = "http_request_denied"

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail, (b"Retry-After", b"%d" % retry_after_s))


class TooManyRequests(LimitError):
    token = "too_many_requests"


class TooManyConnections(LimitError):
    token = "too_many_connections"


class TooManyWebSockets(LimitError):
    token = "too_many_websockets"


class Overloaded(LimitError):
    """The worker holds as much as it can, whoever asks."""

    status = 503
    token = "overloaded"


class DescriptorsExhausted(LimitError):
    """The process may open no more files or sockets; the operator's log says how to mend it."""

    status = 503
    token = "descriptors_exhausted"
    proxy_error = "proxy_internal_error"


class UpstreamError(GatewayError):
    status = 502
    token = "upstream_failed"
    proxy_error = "destination_unavailable"


class DnsError(UpstreamError):
    token = "dns_error"
    proxy_error = "dns_error"


class DnsTimeout(UpstreamError):
    status = 504
    token = "dns_timeout"
    proxy_error = "dns_timeout"


class ConnectionRefused(UpstreamError):
    token = "connection_refused"
    proxy_error = "connection_refused"


class ConnectionTimeout(UpstreamError):
    status = 504
    token = "connection_timeout"
    proxy_error = "connection_timeout"


class ConnectionTerminated(UpstreamError):
    """The upstream closed or reset before a whole response had arrived."""

    token = "connection_terminated"
    proxy_error = "connection_terminated"


class CertificateError(UpstreamError):
    token = "tls_certificate_error"
    proxy_error = "tls_certificate_error"


class TlsError(UpstreamError):
    token = "tls_error"
    proxy_error = "tls_protocol_error"


class ResponseTimeout(UpstreamError):
    status = 504
    token = "response_timeout"
    proxy_error = "http_response_timeout"


class BadResponse(UpstreamError):
    """What came from the upstream is not a valid HTTP/1.1 response."""

    token = "bad_response"
    proxy_error = "http_protocol_error"


class ResponseHeadTooLarge(UpstreamError):
    token = "response_head_too_large"
    proxy_error = "http_response_header_section_size"


class UpgradeFailed(UpstreamError):
    """The upstream's 101 is not the answer to the client's handshake (RFC 6455, 4.1)."""

    token = "upgrade_failed"
    proxy_error = "http_upgrade_failed"


class RedirectRefused(UpstreamError):
    """The upstream redirects to where this gateway does not go."""

    token = "redirect_refused"
    proxy_error = "http_request_denied"
