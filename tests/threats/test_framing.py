"""Bytes that two readers could read in two ways: one request must stay one request."""

import asyncio

import pytest

from tests.lab.frames import HANDSHAKE, KEY
from tests.lab.lab import Lab
from tests.lab.upstream import Peer, answering
from tests.lab.wire import CHUNKED, chunk, response

SMUGGLED = b"GET /up.example.com/smuggled HTTP/1.1\r\nHost: evil.com\r\n\r\n"


async def test_11_header_injection(lab: Lab) -> None:
    split = b"HTTP/1.1 200 OK\r\nX-Split: a\rSet-Cookie: b=c\r\nContent-Length: 2\r\n\r\nok"
    upstream = await lab.upstream(
        answering(lambda request: split if request.target == b"/split" else response(200, b"ok"))
    )
    client = await lab.client(await lab.gateway())
    path = "/a%0d%0aX:1%0d%0a%0d%0aGET%20/b?q=%0d%0aY:1"

    assert (await client.get(upstream.at(path))).status == 200
    assert [request.target for request in upstream.requests] == [path.encode()]
    assert (upstream.requests[0].get(b"x"), upstream.requests[0].get(b"y")) == (None, None)

    answer = await client.get(upstream.at("/split"))
    assert (answer.status, answer.error) == (502, "bad_response")


async def test_12_request_smuggling(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway()
    post = b"POST %b HTTP/1.%%d\r\nHost: localhost\r\n" % upstream.at("/")
    both = b"Transfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n0\r\n\r\n"

    for raw in (
        post % 1 + both % (len(SMUGGLED) + 5) + SMUGGLED,
        post % 0 + both % (len(SMUGGLED) + 5) + SMUGGLED,
        post % 0 + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
        post % 1 + b"Content-Length: 0\r\nContent-Length: 58\r\n\r\n" + SMUGGLED,
    ):
        client = await lab.client(gateway)
        client.send(raw)
        assert (await client.response()).status == 400, raw
        assert await client.closed() == b"", raw

    assert (upstream.peers, lab.dns.asked) == ([], [])


async def test_12_request_smuggling_behind_an_early_answer(lab: Lab) -> None:
    """CVE-2025-4366: the rest of a body that nobody read, taken for the next request."""

    async def script(peer: Peer) -> None:
        await peer.head()
        peer.send(response(200, b"early"))
        await peer.gone()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.ask(upstream.at("/"), b"Content-Length: %d" % (1 + len(SMUGGLED)), method=b"POST")
    client.send(b"x")
    assert (await client.response()).body == b"early"

    client.send(SMUGGLED)

    assert await client.closed() == b""
    assert (len(upstream.requests), len(gateway.observer.ends)) == (1, 1)


@pytest.mark.parametrize(
    "trailers", [b"Authorization: other\r\n", b"A: b\r\nHost: other\r\n", b"X-Odd:\r\n"]
)
async def test_12_request_smuggling_by_a_trailer(lab: Lab, trailers: bytes) -> None:
    """Taken for a field of the next request, which a proxy in front may send for another user."""
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway())
    plain = b"GET %b HTTP/1.1\r\nHost: localhost\r\n\r\n" % upstream.at("/")

    client.send(plain + plain)
    client.ask(upstream.at("/"), CHUNKED, method=b"POST")
    client.send(chunk(b"body") + b"0\r\n" + trailers + b"\r\n" + plain)
    assert [(await client.response()).status for _ in range(4)] == [200] * 4
    client.send(plain)
    assert (await client.response()).status == 200

    first, _, posted, *behind = upstream.requests
    assert (posted.method, posted.body) == (b"POST", b"body")
    assert [each.fields for each in behind] == [first.fields] * 2


@pytest.mark.parametrize("framed", [b"Content-Length: %d", CHUNKED])
async def test_12_request_smuggling_in_a_connect(lab: Lab, framed: bytes) -> None:
    """Its content is none to llhttp, whatever it declares (RFC 9110, 9.3.6)."""
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway())
    inner = b"GET %b HTTP/1.1\r\nHost: localhost\r\n\r\n" % upstream.at("/smuggled")
    declared = framed % len(inner) if b"%" in framed else framed

    client.send(b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n" + declared + b"\r\n\r\n" + inner)

    assert (await client.response()).status in (400, 405)
    assert await client.closed() == b""
    assert upstream.requests == []


async def test_13_upgrade_smuggling(lab: Lab) -> None:
    """CVE-2026-2833: a 101 is believed only if it answers the client's key; nothing goes before."""
    taken = []

    async def wrongly_switching(peer: Peer) -> None:
        await peer.head()
        await asyncio.sleep(0.05)  # for what must not come
        fields = (b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Accept: " + KEY)
        peer.send(response(101, b"", *fields, framed=False))
        taken.append(await peer.reader.read())

    upstream = await lab.upstream(wrongly_switching)
    client = await lab.client(await lab.gateway())
    lines = [b"GET %b HTTP/1.1" % upstream.at("/ws"), b"Host: localhost", *HANDSHAKE]
    client.send(b"\r\n".join(lines) + b"\r\n\r\n" + SMUGGLED)

    answer = await client.response()
    assert (answer.status, answer.error) == (502, "upgrade_failed")
    await upstream.peers[0].ended.wait()
    assert taken == [b""]
    assert len(upstream.requests) == 1


async def test_13_upgrade_smuggling_to_h2c(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway()

    for connection in (b"Connection: Upgrade, HTTP2-Settings", b"Connection: close"):
        client = await lab.client(gateway)
        await client.get(
            upstream.at("/"), connection, b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__"
        )
        names = {name.lower() for name, _ in upstream.requests[-1].fields}
        assert names.isdisjoint({b"connection", b"upgrade", b"http2-settings"})


async def test_14_hop_by_hop_abuse(lab: Lab) -> None:
    """Connection cannot take away what an upstream decides by."""
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway())

    await client.get(
        upstream.at("/"),
        b"Connection: Host, Cookie, Authorization, X-Forwarded-For, X-Real-IP, CDN-Loop, X-Hop",
        b"CDN-Loop: first.example",
        b"Cookie: a=b",
        b"Authorization: Bearer x",
        b"X-Hop: 1",
    )

    request = upstream.requests[0]
    assert (request.get(b"cookie"), request.get(b"authorization")) == (b"a=b", b"Bearer x")
    assert request.get(b"x-forwarded-for") == request.get(b"x-real-ip") == b"127.0.0.1"
    assert (request.get(b"cdn-loop") or b"").startswith(b"first.example, ")
    assert request.get(b"x-hop") is None
