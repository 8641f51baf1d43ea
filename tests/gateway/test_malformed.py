"""Requests that two servers might read in two ways, and hosts that only look like hosts.

Each gets a clear error in JSON, and no upstream hears of it (threats, section 4).
"""

import pytest

from tests.lab.lab import Lab, Running
from tests.lab.upstream import Upstream
from tests.lab.wire import Response

OK = b"GET /up.example.com/ HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /up.example.com/ HTTP/1.1\r\nHost: localhost\r\n"
HEAD = b"%b HTTP/1.1\r\nHost: localhost\r\n\r\n"

REQUESTS = {
    # Framing (12, 13)
    "length and chunked": (POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    "two lengths": (POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400),
    "a list of lengths": (POST + b"Content-Length: 3, 3\r\n\r\nabc", 400),
    "length with a sign": (POST + b"Content-Length: +3\r\n\r\nabc", 400),
    "length in hex": (POST + b"Content-Length: 0x3\r\n\r\nabc", 400),
    "length with a space": (POST + b"Content-Length : 3\r\n\r\nabc", 400),
    "length is negative": (POST + b"Content-Length: -1\r\n\r\n", 400),
    "a length of many digits": (POST + b"Content-Length: %b3\r\n\r\nabc" % (b"0" * 5000), 400),
    "gzip, chunked": (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    "chunked, identity": (POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
    "xchunked": (POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
    "chunked twice": (POST + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n", 400),
    "chunked in 1.0": (
        b"POST /up.example.com/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    # The head's syntax (11)
    "bare LF": (b"GET /up.example.com/ HTTP/1.1\nHost: localhost\n\n", 400),
    "bare CR in a value": (OK + b"X: a\rb\r\n\r\n", 400),
    "NUL in a value": (OK + b"X: a\0b\r\n\r\n", 400),
    "folded line": (OK + b"X: a\r\n b\r\n\r\n", 400),
    "space before the colon": (OK + b"X : a\r\n\r\n", 400),
    "space before the first field": (
        b"GET /up.example.com/ HTTP/1.1\r\n X: a\r\nHost: localhost\r\n\r\n",
        400,
    ),
    "no colon": (OK + b"X\r\n\r\n", 400),
    "no name": (OK + b": a\r\n\r\n", 400),
    "name with a slash": (OK + b"X/Y: a\r\n\r\n", 400),
    "name beyond ASCII": (OK + b"X\xe9: a\r\n\r\n", 400),
    "space in the target": (b"GET /up.example.com/a b HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "CONNECT with a line feed in front of its target": (
        HEAD % b"CONNECT \nup.example.com:443",
        400,
    ),
    "tab in the request line": (b"GET\t/up.example.com/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "HTTP/0.9": (b"GET /up.example.com/\r\n\r\n", 505),
    "HTTP/2.0": (b"GET /up.example.com/ HTTP/2.0\r\nHost: localhost\r\n\r\n", 505),
    "HTTP/1.2": (b"GET /up.example.com/ HTTP/1.2\r\nHost: localhost\r\n\r\n", 505),
    "RTSP": (b"GET /up.example.com/ RTSP/1.1\r\nHost: localhost\r\n\r\n", 505),
    "ICE": (b"SOURCE /up.example.com/ ICE/1.0\r\nHost: localhost\r\n\r\n", 505),
    "HTTP/1.10": (b"GET /up.example.com/ HTTP/1.10\r\nHost: localhost\r\n\r\n", 400),
    "http/1.1": (b"GET /up.example.com/ http/1.1\r\nHost: localhost\r\n\r\n", 400),
    "h2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "TLS to a plain port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "method with a space": (b"GE T /up.example.com/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    # Host (25)
    "no Host": (b"GET /up.example.com/ HTTP/1.1\r\n\r\n", 400),
    "two Hosts": (OK + b"Host: localhost\r\n\r\n", 400),
    "empty Host": (b"GET /up.example.com/ HTTP/1.1\r\nHost:\r\n\r\n", 400),
    "Host with userinfo": (b"GET /up.example.com/ HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
    "Host with a path": (b"GET /up.example.com/ HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    "a list of Hosts": (b"GET /up.example.com/ HTTP/1.1\r\nHost: a,b\r\n\r\n", 400),
    # Methods and forms (26)
    "CONNECT": (b"CONNECT up.example.com:443 HTTP/1.1\r\nHost: up.example.com:443\r\n\r\n", 405),
    "TRACE": (HEAD % b"TRACE /up.example.com/", 405),
    "GET *": (HEAD % b"GET *", 400),
    "another's absolute form": (HEAD % b"GET http://up.example.com/", 400),
    "ftp": (HEAD % b"GET ftp://localhost/up.example.com/", 400),
    "fragment": (HEAD % b"GET /up.example.com/#a", 400),
    "no slash": (HEAD % b"GET up.example.com/", 400),
    # Upgrades (13)
    "WebSocket by POST": (
        POST + b"Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n",
        400,
    ),
    "WebSocket without a key": (
        OK + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n",
        400,
    ),
    # A page that would own the gateway's origin (10)
    "service worker": (OK + b"Service-Worker: script\r\n\r\n", 403),
}

HOSTS = {  # the first segment -> status (1, 2)
    "user@up.example.com": 400,
    "up.example.com@127.0.0.1": 400,
    "2130706433": 404,
    "0x7f.1": 400,
    "127.1": 400,
    "0177.0.0.1": 400,
    "127.0.0.1": 403,
    "127.0.0.1:8080": 403,
    "[::1]": 403,
    "[::ffff:127.0.0.1]": 403,
    "[::1%25eth0]": 400,
    "127.0.0.1[::1]": 400,
    "up%2eexample.com": 400,
    "up.example.com%00": 400,
    "up.example.com%2f": 400,
    "up_stream.example.com": 400,
    "-up.example.com": 400,
    "up..example.com": 400,
    "up.example.com..": 400,
    ".example.com": 400,
    "up.example.com:": 400,
    "up.example.com:0": 400,
    "up.example.com:65536": 400,
    "up.example.com:443:443": 400,
    "up.example.com:+443": 400,
    "up\\.example.com": 400,
    "up.exámple.com": 400,
    "\uff55\uff50.example.com": 400,
    "evil.example.org": 403,
    "up.example.com.evil.org": 403,
    "evilexample.com": 403,
    "example.com": 403,
    "localhost.": 404,  # the gateway itself: what remains is no host
    "metadata.google.internal": 403,
    "favicon": 404,
    "": 404,
    "%2e%2e": 404,
    "a" * 64 + ".example.com": 400,
}


async def refused(lab: Lab, raw: bytes) -> tuple[Response, Running, Upstream]:
    """Send *raw*; check that nothing was looked up or dialled for it."""
    upstream = await lab.upstream()
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.send(raw)
    answer = await client.response(raw.split(b" ")[0])
    assert lab.dns.asked == []
    return answer, gateway, upstream


def is_clear(answer: Response) -> bool:
    body = answer.json
    return (
        answer.get(b"content-type") == b"application/json"
        and (answer.get(b"proxy-status") or b"").startswith(b"sigproxy; error=")
        and set(body) == {"error", "detail", "request_id"}
        and all(body.values())
    )


@pytest.mark.parametrize("name", REQUESTS)
async def test_a_malformed_request(lab: Lab, name: str) -> None:
    raw, status = REQUESTS[name]

    answer, gateway, _ = await refused(lab, raw)

    assert answer.status == status, answer.body
    assert is_clear(answer)
    [record] = gateway.observer.ends
    assert (record.status, record.error) == (status, answer.error)


@pytest.mark.parametrize(
    ("coding", "status"), [(b"", 400), (b"\t", 400), (b"gzip, chunked", 501), (b"xchunked", 400)]
)
async def test_nothing_is_read_behind_a_request_whose_end_is_in_doubt(
    lab: Lab, coding: bytes, status: int
) -> None:
    head = POST + b"Transfer-Encoding: " + coding + b"\r\n\r\n"
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway())
    client.send(head + b"0\r\n\r\n" + OK + b"\r\n")

    answer = await client.response()
    assert (answer.status, answer.get(b"connection")) == (status, b"close")
    assert await client.closed() == b""
    assert upstream.peers == []


@pytest.mark.parametrize("host", HOSTS)
async def test_a_host_that_is_none(lab: Lab, host: str) -> None:
    raw = b"GET /" + host.encode() + b"/latest HTTP/1.1\r\nHost: localhost\r\n\r\n"

    answer, _, _ = await refused(lab, raw)

    assert answer.status == HOSTS[host], answer.body
    assert is_clear(answer)


@pytest.mark.parametrize(
    "body",
    [b"zz\r\n", b"5 \r\nhello\r\n", b"5\r\nhello0\r\n\r\n", b"-1\r\n", b"5;a\nb\r\nhello\r\n"],
)
async def test_a_malformed_chunk(lab: Lab, body: bytes) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway())
    client.ask(upstream.at("/"), b"Transfer-Encoding: chunked", method=b"POST")
    client.send(body)

    answer = await client.response()

    assert (answer.status, answer.error) == (400, "bad_request")
    await client.closed()
    assert all(not request.complete for request in upstream.requests)


async def test_encoded_line_ends_stay_encoded(lab: Lab) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway())
    path = "/a%0d%0aX-Evil:1%0d%0a%0d%0aGET%20/b%20HTTP/1.1?q=%0d%0aY:1"

    assert (await client.get(upstream.at(path))).status == 200
    [request] = upstream.requests
    assert request.target == path.encode()
    assert request.get(b"x-evil") is None


async def test_an_own_absolute_form_is_taken(lab: Lab) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway())

    assert (await client.get(b"http://localhost" + upstream.at("/x"))).status == 200
    assert upstream.requests[0].target == b"/x"


async def test_options_of_all_is_about_the_gateway(lab: Lab) -> None:
    """RFC 9110, 9.3.7; no target is named, so that nobody else can answer it."""
    gateway = await lab.gateway()
    client = await lab.client(gateway)

    answer = await client.get(b"*", method=b"OPTIONS")

    assert (answer.status, answer.body) == (200, b"")
    assert b"OPTIONS" in (answer.get(b"allow") or b"")
    assert answer.get(b"content-length") == b"0"
    assert (await client.get(b"/-/live")).status == 200


async def test_a_connection_that_sent_garbage_is_closed(lab: Lab) -> None:
    client = await lab.client(await lab.gateway())

    client.send(b"garbage\r\n\r\n" + OK + b"\r\n")

    assert (await client.response()).status == 400
    assert await client.closed() == b""
    assert lab.dns.asked == []
