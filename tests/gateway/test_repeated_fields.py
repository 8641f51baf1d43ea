"""Fields that a client sends again are parsed and judged once; what comes of it is never different.

Each case is held against a gateway, or a reader, that has seen nothing before.
"""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy import decision
from sigproxy.assembly.rules import build_rules
from sigproxy.config import RouteSettings, ServerSettings, Settings
from sigproxy.decision import Asked, Findings
from sigproxy.errors import GatewayError
from sigproxy.exchange import Exchange
from sigproxy.gateway.downstream.request import RequestHead
from sigproxy.gateway.downstream.request_grammar import request_grammar
from sigproxy.gateway.forward import HEADS_KEPT
from sigproxy.gateway.reader import KEPT_BYTES, KEPT_LINES, MessageReader
from sigproxy.gateway.transport import Flow
from sigproxy.policies.cookies import tag_of
from sigproxy.policies.limits import Limits
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import Fields
from tests.lab.lab import NAME, Lab
from tests.lab.upstream import Peer, Upstream
from tests.lab.wire import response

ORIGIN = "https://app.example"


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


# --- parsed once ----------------------------------------------------------------------------

FIRST_LINES = (
    b"GET /a HTTP/1.1\r\n",
    b"GET /b?c=1 HTTP/1.1\r\n",
    b"POST /a HTTP/1.1\r\n",
    b"GET /a HTTP/1.0\r\n",
    b"GET /a HTTP/1.1\n",
    b"GET /a HTTP/2.0\r\n",
    b"GET /a RTSP/1.0\r\n",
    b"GET  /a HTTP/1.1\r\n",
    b"GET http://[/ HTTP/1.1\r\n",
    b"CONNECT a:443 HTTP/1.1\r\n",
    b"\r\nGET /a HTTP/1.1\r\n",
    b"\r\n\r\n",
    b"\x16\x03\x01\r\n",
)
FIELD_LINES = (
    b"Host: gw.example\r\n\r\n",
    b"Host: gw.example\r\nConnection: close\r\n\r\n",
    b"Host: gw.example\r\nContent-Length: 0\r\n\r\n",
    b"Host: gw.example\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"Host: gw.example\r\nX: a\r\n b\r\n\r\n",
    b"Host: gw.example\r\nX: %b\r\n\r\n" % (b"x" * KEPT_BYTES),
    b"Host: a\r\nHost: b\r\n\r\n",
    b"X: no host\r\n\r\n",
    b"\r\n",
)
HEADS = st.builds(bytes.__add__, st.sampled_from(FIRST_LINES), st.sampled_from(FIELD_LINES))


def read(reader: MessageReader[RequestHead], head: bytes) -> RequestHead | str | None:
    try:
        found, _ = reader.feed(head)
    except GatewayError as error:
        return f"{error.token}: {error.detail}"
    return found


def reader_in(loop: asyncio.AbstractEventLoop) -> MessageReader[RequestHead]:
    return MessageReader(request_grammar(Limits()), Flow(loop), loop)


@given(st.lists(HEADS, min_size=2, max_size=4))
def test_law_a_head_reads_the_same_whatever_came_before(heads: list[bytes]) -> None:
    loop = asyncio.new_event_loop()
    try:
        reader = reader_in(loop)
        for head in heads:
            expected = read(reader_in(loop), head)
            reader.next()
            assert read(reader, head) == expected
            if not isinstance(expected, RequestHead):
                break  # the connection ends here
    finally:
        loop.close()


def test_the_same_fields_are_one_object(loop: asyncio.AbstractEventLoop) -> None:
    reader = reader_in(loop)
    fields = []
    for target in (b"/a", b"/b"):
        reader.next()
        head = read(reader, b"GET %b HTTP/1.1\r\nHost: gw.example\r\n\r\n" % target)
        assert isinstance(head, RequestHead)
        assert head.target == target
        fields.append(head.fields)
    assert fields[0] is fields[1]


def test_many_small_lines_are_not_kept(loop: asyncio.AbstractEventLoop) -> None:
    """Each costs far more than its bytes: 250 of them were 85 KiB of an idle connection."""
    reader = reader_in(loop)
    lines = b"Host: gw.example\r\n" + b"".join(b"X-%d: 1\r\n" % each for each in range(KEPT_LINES))
    fields = []
    for _ in range(2):
        reader.next()
        head = read(reader, b"GET /a HTTP/1.1\r\n" + lines + b"\r\n")
        assert isinstance(head, RequestHead)
        fields.append(head.fields)
    assert fields[0] is not fields[1]


# --- judged once ----------------------------------------------------------------------------

