"""1xx responses, Expect, and answers that come before the request has ended."""

import asyncio

import pytest

from sigproxy.assembly import rules
from sigproxy.policies.limits import MIB, Limits
from tests.lab.lab import Lab, until
from tests.lab.upstream import Peer, answering
from tests.lab.wire import CHUNKED, LAST_CHUNK, body_parts, chunk, read_head, response, within

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
IMPATIENT = Limits(body_grace_s=0.8, request_body_bytes=MIB)


async def test_early_hints_pass(lab: Lab) -> None:
    upstream = await lab.upstream(answering(HINTS + response(200, b"page")))
    client = await lab.client(await lab.gateway())

    assert (await client.get(upstream.at("/"))).body == b"page"
    [hints] = client.interim
    assert hints.first_line == b"HTTP/1.1 103 Early Hints"
    assert hints.get(b"link") == b"</a.css>; rel=preload"


async def test_early_hints_carry_what_a_browser_acts_on_and_nothing_past_the_rules(
    lab: Lab,
) -> None:
    hostile = HINTS.replace(
        b"\r\n\r\n",
        b"\r\nSet-Cookie: sid=1\r\nLocation: https://other.example/"
        b"\r\nAccess-Control-Allow-Origin: https://other.example"
        b"\r\nProxy-Status: sigproxy; error=x\r\nContent-Length: 5\r\n\r\n",
    )
    upstream = await lab.upstream(answering(hostile + response(200, b"page")))
    client = await lab.client(await lab.gateway())

    assert (await client.get(upstream.at("/"))).body == b"page"
    [hints] = client.interim
    assert hints.fields == [(b"Link", b"</a.css>; rel=preload")]


async def test_early_hints_arrive_early(lab: Lab) -> None:
    go_on = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        peer.send(HINTS)
        await go_on.wait()
        peer.send(response(200, b"page"))

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway())
    client.ask(upstream.at("/"))

    assert (await read_head(client.reader)).startswith(b"HTTP/1.1 103")
    go_on.set()
    assert (await client.response()).body == b"page"


async def test_a_client_of_http_1_0_gets_no_interim_response(lab: Lab) -> None:
    upstream = await lab.upstream(answering(HINTS + response(200, b"page")))
    client = await lab.client(await lab.gateway())

    client.send(b"GET %b HTTP/1.0\r\n\r\n" % upstream.at("/"))

    assert (await client.response()).body == b"page"
    assert client.interim == []


async def test_an_upstreams_100_is_swallowed(lab: Lab) -> None:
    upstream = await lab.upstream(answering(CONTINUE + CONTINUE + response(200, b"page")))
    client = await lab.client(await lab.gateway())

    assert (await client.get(upstream.at("/"), method=b"POST", body=b"x")).body == b"page"
    assert client.interim == []


async def test_expect_is_answered_once_and_stays_here(lab: Lab) -> None:
    upstream = await lab.upstream(answering(lambda request: CONTINUE + response(200, request.body)))
    client = await lab.client(await lab.gateway())
    client.ask(upstream.at("/"), b"Expect: 100-continue", b"Content-Length: 5", method=b"POST")

    assert await read_head(client.reader) == CONTINUE
    client.send(b"hello")
    assert (await client.response()).body == b"hello"
    assert client.interim == []
    assert upstream.requests[0].get(b"expect") is None


@pytest.mark.parametrize(
    ("target", "fields", "status"),
    [
        (b"/up.example.org/", b"Content-Length: 5", 403),
        (b"/up.example.com/", b"Content-Length: 99999999999", 413),
        (b"/favicon.ico/", b"Content-Length: 5", 403),
        (b"/nothing", b"Content-Length: 5", 404),
    ],
)
async def test_what_is_not_admitted_is_not_asked_to_continue(
    lab: Lab, target: bytes, fields: bytes, status: int
) -> None:
    client = await lab.client(await lab.gateway())

    client.ask(target, b"Expect: 100-continue", fields, method=b"POST")

    assert (await client.response()).status == status
    assert client.interim == []


