"""What the parser below us says of bytes that are no request, in our own words."""

from aiohttp.http_exceptions import HttpProcessingError, InvalidURLError, LineTooLong

from sigproxy.errors import (
    BadRequest,
    GatewayError,
    HeadTooLarge,
    TargetTooLong,
    VersionUnsupported,
)


def error_for(error: HttpProcessingError) -> GatewayError:
    if isinstance(error, LineTooLong):
        if bytes(error.args[0]).startswith((b"/", b"http:", b"https:")):
            return TargetTooLong("the request target is too long")
        return HeadTooLarge("a field of the request is too large")
    if isinstance(error, InvalidURLError):  # whose message is the URL, tokens and all
        return BadRequest("the request target is no URL")
    reason = reason_of(error)
    if reason == "Too many headers received":
        return HeadTooLarge("the request has too many fields")
    if reason.startswith("Bad status line"):  # aiohttp's word for any first line
        reason = "its first line is no request line of HTTP/1.1"
    if "PRI" in reason:  # the preface of HTTP/2 (RFC 9113, 3.4)
        return VersionUnsupported("HTTP/2 is not spoken here; use HTTP/1.1")
    return BadRequest(f"the request is malformed: {reason}")


def reason_of(error: HttpProcessingError) -> str:
    return (error.message or "not HTTP/1.1").partition(":\n")[0].strip()
