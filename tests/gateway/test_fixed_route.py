"""One upstream below a prefix, and routes of all forms side by side."""

from typing import Any

import pytest

from tests.lab.dns import Name
from tests.lab.frames import (
    TEXT,
    Frame,
    close,
    echo_frames,
    frame,
    handshake,
    read_frame,
    upgraded,
)
from tests.lab.lab import NAME, Lab
from tests.lab.upstream import Upstream

LISTED: dict[str, Any] = {"allowed_origins": ["https://app.example"]}


def fixed(
    upstream: Upstream, path: str = "/", prefix: str = "/", name: str = NAME, **more: Any
) -> dict[str, Any]:
    url = f"https://{name}:{upstream.port}{path}"
    return {"prefix": prefix, "dialect": "fixed", "upstream": url, **more}


@pytest.mark.parametrize("prefix", ["/", "/watchrtc", "/a/b"])
@pytest.mark.parametrize(
    ("below", "path"),
    [
        ("/trace", b"/trace"),
        ("//error", b"/error"),
        ("//get-qualityrtc-config?apiKey=a&b=%20+//", b"/get-qualityrtc-config?apiKey=a&b=%20+//"),
        ("/x%2Fy//z/./w;p=1?q=%zz", b"/x%2Fy//z/./w;p=1?q=%zz"),
        ("/api.example.org/x", b"/api.example.org/x"),
        ("/localhost/x", b"/localhost/x"),
        ("/?", b"/?"),
        ("/", b"/"),
    ],
)
async def test_the_path_is_kept(lab: Lab, prefix: str, below: str, path: bytes) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(route=fixed(upstream, prefix=prefix)))
    body = b'{"sessionId":"\xff\0"}'

    target = prefix.rstrip("/") + below
    answer = await client.get(target.encode(), method=b"POST", body=body)

    assert (answer.status, answer.body) == (200, b"ok")
    [request] = upstream.requests
    assert (request.method, request.target, request.body) == (b"POST", path, body)
    assert request.get(b"host") == f"{NAME}:{upstream.port}".encode()
    assert upstream.peers[0].sni == NAME


@pytest.mark.parametrize(
    ("below", "path"),
    [(b"", b"/base"), (b"?x", b"/base?x"), (b"/", b"/base/"), (b"/a/b?x=/", b"/base/a/b?x=/")],
)
async def test_the_path_is_joined_to_the_upstreams(lab: Lab, below: bytes, path: bytes) -> None:
    upstream = await lab.upstream()
    route = fixed(upstream, "/base/", "/watchrtc")
    client = await lab.client(await lab.gateway(route=route))

    assert (await client.get(b"/watchrtc" + below)).status == 200
    assert upstream.requests[0].target == path


@pytest.mark.parametrize("below", [b"", b"/", b"/any/thing", b"/../../x", b"/%2e%2e/x", b"//x"])
async def test_the_path_is_dropped(lab: Lab, below: bytes) -> None:
    """As in the vendor's sample for Express: `ignorePath`."""
    upstream = await lab.upstream()
    route = fixed(upstream, "/forwarder/", "/proxy", keep_path=False)
    client = await lab.client(await lab.gateway(route=route))

    assert (await client.get(b"/proxy" + below + b"?x=%20")).status == 200
    assert upstream.requests[0].target == b"/forwarder/?x=%20"


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize(
    ("prefix", "target", "path"),
    [
        ("/", b"/?apiKey=a&b", b"/?apiKey=a&b"),
        ("/watchrtc", b"/watchrtc?apiKey=a%20b", b"/?apiKey=a%20b"),
        ("/watchrtc", b"/watchrtc/?apiKey=a", b"/?apiKey=a"),
    ],
)
async def test_a_bare_websocket(
    lab: Lab, prefix: str, target: bytes, path: bytes, tls: bool
) -> None:
    """watchRTC adds no path to its proxyUrl: wss://gateway?apiKey=..."""
    upstream = await lab.upstream(upgraded(echo_frames, b"Sec-WebSocket-Protocol: 2.0"))
    gateway = await lab.gateway(tls=tls, route=fixed(upstream, prefix=prefix))
    client = await lab.client(gateway)

    answer = await handshake(client, target, b"Sec-WebSocket-Protocol: 2.0")

    assert (answer.status, answer.get(b"sec-websocket-protocol")) == (101, b"2.0")
    assert upstream.requests[0].target == path
    client.send(frame(TEXT, b"x" * 70_000, masked=True))
    assert await read_frame(client) == Frame(TEXT, b"x" * 70_000)
    client.send(close(1000, masked=True))
    assert (await read_frame(client)).close_code == 1000


