"""What an ended exchange leaves behind is freed at once, not when Python looks for circles.

A TLS connection holds some 40 KiB, and between two looks there may be a hundred of them.
"""

import asyncio
import gc
import ssl
from collections.abc import AsyncIterator, Iterator

import pytest

from sigproxy.gateway import relay_side
from sigproxy.gateway.downstream.connection import DownstreamProtocol
from sigproxy.gateway.upstream.connection import Connection
from tests.lab.client import Client
from tests.lab.frames import handshake, switching
from tests.lab.lab import Lab, until
from tests.lab.turn import BINDING, TurnServer
from tests.lab.upstream import Peer
from tests.lab.wire import response, within

TLS_OF_LOOPS = ("SSLProtocol", "SSLProtocolTransport", "SSLObject")
LARGE = (ssl.SSLObject, Connection, DownstreamProtocol)


@pytest.fixture
async def turn() -> AsyncIterator[TurnServer]:
    server = TurnServer()
    await server.start()
    yield server
    await server.close()


@pytest.fixture
def garbage() -> Iterator[list[object]]:
    """What the collector finds at the second ``gc.collect()``; the first is the fixture's."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    yield gc.garbage
    gc.set_debug(0)
    gc.garbage.clear()
    gc.enable()


async def script(peer: Peer) -> None:
    request = await peer.request()
    if request.get(b"upgrade"):
        peer.send(switching(request))
        await peer.gone()
    else:
        peer.send(response(200, b"ok", b"Connection: close"))


@pytest.mark.parametrize("websocket", [False, True], ids=["request", "websocket"])
async def test_connections_are_in_no_circle(
    lab: Lab, garbage: list[object], websocket: bool
) -> None:
    upstream = await lab.upstream(script)
    gateway = await lab.gateway()

    async def exchange() -> Client:
        client = await lab.client(gateway)
        if websocket:
            assert (await handshake(client, upstream.at("/ws"))).status == 101
        else:
            assert (await client.get(upstream.at("/"))).status == 200
        return client

    for _ in range(3):
        (await exchange()).writer.close()
    await until(lambda: upstream.open_peers == gateway.connections == 0)
    for _ in range(20):  # turns of the loop: the transports' own goodbyes
        await asyncio.sleep(0.005)
    gc.collect()

    assert [each for each in garbage if isinstance(each, LARGE)] == []


@pytest.mark.parametrize("stalls", [False, True], ids=["relayed", "stalled"])
async def test_nor_are_those_of_turn(
    lab: Lab,
    turn: TurnServer,
    garbage: list[object],
    stalls: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay_side, "STALL_S", 0.1)
    gateway = await lab.gateway(tls=True, turn=turn.table)

    for _ in range(3):
        client = await lab.client(gateway, buffer=4096)
        client.send(BINDING)
        async with within():
            assert await client.reader.readexactly(len(BINDING)) == BINDING
        if stalls:
            client.writer.transport.pause_reading()  # type: ignore[attr-defined]
            turn.sessions[-1].writer.write(bytes(8 * 2**20))
        else:
            client.writer.close()
    await until(lambda: len(gateway.observer.ends) == 3 and not gateway.connections)
    for _ in range(20):
        await asyncio.sleep(0.005)
    gc.collect()

    found = [type(each).__name__ for each in garbage]
    assert [each for each in found if each.endswith(TLS_OF_LOOPS)] == []
