"""How requests and responses are read, what aiohttp's parsers refuse, and what they let through."""

import re
from functools import lru_cache, partial

from aiohttp import http
from aiohttp.http import RawResponseMessage
from aiohttp.http_exceptions import (
    HttpProcessingError,
    InvalidHeader,
    InvalidURLError,
    LineTooLong,
)
from aiohttp.http_parser import HttpRequestParser, HttpResponseParser

from sigproxy.errors import (
    BadRequest,
    BadResponse,
    HeadTooLarge,
    RequestError,
    ResponseHeadTooLarge,
    TargetTooLong,
    VersionUnsupported,
)
from sigproxy.gateway.reader import REQUEST_PART_BYTES, RESPONSE_PART_BYTES, Grammar
from sigproxy.gateway.receiver import MalformedBody
from sigproxy.policies.limits import Limits
from sigproxy.semantics import fields as f
from sigproxy.semantics import request_line
from sigproxy.semantics.boundaries import Body, ChunkedBody, CloseBody, LengthBody
from sigproxy.semantics.fields import Fields
from sigproxy.semantics.framing import BODILESS, LENGTH_DIGITS

SLACK = 2  # by how much a request may exceed a limit before reading stops
# A vendor that writes its response in single bytes is a nuisance, and its users' all the same; a
# client that does so is none of an SDK's.
RESPONSE_WORTH = 8
# Bodies never reach the parsers, so that they need no protocol, no loop and no limit.
_NO_BODIES = (None, None, 0)
_CONTROL = re.compile(r"[\0-\x08\n-\x1f\x7f]")


class BrokenBody(Exception):
    """A response's body ended before its end; args[0] says how."""


class SilentBody(BrokenBody):
    """The upstream went silent within a response's body."""


@lru_cache(maxsize=8)
def request_grammar(limits: Limits) -> Grammar[http.RawRequestMessage]:
    """Return how requests are read.

    Beyond a limit reading goes on a little, so that the answer can carry CORS fields.
    """
    return Grammar(
        new_parser=partial(
            HttpRequestParser,
            *_NO_BODIES,
            max_line_size=limits.request_target_bytes * SLACK,
            max_field_size=limits.request_field_bytes * SLACK,
            max_headers=limits.field_lines,
            response_with_body=False,
            auto_decompress=False,
        ),
        check_line=request_line.check,
        may_begin=lambda line: line[:1].isupper(),  # as every method does
        body_of=partial(_request_body, limits.request_head_bytes),
        head_error=request_error,
        not_http=lambda: BadRequest("its first line is no request line of HTTP/1.1"),
        in_doubt=_request_in_doubt,
        too_large=partial(_request_too_large, limits),
        broken_body=MalformedBody,
        most_head_bytes=limits.request_head_bytes * SLACK,
        is_lenient=False,
        worth=1,
        part_bytes=REQUEST_PART_BYTES,
    )


@lru_cache(maxsize=8)
def response_grammar(limits: Limits) -> Grammar[RawResponseMessage]:
    """Return how responses are read: as much as a client accepts, and no more than it is safe."""
    return Grammar(
        new_parser=partial(
            HttpResponseParser,
            *_NO_BODIES,
            max_line_size=limits.response_head_bytes,
            max_field_size=limits.response_head_bytes,
            max_headers=limits.response_field_lines,
            response_with_body=False,
            read_until_eof=True,
            auto_decompress=False,
        ),
        check_line=lambda head: None,
        may_begin=lambda line: b"HTTP/".startswith(line[:5]),
        body_of=partial(_response_body, limits.response_head_bytes),
        head_error=partial(response_error, limits=limits),
        not_http=lambda: BadResponse("the upstream does not answer in HTTP/1.1"),
        in_doubt=lambda head: BadResponse(
            "where the head of the upstream's response ends is in doubt"
        ),
        too_large=lambda head: response_head_too_large(limits),
        broken_body=BrokenBody,
        most_head_bytes=limits.response_head_bytes,
        is_lenient=True,
        worth=RESPONSE_WORTH,
        part_bytes=RESPONSE_PART_BYTES,
    )


def _request_in_doubt(head: bytes) -> RequestError:
    if head.startswith(b"PRI "):  # the preface of HTTP/2 (RFC 9113, 3.4)
        return VersionUnsupported("HTTP/2 is not spoken here; use HTTP/1.1")
    return BadRequest("where the request's head ends is in doubt")


def _request_too_large(limits: Limits, head: bytes) -> RequestError:
    if len(head.lstrip(b"\r\n").partition(b"\n")[0]) > limits.request_target_bytes:
        return TargetTooLong("the request target is too long")
    return HeadTooLarge("the request's head is too large")


def _request_body(trailer_bytes: int, head: http.RawRequestMessage) -> Body | None:
    if head.chunked:
        return ChunkedBody(trailer_bytes)
    length = _length(head.raw_headers)
    return LengthBody(length) if length else None


def _response_body(trailer_bytes: int, head: RawResponseMessage) -> Body | None:
    """RFC 9112, 6.3; what is wrong with a head is found by ``check_response_head``."""
    if head.code < 200 or head.code in BODILESS:
        return None
    if head.chunked:
        return ChunkedBody(trailer_bytes, lenient=True)
    length = _length(head.raw_headers)
    if length is None:
        return CloseBody()
    return LengthBody(length) if length else None


def _length(fields: Fields) -> int | None:
    """Return what Content-Length says, in digits as the parser has let them pass."""
    value = f.first(fields, b"content-length")
    return None if value is None else int(value.lstrip(b"0")[: LENGTH_DIGITS + 1] or 0)


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
    if "PRI" in reason:
        return _request_in_doubt(b"PRI ")
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
