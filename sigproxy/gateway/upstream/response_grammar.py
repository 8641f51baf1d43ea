"""How responses are read, and the errors for invalid ones."""

import re
from functools import lru_cache, partial
from typing import NamedTuple

from aiohttp.http import RawResponseMessage
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.http_parser import HttpResponseParser

from sigproxy.errors import BadResponse, ResponseHeadTooLarge
from sigproxy.gateway.parser_errors import reason_of
from sigproxy.gateway.reader import NO_BODIES, RESPONSE_PART_BYTES, Grammar
from sigproxy.policies.limits import Limits
from sigproxy.semantics import fields as f
from sigproxy.semantics.boundaries import (
    Body,
    ChunkedBody,
    CloseBody,
    LengthBody,
    has_space_before_fields,
)
from sigproxy.semantics.fields import Fields
from sigproxy.semantics.framing import BODILESS, content_length

# An upstream may waste more bytes than a client: a vendor that sends its body in tiny chunks still
# has users, but no SDK sends requests like that.
RESPONSE_WORTH = 8
_CONTROL = re.compile(r"[\0-\x08\n-\x1f\x7f]")


class ResponseHead(NamedTuple):
    status: int
    reason: str
    version: tuple[int, int]
    fields: Fields
    is_chunked: bool
    should_close: bool
    is_clean: bool  # see fields.is_clean
    size: int  # of its fields, in bytes, or somewhat more


class BrokenBody(Exception):
    """A response's body is incomplete or invalid; args[0] says how."""


class SilentBody(BrokenBody):
    """The upstream stopped sending in the middle of a response's body."""


@lru_cache(maxsize=8)
def response_grammar(limits: Limits) -> Grammar[ResponseHead]:
    """Return how responses are read: as leniently as clients read them, if that is safe."""
    return Grammar(
        new_parser=partial(
            HttpResponseParser,
            *NO_BODIES,
            max_line_size=limits.response_head_bytes,
            max_field_size=limits.response_head_bytes,
            max_headers=limits.response_field_lines,
            response_with_body=False,
            read_until_eof=True,
            auto_decompress=False,
        ),
        head_of=_head,
        check_line=_check_line,
        may_begin=lambda line: b"HTTP/".startswith(line[:5]),
        with_fields_of=None,  # fields are never the same again: they contain a date
        body_of=partial(_response_body, limits.response_head_bytes),
        head_error=partial(response_error, limits=limits),
        not_http=lambda: BadResponse("the upstream does not answer in HTTP/1.1"),
        in_doubt=lambda head: BadResponse(
            "it is unclear where the head of the upstream's response ends"
        ),
        too_large=lambda head: response_head_too_large(limits),
        broken_body=BrokenBody,
        most_head_bytes=limits.response_head_bytes,
        is_lenient=True,
        worth=RESPONSE_WORTH,
        part_bytes=RESPONSE_PART_BYTES,
    )


def _check_line(head: bytes) -> None:
    if has_space_before_fields(head):
        raise BadResponse("the upstream's response has white space before its first field")


def _head(parsed: RawResponseMessage, head: bytes) -> ResponseHead:
    fields = Fields(parsed.raw_headers)
    return ResponseHead(
        parsed.code,
        parsed.reason,
        (parsed.version.major, parsed.version.minor),
        fields,
        bool(parsed.chunked),
        bool(parsed.should_close),
        is_clean=_is_plain(head, len(fields)) or f.is_clean(fields),
        size=len(head) + len(fields),  # a space after each colon may be missing
    )


def _is_plain(head: bytes, count: int) -> bool:
    """Return whether *head* is *count* lines of plain fields, as nearly all are.

    That is told by a few searches, and saves a look at each name and value.
    """
    line_ends = head.count(b"\r\n")
    return (
        line_ends == count + 2
        and head.count(b"\n") == line_ends == head.count(b"\r")
        and not (b"\0" in head or b" :" in head or b"\t:" in head)
    )


def _response_body(trailer_bytes: int, head: ResponseHead) -> Body | None:
    """Return how to read the body (RFC 9112, 6.3); ``check_response_head`` finds errors."""
    if head.status < 200 or head.status in BODILESS:
        return None
    if head.is_chunked:
        return ChunkedBody(trailer_bytes, lenient=True)
    length = content_length(head.fields)
    if length is None:
        return CloseBody()
    return LengthBody(length) if length else None


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


def check_response_head(head: ResponseHead, limits: Limits) -> None:
    """Raise BadResponse or ResponseHeadTooLarge for what RFC 9112 does not allow."""
    fields = head.fields
    if head.size > limits.response_head_bytes and fields.size > limits.response_head_bytes:
        raise response_head_too_large(limits)
    if head.version[0] != 1:
        raise BadResponse(f"the upstream answers in HTTP/{head.version[0]}, not HTTP/1.1")
    if head.status < 100:
        raise BadResponse(f"the upstream's status code is {head.status:03}")
    codings = f.elements(fields, b"transfer-encoding")
    # We ask for none: to take one off would corrupt the body.
    if codings and [each.lower() for each in codings] != [b"chunked"]:
        raise BadResponse(f"the upstream's Transfer-Encoding is {b', '.join(codings)[:100]!r}")
    if not head.is_clean:
        raise BadResponse(
            "a field of the upstream's response holds CR, LF or NUL, or a space in its name"
        )
    if _CONTROL.search(head.reason):
        raise BadResponse("the upstream's reason phrase holds control characters")