SETTINGS = Settings(
    server=ServerSettings(public_names=("gw.example",)),
    route=(
        RouteSettings(targets=("*.example.com",), allowed_origins=(ORIGIN,)),
        RouteSettings(prefix="/any", targets=("*.example.com",)),
        RouteSettings(prefix="/q", dialect="query", targets=("*.example.com",)),
    ),
)
RULES = build_rules(SETTINGS)
# The loop is found after the route; a body too long after that.
PAIRS = (
    (),
    ((b"Origin", ORIGIN.encode()),),
    ((b"Origin", b"https://evil.example"),),
    ((b"CDN-Loop", b"gw.example"),),
    ((b"Content-Length", b"99999999999"),),
    ((b"Sec-WebSocket-Version", b"13"),),
    ((b"Cookie", tag_of(Authority("a.example.com")) + b"sid=1"),),
)
TARGETS = (
    b"/a.example.com/x",
    b"/b.example.com/y",
    b"/any/a.example.com/x",
    b"/q/?ep=wss://a.example.com/x",
    b"/a.example.org/x",
    b"/-/ready",
    b"/" + b"x" * 40_000,
    b"*",
)


def judged(method: str, target: bytes, peer: str, fields: Fields) -> object:
    exchange = Exchange("1", 0.0, 0.0, peer, None, method, target, fields=fields)
    try:
        asked = decision.receive(RULES, exchange, is_ready=True)
        if not isinstance(asked, Asked):
            return asked
        return decision.decide(RULES, exchange, asked, Findings())
    except GatewayError as error:
        return type(error), error.detail


@given(
    st.sampled_from(PAIRS),
    st.lists(
        st.tuples(
            st.sampled_from(["GET", "POST", "OPTIONS", "TRACE"]),
            st.sampled_from(TARGETS),
            st.sampled_from(["192.0.2.1", "192.0.2.2"]),
        ),
        min_size=2,
        max_size=5,
    ),
)
def test_law_a_request_is_judged_the_same_whatever_came_before(
    pairs: tuple[tuple[bytes, bytes], ...], requests: list[tuple[str, bytes, str]]
) -> None:
    lines = ((b"Host", b"gw.example"), *pairs)
    repeated = Fields(lines)
    for method, target, peer in requests:
        assert judged(method, target, peer, repeated) == judged(method, target, peer, Fields(lines))


# --- sent as made ---------------------------------------------------------------------------


def host(upstream: Upstream) -> bytes:
    return f"{NAME}:{upstream.port}".encode()


async def test_each_vendor_gets_its_own_cookies_however_often(lab: Lab) -> None:
    upstreams = [await lab.upstream() for _ in range(HEADS_KEPT + 1)]
    client = await lab.client(await lab.gateway(route=[{"allowed_origins": [ORIGIN]}]))
    tags = [tag_of(Authority(NAME, each.port)) + b"sid=%d" % each.port for each in upstreams]
    fields = (b"Origin: " + ORIGIN.encode(), b"Cookie: " + b"; ".join(tags))

    for _ in range(3):
        for upstream in upstreams:
            assert (await client.get(upstream.at("/x"), *fields)).status == 200

    for upstream in upstreams:
        assert [each.get(b"cookie") for each in upstream.requests] == [
            b"sid=%d" % upstream.port
        ] * 3
        assert {each.get(b"host") for each in upstream.requests} == {host(upstream)}


async def test_credentials_stay_behind_at_each_redirect_to_another_host(lab: Lab) -> None:
    other = await lab.upstream()

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            peer.send(response(302, b"", b"Location: https://" + host(other) + b"/there"))

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway())

    for _ in range(3):
        answer = await client.get(upstream.at("/x"), b"Authorization: Bearer abc", b"X-Kept: 1")
        assert answer.status == 200

    assert [each.get(b"authorization") for each in upstream.requests] == [b"Bearer abc"] * 3
    assert [each.get(b"authorization") for each in other.requests] == [None] * 3
    assert [each.get(b"x-kept") for each in other.requests] == [b"1"] * 3


async def test_a_few_heads_are_kept_however_many_routes_there_are(lab: Lab) -> None:
    upstream = await lab.upstream()
    routes = [{"prefix": prefix} for prefix in ("/", "/a", "/b", "/c", "/d", "/e")]
    gateway = await lab.gateway(route=routes)
    client = await lab.client(gateway)
    for each in routes:
        assert (
            await client.get(each["prefix"].rstrip("/").encode() + upstream.at("/"))
        ).status == 200
    [connection] = gateway.server.connections
    [_, head] = connection._reader._before
    assert 0 < len(head.fields.verdicts.heads) <= HEADS_KEPT
