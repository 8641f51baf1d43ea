"""One connection's burst takes turns with everybody else: nothing is lost, and nobody waits."""

import asyncio
from contextlib import suppress

import pytest

from sigproxy.gateway.downstream import connection as downstream
from sigproxy.semantics.boundaries import CHUNKS_A_TURN
from sigproxy.semantics.frames import FRAMES_A_TURN
from tests.attacks.key_updates import KeyUpdates, obstacle
from tests.lab.client import Client
from tests.lab.frames import (
    BINARY,
    HANDSHAKE,
    PING,
    Frame,
    frame,
    handshake,
    read_frame,
    switching,
)
from tests.lab.lab import Lab, until
from tests.lab.upstream import Peer, answering
from tests.lab.wire import CHUNKED, LAST_CHUNK, chunk, response, within

both = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
# Content that its framing does not outweigh, in many pieces: several turns, and in order.
PARTS = [b"%040d" % number for number in range(3 * CHUNKS_A_TURN)]
MESSAGES = [b"%020d" % number for number in range(3 * FRAMES_A_TURN)]


@both
async def test_an_upload_in_many_chunks(lab: Lab, tls: bool) -> None:
    upstream = await lab.upstream(answering(lambda request: response(200, request.body)))
    client = await lab.client(await lab.gateway(tls=tls))

    client.ask(upstream.at("/"), CHUNKED, method=b"POST")
    client.send(b"".join(map(chunk, PARTS)) + LAST_CHUNK)
    client.ask(upstream.at("/"), method=b"POST", body=b"behind it")

    assert (await client.response()).body == b"".join(PARTS)
    assert (await client.response()).body == b"behind it"


@both
@pytest.mark.parametrize("hangs_up", [False, True], ids=["stays", "hangs up"])
async def test_a_response_in_many_chunks(lab: Lab, tls: bool, hangs_up: bool) -> None:
    body = b"".join(map(chunk, PARTS)) + LAST_CHUNK

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            peer.send(response(200, b"", CHUNKED, framed=False) + body)
            if hangs_up:
                return

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway(tls=tls))

    for _ in range(2):
        answer = await client.get(upstream.at("/"))
        assert (answer.body, answer.complete) == (b"".join(PARTS), True)
    assert len(upstream.peers) == (2 if hangs_up else 1)


async def test_many_frames_behind_the_handshake(lab: Lab) -> None:
    """What came before the tunnel stood is more than one turn of it, on both sides."""
    frames = b"".join(frame(BINARY, message, masked=True) for message in MESSAGES)

    async def script(peer: Peer) -> None:
        peer.send(switching(await peer.request()) + frames)
        for message in MESSAGES:
            assert await read_frame(peer) == Frame(BINARY, message)
        peer.send(frame(BINARY, b"all"))
        await peer.gone()

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway())
    client.ask(upstream.at("/ws"), *HANDSHAKE)
    client.send(frames)

    assert (await client.head()).status == 101
    for message in MESSAGES:
        assert await read_frame(client) == Frame(BINARY, message)
    assert await read_frame(client) == Frame(BINARY, b"all")


@both
async def test_what_came_in_many_frames_before_the_end_arrives(lab: Lab, tls: bool) -> None:
    async def script(peer: Peer) -> None:
        peer.send(switching(await peer.request()))
        await read_frame(peer)
        peer.send(b"".join(frame(BINARY, message) for message in MESSAGES))

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway(tls=tls))
    assert (await handshake(client, upstream.at("/ws"))).status == 101
    client.send(frame(PING, b"go", masked=True))

    for message in MESSAGES:
        assert await read_frame(client) == Frame(BINARY, message)


