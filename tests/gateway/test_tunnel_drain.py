"""The goodbye on shutdown: Close 1012 between two frames, and then nothing is left open."""

import asyncio

import pytest

from sigproxy.exchange import Exchange
from sigproxy.gateway import drain, tunnel
from tests.lab.client import Client
from tests.lab.frames import (
    BINARY,
    HANDSHAKE,
    TEXT,
    Frame,
    close,
    echo_frames,
    frame,
    handshake,
    read_frame,
    switching,
    upgraded,
)
from tests.lab.lab import Lab, open_files, tasks, until
from tests.lab.upstream import Peer
from tests.lab.wire import within

both_listeners = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
RESTART = 1012


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel, "CLOSE_HANDSHAKE_S", 0.8)
    monkeypatch.setattr(tunnel, "FLUSH_S", 0.5)


async def say_goodbye_to(client: Client) -> None:
    """Take the gateway's Close and answer it, as a client does."""
    assert (await read_frame(client)).close_code == RESTART
    client.send(close(RESTART, masked=True))


@both_listeners
async def test_a_websocket_is_told_1012(lab: Lab, tls: bool) -> None:
    upstream = await lab.upstream(upgraded(echo_frames))
    gateway = await lab.gateway(tls=tls)
    client = await lab.client(gateway)
    await handshake(client, upstream.at("/"))
    client.send(frame(TEXT, b"hello", masked=True))
    assert await read_frame(client) == Frame(TEXT, b"hello")

    stopping = gateway.stopping()
    await say_goodbye_to(client)
    assert await client.closed() == b""
    await stopping

    record = gateway.observer.ends[0]
    assert (record.close_code, record.closed_by) == (RESTART, "gateway")
    await until(lambda: upstream.open_peers == 0)


