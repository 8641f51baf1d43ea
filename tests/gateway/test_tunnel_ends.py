"""How WebSockets end: in order, by a reset, by silence; each time nothing stays behind."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from sigproxy.gateway import tunnel
from tests.lab.client import Client
from tests.lab.frames import (
    BINARY,
    TEXT,
    Frame,
    close,
    echo,
    echo_frames,
    frame,
    handshake,
    read_frame,
    upgraded,
)
from tests.lab.lab import Lab, Running, open_files, tasks, until
from tests.lab.upstream import Peer, Script, Upstream

both_listeners = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])

Opened = tuple[Running, Upstream, Client]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel, "HALF_CLOSE_S", 0.3)
    monkeypatch.setattr(tunnel, "FLUSH_S", 0.3)


async def opened(lab: Lab, then: Script, *, tls: bool = False, **settings: object) -> Opened:
    """Return a gateway, an upstream and a client with a WebSocket between them."""
    upstream = await lab.upstream(upgraded(then))
    gateway = await lab.gateway(tls=tls, **settings)  # type: ignore[arg-type]
    client = await lab.client(gateway)
    assert (await handshake(client, upstream.at("/"))).status == 101
    return gateway, upstream, client


async def is_over(gateway: Running, upstream: Upstream) -> None:
    """Wait until no trace of the WebSocket is left."""
    await until(lambda: upstream.open_peers == 0)
    await until(lambda: gateway.connections == 0)
    await until(lambda: gateway.gateway.drain.in_flight == 0)


@both_listeners
@pytest.mark.parametrize("code", [1000, 1001, 1008, 3000, 4321])
async def test_the_clients_close_code_is_in_the_record(lab: Lab, code: int, tls: bool) -> None:
    gateway, upstream, client = await opened(lab, echo_frames, tls=tls)

    client.send(close(code, b"done", masked=True))

    assert (await read_frame(client)).close_code == code
    assert await client.closed() == b""
    await is_over(gateway, upstream)
    record = gateway.observer.ends[0]
    assert (record.close_code, record.closed_by) == (code, "client")


@both_listeners
@pytest.mark.parametrize("code", [1000, 1011, 4000])
async def test_the_upstreams_close_code_is_in_the_record(lab: Lab, code: int, tls: bool) -> None:
    async def leave(peer: Peer) -> None:
        peer.send(close(code, b"because"))
        assert (await read_frame(peer)).close_code == code

    gateway, upstream, client = await opened(lab, leave, tls=tls)

    received = await read_frame(client)
    assert (received.close_code, received.payload[2:]) == (code, b"because")
    client.send(close(code, masked=True))
    assert await client.closed() == b""
    await is_over(gateway, upstream)
    record = gateway.observer.ends[0]
    assert (record.close_code, record.closed_by) == (code, "upstream")


async def test_a_close_without_a_code_is_1005(lab: Lab) -> None:
    gateway, upstream, client = await opened(lab, echo_frames)

    client.send(frame(8, masked=True))
    await client.closed()

    await is_over(gateway, upstream)
    assert gateway.observer.ends[0].close_code == 1005


def finish(client: Client) -> None:
    client.close()


def reset(client: Client) -> None:
    client.reset()


@both_listeners
@pytest.mark.parametrize("leave", [finish, reset])
async def test_a_client_that_vanishes(lab: Lab, leave: Callable[[Client], None], tls: bool) -> None:
    gateway, upstream, client = await opened(lab, Peer.gone, tls=tls)

    leave(client)

    await is_over(gateway, upstream)
    record = gateway.observer.ends[0]
    assert (record.close_code, record.closed_by) == (None, "client")


async def fin(peer: Peer) -> None:
    peer.send(frame(TEXT, b"last words"))
    await peer.drain()


async def rst(peer: Peer) -> None:
    peer.send(frame(TEXT, b"last words"))
    await read_frame(peer)  # the client has heard them
    peer.reset()


@both_listeners
@pytest.mark.parametrize("leave", [fin, rst])
async def test_an_upstream_that_vanishes(
    lab: Lab, leave: Callable[[Peer], Awaitable[None]], tls: bool
) -> None:
    gateway, upstream, client = await opened(lab, leave, tls=tls)

    assert await read_frame(client) == Frame(TEXT, b"last words")
    client.send(frame(TEXT, b"heard", masked=True))
    assert await client.closed() == b""

    await is_over(gateway, upstream)
    record = gateway.observer.ends[0]
    assert (record.close_code, record.closed_by) == (None, "upstream")


@both_listeners
async def test_what_the_upstream_sent_before_it_left_arrives(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    """A client that reads slowly still gets all of it."""
    monkeypatch.setattr(tunnel, "FLUSH_S", 5.0)
    payload = b"x" * 1_000_000

    async def script(peer: Peer) -> None:
        peer.send(frame(BINARY, payload) + close(1000))
        await peer.drain()

    gateway, upstream, client = await opened(lab, script, tls=tls)
    await asyncio.sleep(0.2)

    assert await read_frame(client) == Frame(BINARY, payload)
    assert (await read_frame(client)).close_code == 1000
    await client.closed()
    await is_over(gateway, upstream)


@both_listeners
@pytest.mark.parametrize("parting", [b"", close(1001, b"at once")], ids=["bare", "with a Close"])
async def test_an_upstream_that_hangs_up_with_its_101(lab: Lab, parting: bytes, tls: bool) -> None:
    """The end may be known before the tunnel begins; it must not wait for it for ever."""

    async def leave_at_once(peer: Peer) -> None:
        peer.send(parting)

    gateway, upstream, client = await opened(lab, leave_at_once, tls=tls)

    assert await client.closed() == parting
    await is_over(gateway, upstream)
    assert (await gateway.observer.last()).closed_by == "upstream"


async def test_a_half_close_still_gets_the_echo_in_flight(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tunnel, "HALF_CLOSE_S", 2.0)

    async def slow_echo(peer: Peer) -> None:
        received = await read_frame(peer)
        await asyncio.sleep(0.1)
        peer.send(frame(received.opcode, received.payload))
        await peer.gone()

    gateway, upstream, client = await opened(lab, slow_echo)
    client.send(frame(TEXT, b"one more", masked=True))
    client.finish()

    assert await read_frame(client) == Frame(TEXT, b"one more")
    assert await client.rest() == b""
    await is_over(gateway, upstream)
    assert gateway.observer.ends[0].closed_by == "client"


async def test_traffic_in_one_direction_is_traffic(lab: Lab) -> None:
    async def ticking(peer: Peer) -> None:
        for number in range(12):
            peer.send(frame(TEXT, b"%d" % number))
            await asyncio.sleep(0.1)
        peer.send(close(1000))

    idle = {"websocket_idle_s": 1.0}
    _, _, client = await opened(lab, ticking, limits=idle)

    for number in range(12):
        assert await read_frame(client) == Frame(TEXT, b"%d" % number)
    assert (await read_frame(client)).close_code == 1000


async def test_what_a_client_does_not_take_is_dropped_in_the_end(lab: Lab) -> None:
    """The upstream has left; what is still to be delivered may wait for FLUSH_S only."""

    async def script(peer: Peer) -> None:
        await read_frame(peer)
        peer.send(frame(BINARY, b"x" * 50_000))
        await peer.drain()

    upstream = await lab.upstream(upgraded(script))
    gateway = await lab.gateway()
    client = await lab.client(gateway, buffer=4096)
    await handshake(client, upstream.at("/"))
    [connection] = gateway.server.connections
    assert connection.transport is not None
    sock = connection.transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]

    client.send(frame(TEXT, b"go", masked=True))
    await is_over(gateway, upstream)
    assert gateway.observer.ends[0].closed_by == "upstream"


@both_listeners
async def test_nothing_is_left_behind(lab: Lab, monkeypatch: pytest.MonkeyPatch, tls: bool) -> None:
    monkeypatch.setattr(tunnel, "HALF_CLOSE_S", 0.05)
    upstream = await lab.upstream(upgraded(echo))
    gateway = await lab.gateway(tls=tls)

    async def one(number: int) -> None:
        client = await lab.client(gateway)
        await handshake(client, upstream.at("/"))
        client.send(frame(TEXT, b"hello", masked=True))
        await read_frame(client)
        if number % 3 == 0:
            client.reset()
        elif number % 3 == 1:
            client.close()
        else:
            upstream.peers[number].reset()
            await client.closed()
            client.close()
        await gateway.observer.last(number + 1)

    await one(0)
    await is_over(gateway, upstream)
    await asyncio.sleep(0.1)
    files, running = open_files(), len(tasks())
    for number in range(1, 31):
        await one(number)
    await is_over(gateway, upstream)

    await until(lambda: open_files() <= files)
    await until(lambda: len(tasks()) <= running)
    assert gateway.gateway.upstream.idle_count == 0
