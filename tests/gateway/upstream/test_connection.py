"""What an upstream sends behind the end of its response belongs to nobody."""

import asyncio
from typing import cast

import pytest

from sigproxy.gateway.reader import PARTS_AHEAD
from sigproxy.gateway.upstream.connection import Connection
from sigproxy.gateway.upstream.response_grammar import BrokenBody
from sigproxy.policies.limits import Limits
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.boundaries import CHUNKS_A_TURN
from tests.lab.lab import until
from tests.lab.wire import CHUNKED, LAST_CHUNK, chunk, response

BEHIND = {
    "nothing": b"",
    "a second response": response(200, b"SECOND!"),
    "a second response's head": b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
    "an interim response": b"HTTP/1.1 103 Early Hints\r\n\r\n",
    "half a status line": b"HTTP/1.1 20",
    "half a head": b"HTTP/1.1 200 OK\r\nX-Begun: ",
    "a head but its last line": b"HTTP/1.1 204 No Content\r\n",
    "garbage": b"garbage\r\n\r\n",
}


class Transport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.closed = self.is_paused = self.is_reset = False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.is_reset = True

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False


async def connected() -> Connection:
    connection = Connection(Authority.parse(b"up.example.com"), asyncio.get_running_loop())
    connection.connection_made(Transport())
    connection.expect("GET", Limits())
    return connection


@pytest.mark.parametrize("name", BEHIND)
@pytest.mark.parametrize("at_once", [True, False], ids=["in one segment", "in two"])
async def test_a_body_that_is_being_read_is_neither_shorter_nor_longer(
    name: str, at_once: bool
) -> None:
    connection = await connected()
    connection.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nfour")
    _, body = await connection.read_head(lambda head: None)
    read = body.read_nowait()

    segments = [b"more" + BEHIND[name]] if at_once else [b"more", BEHIND[name]]
    for segment in filter(None, segments):
        connection.data_received(segment)

    while part := await connection.read_part(30.0):
        read += part
    assert read == b"fourmore"
    assert body.at_eof()
    usable = connection.is_usable and connection.is_between_messages
    assert usable == (name == "nothing")


@pytest.mark.parametrize("name", BEHIND)
async def test_a_response_is_one_whatever_comes_behind_it_at_once(name: str) -> None:
    connection = await connected()

    connection.data_received(response(200, b"body") + BEHIND[name])

    head, body = await connection.read_head(lambda head: None)
    assert (head.status, body.read_nowait(), body.at_eof()) == (200, b"body", True)


@pytest.mark.parametrize("status", [200, 204, 304])
async def test_a_body_that_must_not_be_is_nobodys(status: int) -> None:
    connection = await connected()
    connection.expect("HEAD" if status == 200 else "GET", Limits())

    connection.data_received(response(status, b"body"))

    head, body = await connection.read_head(lambda head: None)
    assert (head.status, body.at_eof()) == (status, True)
    assert not connection.is_usable


@pytest.mark.parametrize(
    "whole",
    [
        response(200, b"body"),
        response(200, b"", CHUNKED, framed=False) + LAST_CHUNK,
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n",
        response(200, b"body") + b"\r\n",  # RFC 9112, 2.2: old servers do
    ],
)
async def test_a_connection_serves_one_exchange_after_the_other(whole: bytes) -> None:
    connection = await connected()
    for _ in range(3):
        connection.expect("GET", Limits())
        connection.data_received(whole)
        head, body = await connection.read_head(lambda head: None)
        assert head.status in (200, 304)
        assert body.read_nowait() == (b"body" if b"body" in whole else b"")
        assert connection.is_usable
        assert connection.is_between_messages
        connection.mark_idle()


async def test_a_trailer_is_no_field_of_the_next_response() -> None:
    connection = await connected()

    connection.data_received(response(200, b"", CHUNKED, framed=False) + b"0\r\nX: a\r\n\r\n")

    head, _ = await connection.read_head(lambda head: None)
    assert head.fields == ((b"Transfer-Encoding", b"chunked"),)
    assert connection.is_usable
    assert connection.is_between_messages

    connection.expect("GET", Limits())
    connection.data_received(response(200, b"next"))

    head, body = await connection.read_head(lambda head: None)
    assert (head.fields, body.read_nowait()) == (((b"Content-Length", b"4"),), b"next")


async def test_a_response_that_has_come_is_whole_though_a_reset_follows() -> None:
    """It waits for its turn when the reset is told of."""
    connection = await connected()
    parts = [b"%d" % number for number in range(3 * CHUNKS_A_TURN)]
    head = response(200, b"", CHUNKED, framed=False)
    connection.data_received(head + b"".join(map(chunk, parts)) + LAST_CHUNK)
    connection.connection_lost(ConnectionResetError())

    await connection.read_head(lambda head: None)
    read = b""
    while part := await connection.read_part(30.0):
        read += part

    assert read == b"".join(parts)


async def test_a_body_that_a_reset_cuts_is_an_error() -> None:
    connection = await connected()
    connection.data_received(response(200, b"", CHUNKED, framed=False) + chunk(b"x" * 20) * 600)
    connection.connection_lost(ConnectionResetError("reset"))

    _, body = await connection.read_head(lambda head: None)
    await until(lambda: body.exception() is not None)  # the rest has had its turns
    with pytest.raises(BrokenBody, match="connection lost: reset"):
        await connection.read_part(30.0)


@pytest.mark.parametrize(
    ("came", "is_reset"),
    [
        (response(200, b"body"), False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nfour", True),
        (b"HTTP/1.1 200 OK\r\n", True),
        (b"", True),
    ],
    ids=["whole", "in its body", "in its head", "not begun"],
)
async def test_who_is_not_done_with_a_response_is_told_at_once(came: bytes, is_reset: bool) -> None:
    connection = await connected()
    connection.data_received(came)

    connection.close()

    transport = cast(Transport, connection.transport)
    assert (transport.closed, transport.is_reset) == (True, is_reset)


async def test_a_body_in_single_bytes_is_read_no_further_than_its_parts_cost() -> None:
    connection = await connected()
    transport = cast(Transport, connection.transport)
    connection.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    await connection.read_head(lambda head: None)

    for _ in range(PARTS_AHEAD):
        assert not transport.is_paused
        connection.data_received(b"x")

    assert transport.is_paused
    assert await connection.read_part(30.0) == b"x" * PARTS_AHEAD
    assert not transport.is_paused