@both_listeners
async def test_a_large_frame_is_finished_first(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    monkeypatch.setattr(tunnel, "CLOSE_HANDSHAKE_S", 2.5)  # the half that is left comes within it
    large = frame(BINARY, b"x" * 1_000_000)
    go_on = asyncio.Event()

    async def script(peer: Peer) -> None:
        peer.send(large[:500_000])
        await go_on.wait()
        peer.send(large[500_000:])
        await peer.gone()

    upstream = await lab.upstream(upgraded(script))
    gateway = await lab.gateway(tls=tls)
    client = await lab.client(gateway)
    await handshake(client, upstream.at("/"))
    reading = asyncio.create_task(read_frame(client))
    await until(lambda: gateway.observer.opens[0].sent == 500_000)

    stopping = gateway.stopping()
    await asyncio.sleep(0.1)
    assert not reading.done()
    go_on.set()

    assert await reading == Frame(BINARY, b"x" * 1_000_000)
    await say_goodbye_to(client)
    assert await client.closed() == b""
    await stopping


async def test_the_boundary_may_lie_within_a_segment(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upstream that never pauses between two frames leaves no other place for the Close."""
    monkeypatch.setattr(tunnel, "CLOSE_HANDSHAKE_S", 2.5)
    large = frame(BINARY, b"x" * 100_000)

    async def script(peer: Peer) -> None:
        position = 0
        stream = large * 50
        while True:  # segments that never end with a frame
            peer.send(stream[position : position + 70_001])
            await peer.writer.drain()
            position = (position + 70_001) % len(large)
            await asyncio.sleep(0.005)

    upstream = await lab.upstream(upgraded(script))
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    await handshake(client, upstream.at("/"))
    assert (await read_frame(client)).opcode == BINARY

    stopping = gateway.stopping()
    async with within():
        while (received := await read_frame(client)).opcode == BINARY:
            assert received.payload == b"x" * 100_000
    assert received.close_code == RESTART
    client.send(close(RESTART, masked=True))
    assert await client.closed() == b""
    await stopping


async def test_nothing_follows_the_close(lab: Lab) -> None:
    async def chatter(peer: Peer) -> None:
        while True:
            peer.send(frame(TEXT, b"still talking"))
            await peer.writer.drain()
            await asyncio.sleep(0.01)

    upstream = await lab.upstream(upgraded(chatter))
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    await handshake(client, upstream.at("/"))

    stopping = gateway.stopping()
    async with within():
        while (received := await read_frame(client)).opcode == TEXT:
            pass
    assert received.close_code == RESTART
    assert await client.closed() == b""  # though it never answers the Close
    await stopping


async def test_a_frame_that_is_never_finished_does_not_hold_the_shutdown(lab: Lab) -> None:
    async def script(peer: Peer) -> None:
        peer.send(frame(BINARY, b"x" * 1_000_000)[:500_000])
        await peer.gone()

    upstream = await lab.upstream(upgraded(script))
    gateway = await lab.gateway(server={"drain_s": 60.0})
    client = await lab.client(gateway)
    await handshake(client, upstream.at("/"))
    await until(lambda: gateway.observer.opens[0].sent == 500_000)

    async with within():
        await gateway.stop()
    assert gateway.observer.ends[0].closed_by == "gateway"


async def test_a_close_under_way_is_not_doubled(lab: Lab) -> None:
    async def script(peer: Peer) -> None:
        peer.send(close(4000))
        await peer.gone()

    upstream = await lab.upstream(upgraded(script))
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    await handshake(client, upstream.at("/"))
    assert (await read_frame(client)).close_code == 4000

    stopping = gateway.stopping()
    assert await client.closed() == b""
    await stopping
    assert gateway.observer.ends[0].close_code == 4000


async def test_a_handshake_during_the_drain_is_told_too(lab: Lab) -> None:
    go_on = asyncio.Event()

    async def script(peer: Peer) -> None:
        request = await peer.head()
        await go_on.wait()
        peer.send(switching(request))
        await peer.gone()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.ask(upstream.at("/"), *HANDSHAKE)
    await upstream.peer()

    stopping = gateway.stopping()
    await asyncio.sleep(0.1)
    go_on.set()
    answer = await client.head()
    if answer.status == 101:
        await say_goodbye_to(client)
    await client.closed()
    await stopping


@both_listeners
async def test_many_are_told_one_after_the_other_and_nothing_is_left(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    monkeypatch.setattr(drain, "CLOSES_PER_S", 500)
    upstream = await lab.upstream(upgraded(echo_frames))
    before = open_files()
    running = tasks()
    gateway = await lab.gateway(tls=tls)
    clients = [await lab.client(gateway) for _ in range(50)]
    for client in clients:
        await handshake(client, upstream.at("/"))
    assert gateway.connections == 50

    stopping = gateway.stopping()
    await asyncio.gather(*map(say_goodbye_to, clients))
    for client in clients:
        assert await client.closed() == b""
        client.close()
    await stopping

    assert gateway.connections == 0
    assert [record.close_code for record in gateway.observer.ends] == 50 * [RESTART]
    await until(lambda: upstream.open_peers == 0)
    await until(lambda: not tasks() - running)
    await until(lambda: open_files() <= before)


@both_listeners
async def test_a_websocket_that_is_cut_off_was_closed_by_us(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    """In the middle of a frame no Close may be sent; nothing changes the record afterwards."""
    monkeypatch.setattr(tunnel, "CLOSE_HANDSHAKE_S", 5.0)
    closed_by: list[object] = []

    async def script(peer: Peer) -> None:
        request = await peer.head()
        peer.send(switching(request) + b"\x82\x7e\x10\x00abc")
        await peer.gone()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway(tls=tls, server={"drain_s": 0.3})
    ended = gateway.observer.ended

    def note(exchange: Exchange) -> None:
        closed_by.append(exchange.closed_by)
        ended(exchange)

    gateway.observer.ended = note  # type: ignore[method-assign]
    client = await lab.client(gateway)
    await handshake(client, upstream.at("/"))
    await gateway.stop()
    await asyncio.sleep(0.1)

    assert [*closed_by, gateway.observer.ends[0].closed_by] == ["gateway", "gateway"]
