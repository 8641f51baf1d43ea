"""Where heads and bodies end, under every cut into segments; llhttp reads the same ends."""

import asyncio
from typing import cast

import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParser
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.semantics.boundaries import ChunkedEnd, HeadEnd, LengthEnd
from tests.strategies import cut

BEHIND = b"GET /behind HTTP/1.1\r\nHost: a\r\n\r\n"

Boundary = HeadEnd | LengthEnd | ChunkedEnd


def end_in(boundary: Boundary, segments: list[bytes]) -> int | None:
    """Return how much of all *segments* together *boundary* finds to belong to it."""
    before = 0
    for segment in segments:
        end = boundary.find(segment)
        if end is not None:
            return before + end
        before += len(segment)
    return None


_line = st.sampled_from([b"A: b", b"\tx", b"\r", b"a\rb", b"\n", b"GET / HTTP/1.1"])
heads = st.lists(_line, min_size=1, max_size=4).map(b"\r\n".join)


@given(st.data(), st.sampled_from([b"", b"\r\n", b"\r\n\r\n\r\n", b"\n\r"]), heads)
def test_law_a_head_ends_with_its_first_blank_line(
    data: st.DataObject, before: bytes, head: bytes
) -> None:
    whole = before + head + b"\r\n\r\n" + BEHIND
    start = len(whole) - len(whole.lstrip(b"\r\n"))
    expected = whole.index(b"\r\n\r\n", start) + 4

    assert end_in(HeadEnd(), data.draw(cut(whole))) == expected


@given(st.data(), st.integers(1, 50))
def test_law_a_body_with_a_length_has_that_length(data: st.DataObject, length: int) -> None:
    whole = b"x" * length

    assert end_in(LengthEnd(length), data.draw(cut(whole + BEHIND))) == length
    assert end_in(LengthEnd(length + 1), data.draw(cut(whole))) is None


@pytest.mark.parametrize(("text", "length"), [("3", 3), ("0" * 5000 + "3", 3), ("0", 0), ("", 0)])
def test_a_length_may_have_zeros_before_it(text: str, length: int) -> None:
    assert LengthEnd.of(text).find(b"abcde") == length


_sizes = st.sampled_from([b"%x", b"%X", b"0%x", b"%x;a=b", b'%x;a="\xff;"', b"%x ;" + b"a" * 90])
_chunks = st.lists(st.tuples(_sizes, st.binary(min_size=1, max_size=20)), max_size=4)
_trailers = st.lists(st.sampled_from([b"A: b", b"X:", b"Long: " + b"a" * 90]), max_size=3)


def chunked(chunks: list[tuple[bytes, bytes]], trailers: list[bytes]) -> bytes:
    parts = [size % len(part) + b"\r\n" + part + b"\r\n" for size, part in chunks]
    return b"".join([*parts, b"0\r\n", *(line + b"\r\n" for line in trailers), b"\r\n"])


@given(st.data(), _chunks, _trailers)
def test_law_a_chunked_body_ends_behind_its_trailers(
    data: st.DataObject, chunks: list[tuple[bytes, bytes]], trailers: list[bytes]
) -> None:
    body = chunked(chunks, trailers)

    assert end_in(ChunkedEnd(), data.draw(cut(body + BEHIND))) == len(body)
    assert end_in(ChunkedEnd(), data.draw(cut(body[:-1]))) is None


@pytest.mark.parametrize(
    "odd", [b"x", b"-1", b"+1", b"0x1", b"1_0", b"", b" 1", b"f" * 16, b"0" * 40 + b"1"]
)
def test_what_is_no_size_has_no_end(odd: bytes) -> None:
    boundary = ChunkedEnd()
    assert end_in(boundary, [odd + b"\r\na\r\n0\r\n\r\n", b"0\r\n\r\n"]) is None


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


@given(st.lists(st.sampled_from(_head_pieces), max_size=8).map(b"".join))
def test_law_no_other_end_of_a_head_than_the_parsers(head: bytes) -> None:
    """Before the first end; behind that, or an error, nothing is read."""
    end = end_in(HeadEnd(), [head])
    read, is_wrong = head_end(head)
    assert read is None or end == read
    assert end is None or read == end or is_wrong


def head_end(head: bytes) -> tuple[int | None, bool]:
    """Return how many bytes of *head* the parser needs for a message, and whether it refused."""
    loop = asyncio.new_event_loop()
    try:
        parser = HttpRequestParser(cast(BaseProtocol, Paused()), loop, 1 << 16)
        for position in range(len(head)):
            if parser.feed_data(head[position : position + 1])[0]:
                return position + 1, False
    except HttpProcessingError:
        return None, True
    finally:
        loop.close()
    return None, False


@given(st.lists(st.sampled_from(_pieces), max_size=6).map(b"".join))
def test_law_no_other_end_than_the_parsers(body: bytes) -> None:
    """Where both find an end it is the same one; where one finds none, nothing is served behind."""
    end = end_in(ChunkedEnd(), [body])
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