async def flood(side: Client | Peer, piece: bytes, pause_s: float = 0.0) -> None:
    """Send *piece* until the connection ends."""
    with suppress(ConnectionError):
        while not side.writer.is_closing():
            side.send(piece * (64 * 1024 // len(piece)))
            await side.drain()
            await asyncio.sleep(pause_s)


@both
@pytest.mark.parametrize("side", ["client", "upstream"])
async def test_empty_frames_without_end_are_cut(lab: Lab, tls: bool, side: str) -> None:
    """16 MiB of them kept a worker busy for seconds."""
    cut = asyncio.Event()

    async def script(peer: Peer) -> None:
        peer.send(switching(await peer.request()))
        if side == "upstream":
            await flood(peer, frame(BINARY))
        await peer.gone()
        cut.set()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway(tls=tls)
    client = await lab.client(gateway)
    assert (await handshake(client, upstream.at("/ws"))).status == 101
    if side == "client":
        await flood(client, frame(BINARY, masked=True))
    await client.closed()

    await cut.wait()
    record = await gateway.observer.last()
    assert (record.error, record.closed_by) == ("empty_frames", "gateway")
    assert record.detail == f"the {side} floods the WebSocket with empty frames"
    assert record.sent + record.received < 2**20


@both
async def test_chunks_of_one_byte_without_end_are_cut(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    """Also where TLS would take whatever comes, until the client closes as well."""
    monkeypatch.setattr(downstream, "LINGERING_S", 0.5)
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(tls=tls))
    client.ask(upstream.at("/"), CHUNKED, method=b"POST")
    flooding = asyncio.create_task(flood(client, chunk(b"x"), pause_s=0.01))

    answer = await client.response()

    assert (answer.status, answer.error) == (400, "bad_request")
    assert "far more framing than content" in answer.json["detail"]
    await client.closed()
    await flooding
    await until(lambda: upstream.open_peers == 0)


async def test_interim_responses_and_a_body_in_one_segment(lab: Lab) -> None:
    """One is kept at a time, and what is behind it waits: not a byte of the body is lost."""
    body = b"".join(b"%07d\n" % number for number in range(1000))

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            hints = b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" * 64
            peer.send(hints + response(200, body))

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway())

    for number in (1, 2):
        assert (await client.get(upstream.at("/"))).body == body
        assert len(client.interim) == 64 * number
    assert len(upstream.peers) == 1


async def test_interim_responses_without_end_are_no_response(lab: Lab) -> None:
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: " + b"x" * 4096 + b"\r\n\r\n"
    upstream = await lab.upstream(answering(hint * 60))
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/"))

    assert (answer.status, answer.error) == (502, "bad_response")
    assert "interim responses" in answer.json["detail"]


@pytest.mark.parametrize("behind", [b"", b"GARBAGE"], ids=["nothing", "garbage"])
async def test_a_response_cut_anywhere_is_the_same(lab: Lab, behind: bytes) -> None:
    """Also within the blank line behind its head: that was a 502."""
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + behind
    cuts = iter(range(1, len(whole)))

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            cut = next(cuts)
            peer.send(whole[:cut])
            await peer.drain()
            await asyncio.sleep(0.01)
            peer.send(whole[cut:])

    upstream = await lab.upstream(script)
    gateway = await lab.gateway()

    for _ in range(1, len(whole)):
        answer = await (await lab.client(gateway)).get(upstream.at("/"))
        assert (answer.status, answer.body) == (200, b"ok")


@pytest.mark.skipif(obstacle() is not None, reason=str(obstacle()))
async def test_key_updates_after_the_last_answer_are_cut(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS waits for the client's closing alert, and would follow whatever comes instead."""
    monkeypatch.setattr(downstream, "LINGERING_S", 600.0)
    gateway = await lab.gateway(tls=True)
    async with await KeyUpdates.open(gateway.port) as client:
        await client.send(
            client.records(b"GET /-/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        )
        await gateway.observer.last()

        async with within():
            with suppress(ConnectionError):
                for part in client.updates(2**20):
                    await client.send(part)
            await client.gone()


async def test_a_client_that_leaves_with_a_request_waiting_is_heard(lab: Lab) -> None:
    """Its body took several turns, and what came behind it waits: reading goes on all the same."""
    upstream = await lab.upstream(Peer.gone)
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.ask(upstream.at("/poll"), CHUNKED, method=b"POST")
    client.send(b"".join(map(chunk, PARTS)) + LAST_CHUNK)
    client.ask(upstream.at("/next"))
    await until(lambda: upstream.peers)
    await client.drain()

    client.close()

    assert (await gateway.observer.last()).error == "client_gone"
    await until(lambda: upstream.open_peers == 0)


async def test_an_empty_line_after_a_body_is_no_request(lab: Lab) -> None:
    """Old browsers send one (RFC 9112, 2.2); what does not come is not waited for."""
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(limits={"header_timeout_s": 0.3}))
    for _ in range(2):
        client.ask(upstream.at("/"), method=b"POST", body=b"x")
        client.send(b"\r\n")
        assert (await client.response()).status == 200
        await asyncio.sleep(0.8)
