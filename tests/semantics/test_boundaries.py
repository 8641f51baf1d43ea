"""Where heads and bodies end, under every cut into segments; llhttp reads the same ends."""

import asyncio
from typing import cast

import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParser, HttpResponseParser
from hypothesis import example, given
from hypothesis import strategies as st

from sigproxy.semantics.boundaries import (
    CHUNK_LINE_BYTES,
    CHUNKS_A_TURN,
    Body,
    ChunkedBody,
    CloseBody,
    HeadEnd,
    LengthBody,
    has_space_before_fields,
)
from tests.strategies import cut

BEHIND = b"GET /behind HTTP/1.1\r\nHost: a\r\n\r\n"
TRAILER_BYTES = 1024


def head_end_in(end: HeadEnd, segments: list[bytes]) -> int | None:
    """Return how much of all *segments* together is the head."""
    before = 0
    for segment in segments:
        found = end.find(segment)
        if found is not None:
            return before + found
        before += len(segment)
    return None


def taken_from(body: Body, segments: list[bytes]) -> tuple[bytes, int | None]:
    """Return the content in *segments*, and how much of them is the body; None: it is not whole."""
    content, before = b"", 0
    for segment in segments:
        while segment and not body.is_whole and body.fault is None:
            part, followed = body.take(segment)
            content += part
            before += followed
            segment = segment[followed:]
    return content, before if body.is_whole else None


def chunked_body(*, lenient: bool = False) -> ChunkedBody:
    return ChunkedBody(TRAILER_BYTES, lenient=lenient)


_line = st.sampled_from([b"A: b", b"\tx", b"\r", b"a\rb", b"\n", b"GET / HTTP/1.1"])
heads = st.lists(_line, min_size=1, max_size=4).map(b"\r\n".join)


@given(st.data(), st.sampled_from([b"", b"\r\n", b"\r\n\r\n\r\n", b"\n\r"]), heads)
def test_law_a_head_ends_with_its_first_blank_line(
    data: st.DataObject, before: bytes, head: bytes
) -> None:
    whole = before + head + b"\r\n\r\n" + BEHIND
    start = len(whole) - len(whole.lstrip(b"\r\n"))
    expected = whole.index(b"\r\n\r\n", start) + 4

    assert head_end_in(HeadEnd(), data.draw(cut(whole))) == expected


_line_ends = st.sampled_from([b"\n", b"\r\n"])


@given(st.data(), st.lists(st.tuples(st.sampled_from([b"A: b", b"C:"]), _line_ends), min_size=1))
def test_law_a_lenient_head_ends_with_its_first_blank_line(
    data: st.DataObject, lines: list[tuple[bytes, bytes]]
) -> None:
    head = b"".join(line + end for line, end in lines) + data.draw(_line_ends)

    assert head_end_in(HeadEnd(lenient=True), data.draw(cut(head + BEHIND))) == len(head)


@given(st.data(), st.binary(min_size=1, max_size=50))
def test_law_a_body_with_a_length_has_that_length(data: st.DataObject, content: bytes) -> None:
    segments = data.draw(cut(content + BEHIND))
    assert taken_from(LengthBody(len(content)), segments) == (content, len(content))

    longer = LengthBody(len(content) + 1)
    assert taken_from(longer, data.draw(cut(content))) == (content, None)
    assert longer.missing() == f"{len(content)} of {len(content) + 1} bytes came"


@given(st.data(), st.binary(max_size=50))
def test_law_a_body_without_an_end_takes_everything(data: st.DataObject, content: bytes) -> None:
    body = CloseBody()
    assert taken_from(body, data.draw(cut(content))) == (content, None)
    assert body.missing() is None


_sizes = st.sampled_from([b"%x", b"%X", b"0%x", b"%x;a=b", b'%x;a="\xff;"', b"%x;" + b"a" * 90])
_chunks = st.lists(st.tuples(_sizes, st.binary(min_size=1, max_size=20)), max_size=4)
_trailers = st.lists(st.sampled_from([b"A: b", b"X:", b"Long: " + b"a" * 90]), max_size=3)


