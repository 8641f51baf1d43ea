"""Back-pressure in a tunnel: who does not read slows down who sends, and nobody's memory grows."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import pytest

from sigproxy.gateway import meter, tunnel, tunnel_side
from sigproxy.gateway.upstream.connection import MOST_INTERIM
from tests.lab.client import Client
from tests.lab.frames import (
    BINARY,
    HANDSHAKE,
    Frame,
    frame,
    handshake,
    read_frame,
    switching,
    upgraded,
)
from tests.lab.lab import Lab, until
from tests.lab.upstream import Peer

MIB = 1024 * 1024
TOTAL = 64 * MIB
# Two connections, each with up to 4 MiB of sending and 6 MiB of receiving buffer in Linux.
IN_FLIGHT = 24 * MIB
DATA = frame(BINARY, b"x" * (65536 - 10), masked=True)

both_listeners = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])


@dataclass
class Flood:
    """Frames sent until nothing more is taken."""

    side: Client | Peer
    sent: int = 0

    async def run(self) -> None:
        while self.sent < TOTAL:
            self.side.writer.write(DATA)
            await self.side.writer.drain()
            self.sent += len(DATA)

    async def stalled(self) -> int:
        """Return what was taken once nothing has been for half a second."""
        before = -1
        while before != self.sent:
            before = self.sent
            await asyncio.sleep(0.5)
        return self.sent


async def drained(side: Client | Peer) -> int:
    """Read as much as a Flood sends; return how many frames came whole."""
    count = 0
    while count * len(DATA) < TOTAL:
        received = await read_frame(side)
        assert (received.opcode, len(received.payload)) == (BINARY, 65526)
        count += 1
    return count


@both_listeners
async def test_a_client_that_does_not_read_slows_the_upstream(lab: Lab, tls: bool) -> None:
    floods: list[Flood] = []

    async def script(peer: Peer) -> None:
        floods.append(Flood(peer))
        await floods[0].run()
        await peer.gone()

    upstream = await lab.upstream(upgraded(script))
    client = await lab.client(await lab.gateway(tls=tls), buffer=65536)
    await handshake(client, upstream.at("/"))
    await until(lambda: floods)

    assert await floods[0].stalled() < IN_FLIGHT
    assert await drained(client) == -(-TOTAL // len(DATA))


@both_listeners
async def test_an_upstream_that_does_not_read_slows_the_client(lab: Lab, tls: bool) -> None:
    go_on = asyncio.Event()
    count = 0

    async def script(peer: Peer) -> None:
        nonlocal count
        await go_on.wait()
        count = await drained(peer)
        peer.send(frame(BINARY, b"thanks"))
        await peer.gone()

    upstream = await lab.upstream(upgraded(script))
    client = await lab.client(await lab.gateway(tls=tls))
    await handshake(client, upstream.at("/"))
    flood = Flood(client)
    flooding = asyncio.create_task(flood.run())

    assert await flood.stalled() < IN_FLIGHT
    go_on.set()
    assert await read_frame(client) == Frame(BINARY, b"thanks")
    await flooding
    assert count == -(-TOTAL // len(DATA))


async def test_one_direction_flows_while_the_other_is_held(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tunnel, "FLUSH_S", 0.1)
    monkeypatch.setattr(tunnel, "CLOSE_HANDSHAKE_S", 0.1)

    async def script(peer: Peer) -> None:
        for number in range(100):
            peer.send(frame(BINARY, b"%d" % number))
            await asyncio.sleep(0.005)
        await asyncio.Event().wait()  # and never reads

    upstream = await lab.upstream(upgraded(script))
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    await handshake(client, upstream.at("/"))
    flood = Flood(client)
    flooding = asyncio.create_task(flood.run())

    for number in range(100):
        assert await read_frame(client) == Frame(BINARY, b"%d" % number)
    assert await flood.stalled() < IN_FLIGHT
    flooding.cancel()
    await asyncio.wait((flooding,))
    client.reset()
    await gateway.stop()  # while the waits are short


async def test_what_a_client_sends_before_the_101_is_bounded(lab: Lab) -> None:
    go_on = asyncio.Event()

    async def script(peer: Peer) -> None:
        request = await peer.head()
        await go_on.wait()
        peer.send(switching(request))
        peer.send(frame(BINARY, b"%d" % await drained(peer)))
        await peer.gone()

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway())
    client.ask(upstream.at("/"), *HANDSHAKE)
    flood = Flood(client)
    flooding = asyncio.create_task(flood.run())

    assert await flood.stalled() < IN_FLIGHT
    go_on.set()
    assert (await client.head()).status == 101
    assert await read_frame(client) == Frame(BINARY, b"%d" % -(-TOTAL // len(DATA)))
    await flooding


async def test_what_an_upstream_sends_behind_the_101_is_bounded(lab: Lab) -> None:
    """It floods in the instant of the 101, while the client does not read at all."""
    floods: list[Flood] = []

    async def script(peer: Peer) -> None:
        peer.send(switching(await peer.head()) + DATA)
        floods.append(Flood(peer, sent=len(DATA)))
        await floods[0].run()
        await peer.gone()

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway(), buffer=65536)
    await handshake(client, upstream.at("/"))
    await until(lambda: floods)

    assert await floods[0].stalled() < IN_FLIGHT
    assert await drained(client) == -(-TOTAL // len(DATA))


@both_listeners
async def test_a_client_that_took_nothing_before_the_101_slows_the_upstream(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    """The transport says only once that it must not be written to, and said it before."""
    monkeypatch.setattr(meter, "SPARE_BYTES", MOST_INTERIM * 61_000)
    monkeypatch.setattr(tunnel_side, "STALL_S", 3.0)
    floods: list[Flood] = []

    async def script(peer: Peer) -> None:
        request = await peer.request()
        for _ in range(MOST_INTERIM):
            peer.send(b"HTTP/1.1 103 Early Hints\r\nLink: " + b"x" * 60_000 + b"\r\n\r\n")
        peer.send(switching(request))
        floods.append(Flood(peer))
        with suppress(ConnectionError):
            await floods[0].run()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway(tls=tls)
    client = await lab.client(gateway, buffer=4096)
    client.ask(upstream.at("/"), *HANDSHAKE)
    await until(lambda: floods)

    assert await floods[0].stalled() < IN_FLIGHT
    assert (await gateway.observer.last()).error == "client_stalled"
    await until(lambda: gateway.connections == 0)


@both_listeners
async def test_a_client_that_takes_nothing_any_more_is_cut(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    """While it is waited for, nothing is read from the upstream: not even its end."""
    monkeypatch.setattr(tunnel_side, "STALL_S", 0.3)

    async def script(peer: Peer) -> None:
        with suppress(ConnectionError):
            await Flood(peer).run()
        await peer.gone()

    upstream = await lab.upstream(upgraded(script))
    gateway = await lab.gateway(tls=tls)
    client = await lab.client(gateway, buffer=65536)
    await handshake(client, upstream.at("/"))

    record = await gateway.observer.last()
    assert (record.error, record.closed_by) == ("client_stalled", "gateway")
    assert record.detail == "the client has taken next to nothing for 0.3 s"
    with pytest.raises(ConnectionError):  # the kernel does not go on offering what it held
        await client.rest()
    await until(lambda: upstream.open_peers == 0)


@both_listeners
async def test_an_upstream_that_takes_nothing_any_more_is_cut(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    monkeypatch.setattr(tunnel_side, "STALL_S", 0.3)
    over = asyncio.Event()

    async def script(peer: Peer) -> None:
        await over.wait()

    upstream = await lab.upstream(upgraded(script))
    gateway = await lab.gateway(tls=tls)
    client = await lab.client(gateway)
    await handshake(client, upstream.at("/"))
    flooding = asyncio.create_task(Flood(client).run())

    record = await gateway.observer.last()
    over.set()
    assert (record.error, record.closed_by) == ("upstream_stalled", "gateway")
    with pytest.raises(ConnectionError):
        await flooding


async def test_a_slow_client_is_not_cut_while_it_takes_something(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tunnel_side, "STALL_S", 1.5)

    async def script(peer: Peer) -> None:
        await Flood(peer).run()
        await peer.gone()

    upstream = await lab.upstream(upgraded(script))
    gateway = await lab.gateway()
    client = await lab.client(gateway, buffer=65536)
    await handshake(client, upstream.at("/"))
    for _ in range(12):  # more than 2 * STALL_S: it is looked at before it is cut
        for _ in range(30):
            await read_frame(client)
        await asyncio.sleep(0.3)
    assert gateway.observer.ends == []
