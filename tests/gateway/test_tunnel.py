"""WebSockets as byte tunnels: the handshake, and what crosses afterwards."""

import pytest

from tests.lab.frames import (
    ACCEPT,
    BINARY,
    HANDSHAKE,
    TEXT,
    Frame,
    close,
    echo,
    echo_frames,
    frame,
    handshake,
    read_frame,
    switching,
    upgraded,
)
from tests.lab.lab import Lab, until
from tests.lab.upstream import Peer, answering
from tests.lab.wire import CHUNKED, response, within

both_listeners = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])


@both_listeners
async def test_echo_of_every_size(lab: Lab, tls: bool) -> None:
    upstream = await lab.upstream(upgraded(echo_frames))
    gateway = await lab.gateway(tls=tls)
    client = await lab.client(gateway)
    assert (await handshake(client, upstream.at("/ws?token=x"))).status == 101

    for size in (0, 1, 125, 126, 65535, 65536, 300_000):
        client.send(frame(BINARY, b"x" * size, masked=True))
        assert await read_frame(client) == Frame(BINARY, b"x" * size)
    client.send(close(1000, b"bye", masked=True))
    assert await read_frame(client) == Frame(8, b"\x03\xe8bye")
    assert await client.rest() == b""

    record = await gateway.observer.last()
    assert (record.status, record.websocket) == (101, True)
    assert (record.close_code, record.closed_by) == (1000, "client")
    assert record.received > 431_323 < record.sent
    assert len(gateway.observer.opens) == 1


async def test_the_handshake_is_between_the_two(lab: Lab) -> None:
    upstream = await lab.upstream(
        upgraded(echo, b"Sec-WebSocket-Protocol: v2.chat", b"X-Vendor: 1", b"Set-Cookie: a=b")
    )
    client = await lab.client(await lab.gateway())

    answer = await handshake(
        client,
        upstream.at("/ws"),
        b"Origin: https://app.example",
        b"Sec-WebSocket-Protocol: v1.chat, v2.chat",
        b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
        b"Authorization: Bearer x",
    )

    request = upstream.requests[0]
    assert request.get(b"sec-websocket-protocol") == b"v1.chat, v2.chat"
    assert request.get(b"origin") == b"https://app.example"
    assert request.get(b"authorization") == b"Bearer x"
    extensions = b"permessage-deflate; client_max_window_bits"
    assert request.get(b"sec-websocket-extensions") == extensions
    assert (request.get(b"connection"), request.get(b"upgrade")) == (b"Upgrade", b"websocket")
    assert request.get(b"content-length") is None
    assert answer.get(b"sec-websocket-accept") == ACCEPT
    assert answer.get(b"sec-websocket-protocol") == b"v2.chat"
    assert answer.get(b"x-vendor") == b"1"
    assert (answer.get(b"connection"), answer.get(b"upgrade")) == (b"Upgrade", b"websocket")
    assert answer.get(b"content-length") is None


async def test_bytes_cross_untouched(lab: Lab) -> None:
    """Compressed, fragmented, with reserved bits, or no frames at all."""
    upstream = await lab.upstream(upgraded(echo))
    client = await lab.client(await lab.gateway())
    await handshake(client, upstream.at("/"))
    odd = (
        frame(TEXT, b"\xaa\x56\x4a\x04\x00", masked=True, first=0xC0)
        + frame(TEXT, b"frag", masked=True, first=0)
        + frame(9, b"ping between", masked=True)
        + frame(0, b"ment", masked=True)
        + frame(15, b"reserved", masked=True, first=0xF0)
        + bytes(range(256)) * 40
    )
    client.send(odd)

    async with within():
        assert await client.reader.readexactly(len(odd)) == odd


@both_listeners
async def test_frames_in_the_segment_of_the_handshake(lab: Lab, tls: bool) -> None:
    early = frame(TEXT, b"before the 101", masked=True)
    greeting = frame(TEXT, b"behind the 101")

    async def script(peer: Peer) -> None:
        request = await peer.head()
        assert not peer.reader._buffer  # type: ignore[attr-defined]  # CVE-2026-2833
        peer.send(switching(request) + greeting)
        await echo(peer)

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway(tls=tls))
    lines = [b"GET %b HTTP/1.1" % upstream.at("/"), b"Host: localhost", *HANDSHAKE]
    client.send(b"\r\n".join(lines) + b"\r\n\r\n" + early)

    assert (await client.head()).status == 101
    assert await read_frame(client) == Frame(TEXT, b"behind the 101")
    assert await read_frame(client) == Frame(TEXT, b"before the 101")


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500, 503])
async def test_a_refusal_passes_and_the_connection_goes_on(lab: Lab, status: int) -> None:
    refusal = response(status, b"the vendor's reason", b"X-Why: quota")
    upstream = await lab.upstream(answering(refusal))
    client = await lab.client(await lab.gateway())

    for _ in range(2):
        client.ask(upstream.at("/"), *HANDSHAKE)
        answer = await client.response()
        assert (answer.status, answer.body) == (status, b"the vendor's reason")
        assert answer.get(b"x-why") == b"quota"
    assert (await client.get(upstream.at("/"))).status == status
    assert len(upstream.peers) == 1