def chunked(
    chunks: list[tuple[bytes, bytes]], trailers: list[bytes], end: bytes = b"\r\n"
) -> bytes:
    parts = [size % len(part) + end + part + end for size, part in chunks]
    return b"".join([*parts, b"0" + end, *(line + end for line in trailers), end])


@given(st.data(), _chunks, _trailers, st.booleans())
def test_law_a_chunked_body_is_its_chunks_and_ends_after_its_trailers(
    data: st.DataObject, chunks: list[tuple[bytes, bytes]], trailers: list[bytes], lenient: bool
) -> None:
    body = chunked(chunks, trailers)
    content = b"".join(part for _, part in chunks)

    segments = data.draw(cut(body + BEHIND))
    assert taken_from(chunked_body(lenient=lenient), segments) == (content, len(body))
    short = chunked_body(lenient=lenient)
    assert taken_from(short, data.draw(cut(body[:-1]))) == (content, None)
    assert short.fault is None
    assert short.missing() == "its last chunk did not come"


@given(st.data(), _chunks, _trailers)
def test_law_a_lenient_line_may_end_without_cr(
    data: st.DataObject, chunks: list[tuple[bytes, bytes]], trailers: list[bytes]
) -> None:
    body = chunked(chunks, trailers, b"\n")
    content = b"".join(part for _, part in chunks)

    segments = data.draw(cut(body + BEHIND))
    assert taken_from(chunked_body(lenient=True), segments) == (content, len(body))
    assert taken_from(chunked_body(), segments)[1] is None


FAULTS = {
    **dict.fromkeys(
        [b"x", b"-1", b"+1", b"0x1", b"1_0", b"", b" 1", b"f" * 16, b"0" * 40 + b"1", b"1 "],
        "a chunk's size is not a hexadecimal number",
    ),
    b"1;a\0": "a chunk's size is not a hexadecimal number",
    b"1;a\rb": "a chunk's size is not a hexadecimal number",
    b"1;" + b"a" * CHUNK_LINE_BYTES: "a chunk's size: too long",
    b"1\n": "a chunk's size: no CR before its LF",
    b"1\r\nab": "a chunk is longer than its size",
    b"1\r\na\n": "the line end after a chunk: no CR before its LF",
    b"0\r\n A: b": "a trailer is not a valid field",
    b"0\r\nA b": "a trailer is not a valid field",
    b"0\r\nA: \0": "a trailer is not a valid field",
    b"0\r\nA: " + b"a" * TRAILER_BYTES: "its trailers: too long",
    b"0\r\n" + b"A: 456\r\n" * 200: "its trailers: too long",
}


@pytest.mark.parametrize("odd", FAULTS, ids=lambda odd: repr(odd[:12]))
@pytest.mark.parametrize("size", [1, 7, 1 << 16])
def test_what_is_no_chunked_body_has_no_end(odd: bytes, size: int) -> None:
    whole = odd + b"\r\na\r\n0\r\n\r\n"
    body = chunked_body()
    segments = [whole[at : at + size] for at in range(0, len(whole), size)]

    assert taken_from(body, segments)[1] is None
    assert body.fault == FAULTS[odd]


def test_a_turn_follows_so_many_chunks_and_no_more() -> None:
    body = chunked_body()
    data = b"1\r\nx\r\n" * CHUNKS_A_TURN * 3

    content, followed = body.take(data)

    assert 0 < len(content) <= CHUNKS_A_TURN
    assert followed == len(content) * len(b"1\r\nx\r\n")


class Paused:
    """As much of a protocol as StreamReader asks."""

    connected = False

    def pause_reading(self) -> None: ...

    def resume_reading(self, resume_parser: bool = True) -> None: ...