async def test_a_foreign_page_and_a_private_address_reach_nothing(lab: Lab) -> None:
    lab.dns.zone["inside.example.com"] = Name(("10.0.0.1",))
    upstream = await lab.upstream()
    gateway = await lab.gateway(
        route=[
            fixed(upstream, prefix="/app", **LISTED),
            fixed(upstream, prefix="/inside", name="inside.example.com"),
        ]
    )
    client = await lab.client(gateway)

    assert (await client.get(b"/app/x", b"Origin: https://evil.example")).error == "origin_refused"
    assert (await client.get(b"/inside/x")).error == "address_refused"
    assert upstream.peers == []


async def test_the_upstream_may_be_what_the_client_calls_the_gateway(lab: Lab) -> None:
    """A network's own DNS leads the vendor's name to the gateway, and no SDK is told of it."""
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(route=fixed(upstream)))
    client.send(f"GET /x HTTP/1.1\r\nHost: {NAME}:{upstream.port}\r\n\r\n".encode())

    assert (await client.response()).status == 200
    assert upstream.requests[0].target == b"/x"


async def test_routes_side_by_side(lab: Lab) -> None:
    """One gateway for four SDKs: each request finds its form by the prefix alone."""
    watch, trtc, echo = await lab.upstream(), await lab.upstream(), await lab.upstream()
    agora = await lab.agoras_upstream()
    gateway = await lab.gateway(
        route=[
            {},
            fixed(watch, prefix="/watchrtc"),
            fixed(trtc, "/v5", "/ws"),
            fixed(echo, "/sink", "/ws/drop", keep_path=False),
            {"prefix": "/agora", "dialect": "query"},
        ]
    )
    asked = {
        watch.at("/trace"): (watch, b"/trace"),
        b"/watchrtc?apiKey=a": (watch, b"/?apiKey=a"),
        b"/watchrtc/ws/?h=a": (watch, b"/ws/?h=a"),
        b"/watchrtc" + trtc.at("/x"): (watch, trtc.at("/x")),
        b"/ws/?sdkAppId=1": (trtc, b"/v5/?sdkAppId=1"),
        b"/ws/dropped": (trtc, b"/v5/dropped"),
        b"/ws/drop/x?y": (echo, b"/sink?y"),
        b"/agora/ap/?url=%b:%d/x" % (NAME.encode(), agora.port): (agora, b"/x"),
        b"/agora/ws/?h=%b&p=%d" % (NAME.encode(), agora.port): (agora, b"/"),
        b"/localhost" + agora.at("/ws?h=1"): (agora, b"/ws?h=1"),
    }
    client = await lab.client(gateway)

    for target, (upstream, path) in asked.items():
        upstream.requests.clear()
        assert (await client.get(target)).status == 200, target
        assert [request.target for request in upstream.requests] == [path], target


@pytest.mark.parametrize("target", [b"/watchrtcx", b"/watchrtc%2Fx", b"/Watchrtc/x", b"/wsx/"])
async def test_a_prefix_is_whole_segments(lab: Lab, target: bytes) -> None:
    upstream = await lab.upstream()
    routes = [{}, fixed(upstream, prefix="/watchrtc"), fixed(upstream, prefix="/ws")]
    client = await lab.client(await lab.gateway(route=routes))

    assert (await client.get(target)).error == "no_route"
    assert upstream.peers == []


@pytest.mark.parametrize(
    "below", [b"/../admin", b"/x/../../admin", b"/%2e%2e/admin", b"/.%2E/admin", b"/.."]
)
async def test_no_path_climbs_out_of_the_upstreams(lab: Lab, below: bytes) -> None:
    """`upstream = ".../public"` serves what is public; servers resolve dots, encoded ones too."""
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(route=fixed(upstream, "/public", "/app")))

    answer = await client.get(b"/app" + below)

    assert (answer.status, answer.error) == (400, "bad_target")
    assert upstream.peers == []