async def test_an_early_413_reaches_the_client_though_the_upstream_hangs_up(lab: Lab) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await peer.reader.readexactly(100_000)
        peer.send(response(413, b"too much", b"Connection: close", reason=b"Content Too Large"))
        await peer.drain()

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway())
    client.ask(upstream.at("/"), b"Content-Length: 8000000", method=b"POST")
    for _ in range(20):
        client.send(b"x" * 10_000)
        await client.drain()

    answer = await client.response()
    assert (answer.status, answer.body) == (413, b"too much")
    assert answer.get(b"connection") == b"close"


async def test_an_early_answer_to_a_chunked_upload(lab: Lab) -> None:
    left = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.head()
        peer.send(response(401, b"who are you?"))
        await peer.gone()
        left.set()

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway())
    client.ask(upstream.at("/"), CHUNKED, method=b"POST")
    client.send(chunk(b"first"))

    answer = await client.response()
    assert (answer.status, answer.body) == (401, b"who are you?")
    async with within():
        await left.wait()


async def test_what_follows_an_early_answer_is_no_new_request(lab: Lab) -> None:
    # CVE-2025-4366: bytes of an unread body, taken for the next request.
    smuggled = b"GET /up.example.com/smuggled HTTP/1.1\r\nHost: x.y\r\n\r\n"

    async def script(peer: Peer) -> None:
        await peer.head()
        peer.send(response(200, b"early"))
        await peer.gone()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.ask(upstream.at("/"), b"Content-Length: 100000", method=b"POST")
    client.send(b"x")
    assert (await client.response()).body == b"early"

    client.send(smuggled)
    client.send(b"x" * (99_999 - len(smuggled)))

    assert await client.closed() == b""
    assert len(upstream.requests) == 1
    assert len(gateway.observer.ends) == 1


async def test_a_client_that_leaves_while_its_body_is_discarded_is_no_fault(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.ask(b"/up.example.org/", b"Content-Length: 100000", method=b"POST")
    client.send(b"x")
    assert (await client.response()).status == 403

    client.reset()
    await until(lambda: gateway.connections == 0)
    await asyncio.sleep(0.05)

    assert [record.getMessage() for record in caplog.records] == []


async def test_answer_and_upload_cross(lab: Lab) -> None:
    """An upstream that answers part by part while the request is still coming."""

    async def script(peer: Peer) -> None:
        await peer.head()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while part := await peer.reader.read(100):
            if part == LAST_CHUNK:
                break
            peer.send(chunk(part))
        peer.send(LAST_CHUNK)
        await peer.drain()

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway())
    client.ask(upstream.at("/"), CHUNKED, method=b"POST")
    client.send(chunk(b"ping 0"))
    answered = body_parts(client.reader, await client.head())
    for number in range(4):
        async with within():
            assert await anext(answered) == chunk(b"ping %d" % number)
        client.send(chunk(b"ping %d" % (number + 1)) if number < 3 else LAST_CHUNK)

    async with within():
        assert [part async for part in answered] == []


@pytest.mark.parametrize(
    "rest",
    [
        b"not a size\r\n",
        b"5\r\nhello world\r\n",
        chunk(b"x" * 65536) * 20,  # over the limit
        b"",  # too slow
    ],
    ids=["no size", "chunk too long", "body too large", "too slow"],
)
async def test_an_upload_that_fails_leaves_no_connection_in_the_pool(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, rest: bytes
) -> None:
    """The connection is within a body: another client's request would be read as more of it."""
    monkeypatch.setattr(rules, "build_limits", lambda settings: IMPATIENT)
    go_on = asyncio.Event()
    taken = b""

    async def script(peer: Peer) -> None:
        nonlocal taken
        if peer.number:
            return await answering(response(200, b"clean"))(peer)
        await peer.head()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        reading = asyncio.create_task(peer.reader.read())
        await go_on.wait()
        peer.send(b"early")
        taken = await reading

    upstream = await lab.upstream(script)
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.ask(upstream.at("/"), CHUNKED, method=b"POST")
    client.send(chunk(b"first"))
    await client.head()
    client.send(rest)
    await asyncio.sleep(1.5 * IMPATIENT.body_grace_s)
    go_on.set()
    await gateway.observer.last()

    other = await lab.client(gateway)
    assert (await other.get(upstream.at("/other"))).body == b"clean"
    assert len(upstream.peers) == 2
    assert b"/other" not in taken
