"""How requests are read, and the errors for those that the parser refuses."""

from functools import lru_cache, partial

from aiohttp import http
from aiohttp.http_exceptions import InvalidURLError, LineTooLong
from aiohttp.http_parser import HttpRequestParser

from sigproxy.errors import (
    BadRequest,
    HeadTooLarge,
    RequestError,
    TargetTooLong,
    VersionUnsupported,
)
from sigproxy.gateway.downstream.request import MalformedBody, RequestHead
from sigproxy.gateway.parser_errors import reason_of
from sigproxy.gateway.reader import NO_BODIES, REQUEST_PART_BYTES, Grammar
from sigproxy.policies.limits import Limits
from sigproxy.semantics import request_line
from sigproxy.semantics.boundaries import Body, ChunkedBody, LengthBody
from sigproxy.semantics.fields import Fields
from sigproxy.semantics.framing import content_length

SLACK = 2  # the factor by which a request may exceed a limit before the parser refuses it


@lru_cache(maxsize=8)
def request_grammar(limits: Limits) -> Grammar[RequestHead]:
    """Return how requests are read.

    A request a little beyond a limit is still parsed: the error response has CORS fields then.
    """
    return Grammar(
        new_parser=partial(
            HttpRequestParser,
            *NO_BODIES,
            max_line_size=limits.request_target_bytes * SLACK,
            max_field_size=limits.request_field_bytes * SLACK,
            max_headers=limits.field_lines,
            response_with_body=False,
            auto_decompress=False,
        ),
        head_of=_head,
        check_line=request_line.check,
        may_begin=lambda line: line[:1].isupper(),  # every method begins with a capital
        with_fields_of=_with_fields_of,
        body_of=partial(_request_body, limits.request_head_bytes),
        head_error=request_error,
        not_http=lambda: BadRequest("its first line is not a request line of HTTP/1.1"),
        in_doubt=_request_in_doubt,
        too_large=partial(_request_too_large, limits),
        broken_body=MalformedBody,
        most_head_bytes=limits.request_head_bytes * SLACK,
        is_lenient=False,
        worth=1,
        part_bytes=REQUEST_PART_BYTES,
    )


def _head(parsed: http.RawRequestMessage, head: bytes) -> RequestHead:
    return RequestHead(
        parsed.method,
        _target(parsed),
        (parsed.version.major, parsed.version.minor),
        Fields(parsed.raw_headers),
        bool(parsed.chunked),
        bool(parsed.should_close),
    )


def _with_fields_of(parsed: http.RawRequestMessage, before: RequestHead) -> RequestHead | None:
    version = (parsed.version.major, parsed.version.minor)
    if parsed.method != before.method or version != before.version:
        return None
    return before._replace(target=_target(parsed))


def _target(parsed: http.RawRequestMessage) -> bytes:
    path: str | None = parsed.path  # aiohttp 3.14.5 has none for CONNECT with a line feed in front
    if path is None:
        raise BadRequest("the request has no target")
    return path.encode("utf-8", "surrogateescape")


def _request_in_doubt(head: bytes) -> RequestError:
    if head.startswith(b"PRI "):  # the preface of HTTP/2 (RFC 9113, 3.4)
        return VersionUnsupported("HTTP/2 is not supported; use HTTP/1.1")
    return BadRequest("it is unclear where the request's head ends")


def _request_too_large(limits: Limits, head: bytes) -> RequestError:
    if len(head.lstrip(b"\r\n").partition(b"\n")[0]) > limits.request_target_bytes:
        return TargetTooLong("the request target is too long")
    return HeadTooLarge("the request's head is too large")


def _request_body(trailer_bytes: int, head: RequestHead) -> Body | None:
    if head.is_chunked:
        return ChunkedBody(trailer_bytes)
    length = content_length(head.fields)
    return LengthBody(length) if length else None


def request_error(error: Exception) -> RequestError:
    if isinstance(error, LineTooLong):
        if bytes(error.args[0]).startswith((b"/", b"http:", b"https:")):
            return TargetTooLong("the request target is too long")
        return HeadTooLarge("a field of the request is too large")
    # yarl raises these. The message is not repeated: it is the URL, including tokens.
    if isinstance(error, InvalidURLError | IndexError | ValueError):
        return BadRequest("the request target is not a URL")
    reason = reason_of(error)
    if reason == "Too many headers received":
        return HeadTooLarge("the request has too many fields")
    if reason.startswith("Bad status line"):  # aiohttp says this of any first line
        reason = "its first line is not a request line of HTTP/1.1"
    if "PRI" in reason:
        return _request_in_doubt(b"PRI ")
    return BadRequest(f"the request is malformed: {reason}")