_pieces = [
    *(b"0\r\n\r\n", b"0\r\nA: b\r\n\r\n", b"3\r\nabc\r\n", b"3;x\r\nabc\r\n", b"3\r\nabcd\r\n"),
    *(b"0", b"3", b"\r\n", b"\r", b"\n", b"a", b";", b" ", b"0000000000000000000003", b"A: b\r\n"),
]


_head_pieces = [
    *(b"GET / HTTP/1.1\r\n", b"Host: a\r\n", b"A: b\r\n", b"A:\r\n", b"\r\n", b"\r", b"\n", b" "),
    *(b"GET / HTTP/1.1", b"Host: a", b"A: ", b"\0", b"\t", b"HTTP/1.1 200 OK\r\n", b"\xff"),
]


Parser = type[HttpRequestParser] | type[HttpResponseParser]


@given(st.lists(st.sampled_from(_head_pieces), max_size=8).map(b"".join))
def test_law_no_other_end_of_a_request_head_than_the_parsers(head: bytes) -> None:
    """Before the first end; behind that, or an error, nothing is read."""
    check_head_end(HttpRequestParser, HeadEnd(), head)


_response_pieces = [
    *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\n", b"A: b\r\n", b"A: b\n", b"A:\n", b"\r\n"),
    *(b"\r", b"\n", b" ", b"A: ", b"\t", b"GET / HTTP/1.1\r\n", b"Content-Length: 0\r\n"),
]


@given(st.lists(st.sampled_from(_response_pieces), max_size=8).map(b"".join))
@example(b"HTTP/1.1 200 OK\r\n \r\n\r\n")
@example(b"HTTP/1.1 200 OK\r\n \r\nA: b\r\n\r\n")
def test_law_no_other_end_of_a_response_head_than_the_parsers(head: bytes) -> None:
    if has_space_before_fields(head):
        return  # refused before it is parsed
    check_head_end(HttpResponseParser, HeadEnd(lenient=True), head)


@pytest.mark.parametrize(
    ("head", "has_space"),
    [
        (b"HTTP/1.1 200 OK\r\n \r\n\r\n", True),
        (b"HTTP/1.1 200 OK\n\tA: b\n\n", True),
        (b"\r\nHTTP/1.1 200 OK\r\n A: b\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\n\r\n", False),
        (b"HTTP/1.1 200 OK", False),
    ],
)
def test_space_before_the_fields_is_told(head: bytes, has_space: bool) -> None:
    assert has_space_before_fields(head) == has_space


def check_head_end(kind: Parser, boundary: HeadEnd, head: bytes) -> None:
    """The parser is given a whole head at once: what it makes of it must be a whole message."""
    end = head_end_in(boundary, [head])
    if end is None:
        return
    loop = asyncio.new_event_loop()
    try:
        parser = kind(cast(BaseProtocol, Paused()), loop, 1 << 16)
        messages, _, _ = parser.feed_data(head[:end])
        assert len(messages) == 1 or not head[:end].startswith((b"GET", b"HTTP"))
        parser = kind(cast(BaseProtocol, Paused()), loop, 1 << 16)
        assert parser.feed_data(head[: end - 1])[0] == ()
    except HttpProcessingError:
        pass  # what is refused has no end
    finally:
        loop.close()


@given(st.lists(st.sampled_from(_pieces), max_size=6).map(b"".join))
def test_law_no_other_end_than_the_parsers(body: bytes) -> None:
    """Where both find an end it is the same one; where one finds none, nothing is served behind."""
    _, end = taken_from(chunked_body(), [body])
    read = parser_end(body)
    assert end == read or end is None or read is None


def parser_end(body: bytes) -> int | None:
    """Return how many bytes of *body* the parser needs until it has all of it."""
    loop = asyncio.new_event_loop()
    try:
        parser = HttpRequestParser(cast(BaseProtocol, Paused()), loop, 1 << 16)
        head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        [(_, stream)], _, _ = parser.feed_data(head)
        for position in range(len(body)):
            parser.feed_data(body[position : position + 1])
            if stream.is_eof():
                return position + 1
    except HttpProcessingError:
        pass
    finally:
        loop.close()
    return None
