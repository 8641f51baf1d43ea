"""What aiohttp's parsers refuse, in our own words, what they let through, and what they keep."""

import asyncio
import re
from typing import cast

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import RawResponseMessage
from aiohttp.http_exceptions import (
    HttpProcessingError,
    InvalidHeader,
    InvalidURLError,
    LineTooLong,
)
from aiohttp.http_parser import HttpResponseParser

from sigproxy.errors import (
    BadRequest,
    BadResponse,
    HeadTooLarge,
    RequestError,
    ResponseHeadTooLarge,
    TargetTooLong,
    VersionUnsupported,
)
from sigproxy.gateway.transport import Flow
from sigproxy.policies.limits import Limits
from sigproxy.semantics import fields as f

_AHEAD_BYTES = 64 * 1024  # of a body: read ahead of whoever takes it
_CONTROL = re.compile(r"[\0-\x08\n-\x1f\x7f]")
_PROBE = b"HTTP/1.1 204 \r\n\r\n"


class BrokenBody(Exception):
    """A response's body ended before its end; args[0] says how."""


class SilentBody(BrokenBody):
    """The upstream went silent within a response's body."""


def response_parser(
    flow: Flow, loop: asyncio.AbstractEventLoop, limits: Limits, *, with_body: bool
) -> HttpResponseParser:
    """Return what reads responses, to a method that has them *with_body* or not."""
    return HttpResponseParser(
        cast(BaseProtocol, flow),  # as far as StreamReader uses one
        loop,
        _AHEAD_BYTES,
        max_line_size=limits.response_head_bytes,
        max_field_size=limits.response_head_bytes,
        max_headers=limits.response_field_lines,
        payload_exception=BrokenBody,
        response_with_body=with_body,
        read_until_eof=True,
        auto_decompress=False,
    )


def request_error(error: Exception) -> RequestError:
    if isinstance(error, LineTooLong):
        if bytes(error.args[0]).startswith((b"/", b"http:", b"https:")):
            return TargetTooLong("the request target is too long")
        return HeadTooLarge("a field of the request is too large")
    # Its message is the URL, tokens and all; the others are what yarl raises itself.
    if isinstance(error, InvalidURLError | IndexError | ValueError):
        return BadRequest("the request target is no URL")
    reason = reason_of(error)
    if reason == "Too many headers received":
        return HeadTooLarge("the request has too many fields")
    if reason.startswith("Bad status line"):  # aiohttp's word for any first line
        reason = "its first line is no request line of HTTP/1.1"
    if "PRI" in reason:  # the preface of HTTP/2 (RFC 9113, 3.4)
        return VersionUnsupported("HTTP/2 is not spoken here; use HTTP/1.1")
    return BadRequest(f"the request is malformed: {reason}")


def reason_of(error: Exception) -> str:
    if isinstance(error, InvalidHeader):  # its message is the field's value: a cookie, a token
        return "a field has a forbidden character"
    message = error.message if isinstance(error, HttpProcessingError) else str(error)
    return (message or "not HTTP/1.1").partition(":\n")[0].strip()


def response_error(
    error: HttpProcessingError, limits: Limits
) -> BadResponse | ResponseHeadTooLarge:
    if isinstance(error, LineTooLong) or error.message == "Too many headers received":
        return response_head_too_large(limits)
    return BadResponse(f"the upstream's response is malformed: {reason_of(error)}")


def response_head_too_large(limits: Limits) -> ResponseHeadTooLarge:
    return ResponseHeadTooLarge(
        f"the upstream's response head is over {limits.response_head_bytes} bytes"
    )


def check_response_head(head: RawResponseMessage, limits: Limits) -> None:
    """Raise BadResponse or ResponseHeadTooLarge for what RFC 9112 does not allow."""
    fields = head.raw_headers
    if f.size(fields) > limits.response_head_bytes:
        raise response_head_too_large(limits)
    if head.version.major != 1:
        raise BadResponse(f"the upstream answers in HTTP/{head.version.major}, not HTTP/1.1")
    if head.code < 100:
        raise BadResponse(f"the upstream's status code is {head.code:03}")
    codings = [each.lower() for each in f.elements(fields, b"transfer-encoding")]
    if codings not in ([], [b"chunked"]):  # we ask for none: taking it off would corrupt the body
        raise BadResponse(f"the upstream's Transfer-Encoding is {b', '.join(codings)[:100]!r}")
    if not f.is_clean(fields):
        raise BadResponse(
            "a field of the upstream's response holds CR, LF or NUL, or a space in its name"
        )
    if _CONTROL.search(head.reason):
        raise BadResponse("the upstream's reason phrase holds control characters")


def is_between_responses(parser: HttpResponseParser) -> bool:
    """Return whether *parser*, behind a response, holds nothing of a next one.

    Whoever can make an upstream's Content-Length too small would begin the next client's response;
    and the last trailer of one would be a field of the next (aiohttp 3.14.5). The parser does not
    tell what it holds. But to it a whole message is just that only between two.
    """
    try:
        messages, _, _ = parser.feed_data(_PROBE)
    except HttpProcessingError:
        return False
    return [(head.code, head.raw_headers) for head, _ in messages] == [(204, ())]
