"""Bodies cross as they come, framed as they were, and nobody's memory holds them."""

import asyncio
import hashlib

import pytest

from tests.lab.lab import Lab, until
from tests.lab.upstream import Peer, answering
from tests.lab.wire import (
    CHUNKED,
    LAST_CHUNK,
    Request,
    body_parts,
    chunk,
    response,
    within,
)

MIB = 1024 * 1024
# Linux grows the buffers of a TCP connection up to 4 MiB for sending and 6 MiB for receiving, and
# there are two connections. Whoever queues in memory takes all 64 MiB.
IN_FLIGHT = 24 * MIB


def digest(request: Request) -> bytes:
    return response(200, hashlib.sha256(request.body).hexdigest().encode())


async def flood(send: "asyncio.StreamWriter", data: bytes, total: int) -> int:
    """Write *data* again and again until nothing more is taken; return how much was."""
    sent = 0
    try:
        while sent < total:
            send.write(data)
            async with asyncio.timeout(1.0):
                await send.drain()
            sent += len(data)
    except TimeoutError:
        pass
    return sent


@pytest.mark.parametrize("tls", [False, True])
async def test_an_upload_of_2_mib_keeps_its_content_length(lab: Lab, tls: bool) -> None:
    upstream = await lab.upstream(answering(digest))
    client = await lab.client(await lab.gateway(tls=tls))
    body = bytes(range(256)) * 8192

    answer = await client.get(upstream.at("/upload"), method=b"POST", body=body)

    assert answer.body == hashlib.sha256(body).hexdigest().encode()
    [request] = upstream.requests
    assert request.get(b"content-length") == b"%d" % len(body)
    assert request.get(b"transfer-encoding") is None


async def test_a_chunked_upload_stays_chunked_and_is_sent_as_it_comes(lab: Lab) -> None:
    parts: asyncio.Queue[bytes] = asyncio.Queue()

    async def script(peer: Peer) -> None:
        request = await peer.head()
        assert request.is_chunked
        assert request.get(b"content-length") is None
        async for part in body_parts(peer.reader, request):
            parts.put_nowait(part)
        peer.send(response(200, b"done"))

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway())
    client.ask(upstream.at("/"), CHUNKED, method=b"POST")
    for number in range(5):
        sent = b"part %d" % number
        client.send(chunk(sent))
        async with within():
            assert await parts.get() == sent
    client.send(LAST_CHUNK)

    assert (await client.response()).body == b"done"


async def test_a_server_sent_event_arrives_before_the_next_is_made(lab: Lab) -> None:
    turn = asyncio.Semaphore(0)

    async def script(peer: Peer) -> None:
        await peer.request()
        peer.send(response(200, b"", b"Content-Type: text/event-stream", CHUNKED, framed=False))
        for number in range(5):
            await turn.acquire()
            peer.send(chunk(b"data: %d\n\n" % number))
        peer.send(LAST_CHUNK)

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway())
    client.ask(upstream.at("/events"), b"Accept: text/event-stream")
    head = await client.head()
    assert head.is_chunked
    turn.release()
    number = 0
    async for event in body_parts(client.reader, head):
        assert event == b"data: %d\n\n" % number
        number += 1
        turn.release()
    assert number == 5


async def test_content_length_of_a_response_is_kept(lab: Lab) -> None:
    upstream = await lab.upstream(answering(response(200, b"x" * 300_000)))
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/"))

    assert answer.get(b"content-length") == b"300000"
    assert answer.get(b"transfer-encoding") is None
    assert answer.body == b"x" * 300_000


async def test_an_encoded_body_is_not_decoded(lab: Lab) -> None:
    # "gzip" that no decoder takes: whoever looked inside would fail.
    body = b"\x1f\x8b not gzip at all"
    upstream = await lab.upstream(answering(response(200, body, b"Content-Encoding: gzip")))
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/"))

    assert (answer.body, answer.get(b"content-encoding")) == (body, b"gzip")
    assert upstream.requests[0].get(b"accept-encoding") is None


async def test_head_has_the_length_and_no_body(lab: Lab) -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"
    upstream = await lab.upstream(answering(reply))
    client = await lab.client(await lab.gateway())

    for _ in range(2):  # the connection is usable afterwards
        answer = await client.get(upstream.at("/"), method=b"HEAD")
        assert answer.get(b"content-length") == b"1234"
    assert [request.method for request in upstream.requests] == [b"HEAD", b"HEAD"]
    assert len(upstream.peers) == 1


@pytest.mark.parametrize("status", [204, 304])
async def test_statuses_without_a_body(lab: Lab, status: int) -> None:
    upstream = await lab.upstream(answering(b"HTTP/1.1 %d Nothing\r\nETag: x\r\n\r\n" % status))
    client = await lab.client(await lab.gateway())

    for _ in range(2):
        assert (await client.get(upstream.at("/"))).status == status


async def test_an_upload_waits_for_an_upstream_that_stops_reading(lab: Lab) -> None:
    go_on = asyncio.Event()
    total = 64 * MIB

    async def script(peer: Peer) -> None:
        request = await peer.head()
        await go_on.wait()
        size = 0
        async for part in body_parts(peer.reader, request):
            size += len(part)
        peer.send(response(200, b"%d" % size))

    upstream = await lab.upstream(script)
    gateway = await lab.gateway(limits={"request_body_mib": 100})
    client = await lab.client(gateway)
    client.ask(upstream.at("/"), b"Content-Length: %d" % total, method=b"PUT")
    data = b"u" * 65536

    sent = await flood(client.writer, data, total)
    assert sent < IN_FLIGHT

    go_on.set()
    for _ in range(sent, total, len(data)):
        if (sent := sent + len(data)) < total:  # the one that timed out was written as well
            client.send(data)
            await client.drain()
    assert (await client.response()).body == b"%d" % total


async def test_a_download_waits_for_a_client_that_stops_reading(lab: Lab) -> None:
    total = 64 * MIB
    sent = 0

    async def script(peer: Peer) -> None:
        nonlocal sent
        await peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % total)
        while sent < total:
            peer.send(b"d" * 65536)
            await peer.writer.drain()
            sent += 65536

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway(), buffer=65536)
    client.ask(upstream.at("/"))
    head = await client.head()

    await until(lambda: sent > 0)
    before = -1
    while before != sent:
        before = sent
        await asyncio.sleep(0.5)
    assert sent < IN_FLIGHT

    size = 0
    async for part in body_parts(client.reader, head):
        size += len(part)
    assert size == total


@pytest.mark.parametrize("status", [400, 401, 404, 405, 429, 500, 502, 503, 504])
async def test_an_error_of_the_upstream_crosses_untouched(lab: Lab, status: int) -> None:
    reply = response(
        status, b'{"vendor":"says"}', b"Retry-After: 7", b"X-Vendor: 1", reason=b"Not Our Words"
    )
    upstream = await lab.upstream(answering(reply))
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/"))

    assert answer.first_line == b"HTTP/1.1 %d Not Our Words" % status
    assert answer.body == b'{"vendor":"says"}'
    assert (answer.get(b"retry-after"), answer.get(b"x-vendor")) == (b"7", b"1")
    assert answer.get(b"proxy-status") is None