async def test_a_refusal_with_frames_already_sent(lab: Lab) -> None:
    """They would be read as the next request: an error, and the end of the connection."""
    upstream = await lab.upstream(answering(response(403, b"no")))
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.ask(upstream.at("/"), *HANDSHAKE)
    client.send(frame(TEXT, b"GET /up.example.com/smuggled HTTP/1.1\r\n\r\n", masked=True))

    assert (await client.response()).body == b"no"
    await client.closed()
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    "fields",
    [
        (b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Accept: wrong"),
        (b"Upgrade: websocket", b"Connection: Upgrade"),
        (b"Upgrade: h2c", b"Connection: Upgrade", b"Sec-WebSocket-Accept: " + ACCEPT),
        (b"Upgrade: websocket", b"Sec-WebSocket-Accept: " + ACCEPT),
        (b"Sec-WebSocket-Accept: " + ACCEPT,),
    ],
    ids=["wrong accept", "no accept", "h2c", "no connection", "no upgrade"],
)
async def test_a_wrong_101_is_502(lab: Lab, fields: tuple[bytes, ...]) -> None:
    reply = b"\r\n".join((b"HTTP/1.1 101 Switching Protocols", *fields)) + b"\r\n\r\n"
    upstream = await lab.upstream(answering(reply))
    gateway = await lab.gateway()
    client = await lab.client(gateway)

    client.ask(upstream.at("/"), *HANDSHAKE)

    answer = await client.response()
    assert answer.status == 502
    assert answer.error in ("upgrade_failed", "bad_response", "response_timeout")
    await until(lambda: upstream.open_peers == 0)
    assert (await client.get(b"/-/live")).status == 200


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ((), None),
        ((b"Connection: Upgrade", b"Upgrade: h2c"), None),
        ((), b"a body"),
        ((CHUNKED,), None),
    ],
    ids=["plain", "h2c", "body", "chunked"],
)
async def test_a_101_that_nobody_asked_for_is_502(
    lab: Lab, fields: tuple[bytes, ...], body: bytes | None
) -> None:
    reply = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"

    async def script(peer: Peer) -> None:
        await peer.head()
        peer.send(reply + b"bytes of another protocol")
        await peer.gone()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    if CHUNKED in fields:
        client.ask(upstream.at("/"), *fields, method=b"POST")
        client.send(b"1\r\nx\r\n")
    elif body:
        client.ask(upstream.at("/"), b"Content-Length: 99", *fields, method=b"POST")
        client.send(body)
    else:
        client.ask(upstream.at("/"), *fields)

    answer = await client.response()

    assert (answer.status, answer.error) == (502, "bad_response")
    await until(lambda: upstream.open_peers == 0)


async def test_a_foreign_page_opens_no_websocket(lab: Lab) -> None:
    upstream = await lab.upstream(upgraded(echo))
    gateway = await lab.gateway(route={"allowed_origins": ["https://app.example"]})
    client = await lab.client(gateway)

    client.ask(upstream.at("/"), *HANDSHAKE, b"Origin: https://evil.example")

    answer = await client.response()
    assert (answer.status, answer.error) == (403, "origin_refused")
    assert upstream.peers == []


async def test_a_redirect_of_a_handshake_is_followed(lab: Lab) -> None:
    async def script(peer: Peer) -> None:
        request = await peer.head()
        if request.target == b"/old":
            peer.send(response(307, b"", b"Location: /new"))
            request = await peer.head()
        assert request.target == b"/new"
        peer.send(switching(request))
        await echo(peer)

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway())

    assert (await handshake(client, upstream.at("/old"))).status == 101
    client.send(frame(TEXT, b"hello", masked=True))
    assert await read_frame(client) == Frame(TEXT, b"hello")


async def test_an_upgraded_connection_is_not_pooled(lab: Lab) -> None:
    upstream = await lab.upstream(upgraded(echo_frames))
    gateway = await lab.gateway()
    for _ in range(3):
        client = await lab.client(gateway)
        await handshake(client, upstream.at("/"))
        client.send(close(1000, masked=True))
        await client.rest()
    await gateway.observer.last(3)

    assert len(upstream.peers) == 3
    assert gateway.gateway.upstream.idle_count == 0
