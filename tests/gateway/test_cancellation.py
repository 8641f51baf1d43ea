"""A client that leaves, at each point where the gateway waits: all that was begun is undone."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp.streams import StreamReader

from sigproxy.gateway import round_trip
from sigproxy.gateway.pool_owner import PoolOwner
from sigproxy.gateway.round_trip import Response
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target
from tests.gateway.upstream.test_resolver import blackhole
from tests.lab.client import Client
from tests.lab.dns import SILENT, Name
from tests.lab.frames import HANDSHAKE
from tests.lab.lab import NAME, Lab, Running, dials, open_files, tasks, until
from tests.lab.upstream import Peer, Script, Upstream, answering
from tests.lab.wire import CHUNKED, chunk, response

Leave = Callable[[Client], None]
LEAVE: list[Leave] = [Client.close, Client.reset]

leaving = pytest.mark.parametrize("leave", LEAVE, ids=["fin", "rst"])
both_listeners = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])


async def is_undone(gateway: Running, upstream: Upstream | None = None, error: str = "") -> None:
    """Wait until nothing of the exchange is left, and check its record."""
    await until(lambda: gateway.connections == 0)
    await until(lambda: gateway.gateway.drain.in_flight == 0)
    if upstream is not None:
        await until(lambda: upstream.open_peers == 0)
    assert gateway.gateway.upstream.idle_count == 0
    record = await gateway.observer.last()
    assert record.error == (error or "client_gone")
    assert record.ended_s is not None


async def silent(peer: Peer) -> None:
    await peer.head()
    await peer.gone()


async def started(peer: Peer) -> None:
    await peer.head()
    peer.send(response(200, b"", CHUNKED, framed=False) + chunk(b"first"))
    await peer.gone()


@leaving
@both_listeners
async def test_while_dns_is_asked(lab: Lab, leave: Leave, tls: bool) -> None:
    lab.dns.zone[NAME] = SILENT
    gateway = await lab.gateway(tls=tls, upstream={"connect_timeout_s": 1})
    client = await lab.client(gateway)
    client.ask(f"/{NAME}/".encode())
    await until(lambda: lab.dns.asked)

    leave(client)

    await is_undone(gateway)


@leaving
async def test_while_connecting(lab: Lab, leave: Leave) -> None:
    lab.dns.zone[NAME] = Name(("127.0.0.4",))
    with blackhole("127.0.0.4") as port:
        gateway = await lab.gateway()
        client = await lab.client(gateway)
        before = dials("127.0.0.4", port)
        client.ask(f"/{NAME}:{port}/".encode())
        await until(lambda: dials("127.0.0.4", port) > before)

        leave(client)

        await is_undone(gateway)
        await until(lambda: dials("127.0.0.4", port) == before)


@leaving
async def test_while_shaking_hands(lab: Lab, leave: Leave) -> None:
    upstream = await lab.upstream(Peer.gone, tls=False)
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.ask(upstream.at("/"))
    await upstream.peer()

    leave(client)

    await is_undone(gateway, upstream)


@leaving
@both_listeners
@pytest.mark.parametrize("fields", [(), HANDSHAKE], ids=["http", "websocket"])
async def test_while_waiting_for_the_head(
    lab: Lab, leave: Leave, tls: bool, fields: tuple[bytes, ...]
) -> None:
    upstream = await lab.upstream(silent)
    gateway = await lab.gateway(tls=tls)
    client = await lab.client(gateway)
    client.ask(upstream.at("/"), *fields)
    await until(lambda: upstream.requests)

    leave(client)

    await is_undone(gateway, upstream)


@leaving
@both_listeners
async def test_within_the_response(lab: Lab, leave: Leave, tls: bool) -> None:
    upstream = await lab.upstream(started)
    gateway = await lab.gateway(tls=tls)
    client = await lab.client(gateway)
    client.ask(upstream.at("/"))
    await client.head()

    leave(client)

    await is_undone(gateway, upstream)


@leaving
async def test_within_a_response_that_nobody_reads(lab: Lab, leave: Leave) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        while True:
            peer.send(b"x" * 65536)
            await peer.writer.drain()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway()
    client = await lab.client(gateway, buffer=65536)
    client.ask(upstream.at("/"))
    await client.head()
    await asyncio.sleep(0.3)

    leave(client)

    await is_undone(gateway, upstream)


@leaving
@both_listeners
@pytest.mark.parametrize("framing", [b"Content-Length: 1000", CHUNKED], ids=["length", "chunked"])
async def test_within_the_upload(lab: Lab, leave: Leave, tls: bool, framing: bytes) -> None:
    upstream = await lab.upstream(silent)
    gateway = await lab.gateway(tls=tls)
    client = await lab.client(gateway)
    client.ask(upstream.at("/"), framing, method=b"POST")
    client.send(chunk(b"first"))
    await until(lambda: upstream.requests)

    leave(client)

    await is_undone(gateway, upstream)


@leaving
async def test_before_the_upload_begins(lab: Lab, leave: Leave) -> None:
    upstream = await lab.upstream(silent)
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.ask(upstream.at("/"), b"Content-Length: 10", b"Expect: 100-continue", method=b"POST")
    await client.reader.readuntil(b"\r\n\r\n")

    leave(client)

    await is_undone(gateway)
    assert upstream.peers == []


@leaving
async def test_within_an_upload_that_nobody_takes(lab: Lab, leave: Leave) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await asyncio.sleep(1.0)
        await peer.gone()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway(limits={"request_body_mib": 100})
    client = await lab.client(gateway)
    client.ask(upstream.at("/"), b"Content-Length: 50000000", method=b"POST")
    for _ in range(50):
        client.send(b"x" * 1_000_000)
    await until(lambda: upstream.requests)
    await asyncio.sleep(0.3)

    leave_now = client.writer.transport.abort if leave is Client.close else client.reset
    leave_now()

    await is_undone(gateway, upstream)


@leaving
async def test_while_upload_and_response_cross(lab: Lab, leave: Leave) -> None:
    upstream = await lab.upstream(started)
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.ask(upstream.at("/"), CHUNKED, method=b"POST")
    client.send(chunk(b"first"))
    await client.head()

    leave(client)

    await is_undone(gateway, upstream)


@leaving
async def test_while_a_redirects_body_is_discarded(
    lab: Lab, leave: Leave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(round_trip, "DISCARDING_S", 10.0)

    async def script(peer: Peer) -> None:
        await peer.head()
        moved = (b"Location: /there", b"Content-Length: 10")
        peer.send(response(302, b"", *moved, framed=False) + b"x")
        await peer.gone()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.ask(upstream.at("/"))
    await until(lambda: upstream.requests)
    await asyncio.sleep(0.1)

    leave(client)

    await is_undone(gateway, upstream)
    assert len(upstream.peers) == 1


async def test_while_the_upload_is_given_up(lab: Lab) -> None:
    """The exchange had failed already, and was waiting for its upload to end."""
    upstream = await lab.upstream(silent)
    gateway = await lab.gateway()
    pool = gateway.gateway.upstream
    authority = Authority(NAME, upstream.port)
    exchange = gateway.gateway.exchanges.blank("")
    connection = await pool.acquire(authority, PoolOwner(), exchange, safe=True, fresh=True)
    endless = asyncio.create_task(asyncio.Event().wait())
    answered: Any = SimpleNamespace(code=200)
    unread = StreamReader(cast(Any, connection), 1)
    there = Target(authority, b"/")
    closing = asyncio.create_task(
        Response(there, answered, unread, connection, pool, cast(Any, endless)).close()
    )
    await asyncio.sleep(0)

    closing.cancel()

    await asyncio.wait((closing, endless))
    assert closing.cancelled()
    await until(lambda: connection.is_lost)


SCRIPTS: list[Script] = [silent, started, answering(response(200, b"ok"))]


async def test_many_at_random(lab: Lab) -> None:
    """A hundred clients that leave at odd moments, seven at a time."""
    upstreams = [await lab.upstream(script) for script in SCRIPTS]
    gateway = await lab.gateway()
    before = open_files()
    slots = asyncio.Semaphore(7)

    async def one(number: int) -> None:
        async with slots:
            client = await gateway.client()
            client.ask(upstreams[number % 3].at("/"), *(HANDSHAKE if number % 2 else ()))
            await asyncio.sleep(number % 10 * 0.002)
            LEAVE[number % 2](client)

    await asyncio.gather(*(one(number) for number in range(100)))

    await until(lambda: gateway.connections == 0)
    await until(lambda: gateway.gateway.drain.in_flight == 0)
    # Seven at the most are pooled.
    await until(lambda: all(upstream.open_peers <= 7 for upstream in upstreams))
    pooled = gateway.gateway.upstream.idle_count
    await until(lambda: open_files() <= before + 2 * pooled)
    await until(lambda: len(tasks()) <= pooled + len(upstreams))
