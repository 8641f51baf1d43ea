"""Connections of the admin listener: deadlines, bounds, and room for whoever asks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

import pytest
from aiohttp import web

from sigproxy.service import doorway
from sigproxy.service.doorway import MOST_BYTES, MOST_CONNECTIONS, Doorway
from tests.lab.client import Client
from tests.lab.wire import WAIT_S
from tests.service.admin import Watched

Connect = Callable[[], Awaitable[Client]]
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def ok(request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(text="ok")


@asynccontextmanager
async def guests(port: int) -> AsyncIterator[Connect]:
    """Give what opens connections to *port*; they are closed at the end."""
    opened: list[Client] = []

    async def connect() -> Client:
        opened.append(await Client.open("127.0.0.1", port))
        return opened[-1]

    try:
        yield connect
    finally:
        for client in opened:
            client.writer.transport.abort()
            client.close()


@asynccontextmanager
async def listening(
    answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]] = ok,
) -> AsyncIterator[Connect]:
    """Run a listener with pages of *answer*'s; give what opens connections to it."""
    pages = Doorway(answer)
    server = await asyncio.get_running_loop().create_server(pages, "127.0.0.1", 0)
    try:
        async with guests(server.sockets[0].getsockname()[1]) as connect:
            yield connect
    finally:
        server.close()
        await pages.close(0.1)


async def is_closed(client: Client) -> bool:
    """Wait for the other side to close; return whether it said nothing before."""
    try:
        async with asyncio.timeout(WAIT_S):
            return await client.reader.read() == b""
    except ConnectionError:
        return True


async def asked(connect: Connect) -> int:
    client = await connect()
    return (await client.get(b"/")).status


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n"])
async def test_a_head_has_a_deadline(monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    monkeypatch.setattr(doorway, "HEAD_S", 0.2)
    async with listening() as connect:
        client = await connect()
        client.send(said)
        assert await is_closed(client)


async def test_a_head_that_drips_has_the_same_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorway, "HEAD_S", 0.4)
    async with listening() as connect:
        client = await connect()
        client.send(b"GET / HTTP/1.1\r\n")
        closed = asyncio.create_task(is_closed(client))
        while not closed.done():
            client.send(b"X: y\r\n")
            await asyncio.wait([closed], timeout=0.05)
        assert await closed


async def test_one_connection_is_one_request() -> None:
    async with listening() as connect:
        client = await connect()
        answer = await client.get(b"/")
        assert (answer.status, answer.body) == (200, b"ok")
        assert answer.get(b"connection") == b"close"
        assert await is_closed(client)


async def test_whoever_does_not_read_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorway, "ANSWER_S", 0.3)
    ended = asyncio.Event()

    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        try:
            await response.prepare(request)
            while True:
                await response.write(b"x" * 65_536)
        finally:
            ended.set()

    async with listening(endless) as connect:
        client = await connect()
        cast(asyncio.Transport, client.writer.transport).pause_reading()
        client.send(GET)
        async with asyncio.timeout(WAIT_S):
            await ended.wait()


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * MOST_BYTES,
        b"GET / HTTP/1.1\r\nX: " + b"y" * MOST_BYTES,
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n" + b"y" * 2 * MOST_BYTES,
    ],
    ids=["many fields", "one long field", "body"],
)
async def test_a_request_is_bounded(said: bytes) -> None:
    never = asyncio.Event()

    async def waits(request: web.BaseRequest) -> web.StreamResponse:
        await never.wait()
        return web.Response()

    async with listening(waits) as connect:
        client = await connect()
        client.send(said)
        try:
            async with asyncio.timeout(WAIT_S):
                answer = await client.reader.read()
        except ConnectionError:
            return
        assert answer == b"" or answer.startswith(b"HTTP/1.0 400 ")  # the parser's own bounds


async def test_silent_connections_make_room_for_who_asks() -> None:
    async with listening() as connect:
        silent = [await connect() for _ in range(MOST_CONNECTIONS + 10)]
        for client in silent[:10]:  # the longest there
            assert await is_closed(client)
        assert [await asked(connect) for _ in range(5)] == [200] * 5


async def test_where_all_are_being_answered_one_more_is_closed() -> None:
    go_on, changed, asking = asyncio.Event(), asyncio.Event(), 0

    async def waits(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal asking
        asking += 1
        changed.set()
        await go_on.wait()
        return web.Response(text="ok")

    async with listening(waits) as connect:
        clients = [await connect() for _ in range(MOST_CONNECTIONS)]
        for client in clients:
            client.send(GET)
        async with asyncio.timeout(WAIT_S):
            while asking < MOST_CONNECTIONS:
                await changed.wait()
                changed.clear()
        assert await is_closed(await connect())
        go_on.set()
        for client in clients:
            assert (await client.response()).body == b"ok"
        assert await asked(connect) == 200


async def test_the_service_has_it(watched: Watched) -> None:
    running = watched.running
    await running.start()
    async with guests(watched.port) as connect:
        # More than its two workers hold.
        silent = [await connect() for _ in range(3 * MOST_CONNECTIONS)]

        assert (await watched.page(b"/-/ready")).status == 200
        assert (await watched.page(b"/-/metrics")).status == 200

        gone = [asyncio.create_task(each.reader.read()) for each in silent]
        ended, waiting = await asyncio.wait(gone, timeout=doorway.HEAD_S + 2 * WAIT_S)
        assert not waiting
        assert not any(each.result() for each in ended if each.exception() is None)
    assert (await watched.page(b"/-/ready")).status == 200
