"""Upstreams that hang up at once, or never: nothing that they sent is lost, and nothing is held."""

import asyncio

import pytest

from tests.lab.abrupt import Tls
from tests.lab.frames import BINARY, HANDSHAKE, close, frame, switching
from tests.lab.lab import Lab
from tests.lab.upstream import Peer
from tests.lab.wire import CHUNKED, LAST_CHUNK, Request, chunk, response

SIZE = 5_000_000
BODY = b"x" * SIZE
CLOSED = b"Connection: close"

ANSWERS = {
    "length": response(200, BODY, CLOSED),
    "chunks": response(200, chunk(BODY) + LAST_CHUNK, CHUNKED, CLOSED, framed=False),
    "until close": response(200, BODY, CLOSED, framed=False),
}


@pytest.mark.parametrize("form", [*ANSWERS, "websocket"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_a_slow_client_gets_all_that_an_upstream_sent(lab: Lab, form: str, tls: bool) -> None:
    """uvloop forgets at a FIN what was not read because the client was slower."""

    async def script(peer: Peer) -> None:
        upstream = Tls(peer, lab.pki.upstream())
        head = await upstream.head()
        if form == "websocket":
            frames = frame(BINARY, b"x" * 50_000) * (SIZE // 50_000) + close(1000)
            await upstream.send(switching(Request(head)) + frames)
        else:
            await upstream.send(ANSWERS[form])
        await upstream.hang_up()
        await peer.gone()

    upstream = await lab.upstream(script, tls=False)
    gateway = await lab.gateway(tls=tls)
    client = await lab.client(gateway, buffer=8192)
    client.ask(upstream.at("/"), *(HANDSHAKE if form == "websocket" else (CLOSED,)))

    received = b""
    await asyncio.sleep(0.3)
    while part := await client.reader.read(32_768):
        received += part
        await asyncio.sleep(0.01)

    _, _, body = received.partition(b"\r\n\r\n")
    assert body.count(b"x") == SIZE
    ends = {"length": b"x", "websocket": close(1000)}
    assert body.endswith(ends.get(form, LAST_CHUNK))
    assert (await gateway.observer.last()).error is None


async def test_a_closed_connection_is_not_held_by_its_upstream(lab: Lab) -> None:
    """Each would be a descriptor for half a minute, and no limit would count it."""
    gone = asyncio.Event()

    async def script(peer: Peer) -> None:
        upstream = Tls(peer, lab.pki.upstream())
        await upstream.head()
        await upstream.send(response(200, b"ok", CLOSED))
        await peer.gone()  # our closing alert comes, and is not answered
        gone.set()

    upstream = await lab.upstream(script, tls=False)
    client = await lab.client(await lab.gateway())
    assert (await client.get(upstream.at("/"))).body == b"ok"

    async with asyncio.timeout(15.0):  # of the 30 s that TLS would wait by itself
        await gone.wait()
