"""A request's body when the upstream redirects: sent again, carried on, or given up."""

import asyncio

import pytest

from tests.gateway.test_redirects import moved, pages
from tests.lab.client import Client
from tests.lab.lab import Lab
from tests.lab.upstream import Peer
from tests.lab.wire import CHUNKED, LAST_CHUNK, chunk, response

KEPT = 1024 * 1024


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("method", [b"GET", b"POST", b"PUT", b"DELETE"])
async def test_method_and_body_are_sent_again(lab: Lab, status: int, method: bytes) -> None:
    upstream = await lab.upstream(pages(a=moved(b"/b?x=1", status)))
    gateway = await lab.gateway()
    client = await lab.client(gateway)

    answer = await client.get(upstream.at("/a"), method=method, body=b"a body")

    assert answer.body == method + b" /b?x=1 a body"
    assert [request.body for request in upstream.requests] == [b"a body", b"a body"]
    assert len(upstream.peers) == 1
    assert gateway.observer.ends[0].redirects == 1


async def test_303_becomes_a_get_without_the_body(lab: Lab) -> None:
    upstream = await lab.upstream(pages(a=moved(b"/b", 303)))
    client = await lab.client(await lab.gateway())

    answer = await client.get(
        upstream.at("/a"), b"Content-Type: text/plain", method=b"POST", body=b"once"
    )

    assert answer.body == b"GET /b "
    second = upstream.requests[1]
    assert (second.get(b"content-length"), second.get(b"content-type")) == (None, None)


async def test_a_chunked_body_is_sent_again(lab: Lab) -> None:
    upstream = await lab.upstream(pages(a=moved(b"/b", 307)))
    client = await lab.client(await lab.gateway())
    client.ask(upstream.at("/a"), CHUNKED, method=b"POST")
    client.send(chunk(b"one ") + chunk(b"two") + LAST_CHUNK)

    assert (await client.response()).body == b"POST /b one two"
    assert upstream.requests[1].is_chunked


async def test_an_early_redirect_takes_the_rest_of_the_body_along(lab: Lab) -> None:
    """The first upstream redirects before it has read the upload; the second gets all of it."""

    target = await lab.upstream(pages())
    location = b"https://up.example.com:%d/b" % target.port

    async def redirecting(peer: Peer) -> None:
        await peer.head()
        peer.send(moved(location, 307))
        await peer.gone()

    upstream = await lab.upstream(redirecting)
    client = await lab.client(await lab.gateway())
    client.ask(upstream.at("/a"), b"Content-Length: 10", method=b"POST")
    client.send(b"first")
    await asyncio.sleep(0.1)
    client.send(b" last")

    assert (await client.response()).body == b"POST /b first last"


@pytest.mark.parametrize("field", [b"Content-Length: 200005", CHUNKED])
async def test_an_upload_that_goes_on_during_a_redirect_arrives_whole(
    lab: Lab, field: bytes
) -> None:
    """Or the client is sent on; but the second upstream never gets a part for the whole."""
    target = await lab.upstream(pages())
    location = b"Location: https://up.example.com:%d/b" % target.port

    async def redirecting(peer: Peer) -> None:
        await peer.head()
        peer.send(response(307, b"", location, b"Content-Length: 10", framed=False))
        await peer.gone()

    upstream = await lab.upstream(redirecting)
    client = await lab.client(await lab.gateway(limits={"replay_body_kib": 64}))
    client.ask(upstream.at("/a"), field, method=b"POST")
    parts = [b"first", b"x" * 200_000]
    for part in parts:
        client.send(chunk(part) if field == CHUNKED else part)
        await asyncio.sleep(0.1)  # the redirect's own body is being waited for
    if field == CHUNKED:
        client.send(LAST_CHUNK)

    answer = await client.response()

    assert (answer.status, answer.body) in [(200, b"POST /b " + b"".join(parts)), (307, b"")]
    assert answer.complete == (answer.status == 200)


@pytest.mark.parametrize("tail", [1, 5000])
async def test_a_body_that_turns_out_too_large_during_a_redirect_is_no_whole_one(
    lab: Lab, tail: int
) -> None:
    """Its last bytes come with the redirect: the part that fits was taken for all of it."""
    seen: list[bytes] = []
    clients: list[Client] = []

    async def next_hop(peer: Peer) -> None:
        seen.append((await peer.request()).body)
        peer.send(response(200, b"took it"))

    async def redirecting(peer: Peer) -> None:
        await peer.head()
        received = 0
        while received < KEPT:  # all that the client has sent so far
            size = int(await peer.reader.readline(), 16)
            await peer.reader.readexactly(size + 2)
            received += size
        peer.send(moved(b"https://up.example.com:%d/b" % other.port, 307))
        clients[0].send(chunk(b"y" * tail) + LAST_CHUNK)
        await peer.gone()

    other = await lab.upstream(next_hop)
    upstream = await lab.upstream(redirecting)
    client = await lab.client(await lab.gateway(limits={"request_body_mib": 1}))
    clients.append(client)
    client.ask(upstream.at("/a"), CHUNKED, method=b"POST")
    client.send(chunk(b"x" * KEPT))

    answer = await client.response()

    assert (answer.status, answer.error) == (413, "body_too_large")
    assert seen == []


async def test_a_larger_body_is_not_kept_and_the_client_is_sent_on(lab: Lab) -> None:
    upstream = await lab.upstream(pages(a=moved(b"/b", 307)))
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/a"), method=b"POST", body=b"x" * (KEPT + 1))

    assert answer.status == 307
    assert answer.get(b"location") == upstream.at("/b")
    assert len(upstream.requests) == 1


async def test_exactly_1_mib_is_kept(lab: Lab) -> None:
    upstream = await lab.upstream(pages(a=moved(b"/b", 307)))
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/a"), method=b"POST", body=b"x" * KEPT)

    assert (answer.status, len(answer.body)) == (200, KEPT + len(b"POST /b "))
