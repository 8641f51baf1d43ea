"""Access keys in the path: whom they let in, and where they never go."""

from typing import Any

import pytest

from tests.gateway.test_redirects import moved, pages
from tests.lab.frames import (
    HANDSHAKE,
    TEXT,
    Frame,
    echo_frames,
    frame,
    handshake,
    read_frame,
    upgraded,
)
from tests.lab.lab import NAME, Lab
from tests.lab.upstream import answering
from tests.lab.wire import response

KEY, SECOND, OLD = "5d41402abc4b2a76", "Zb-_~9zzzz", "old-key-of-2025"
APP = b"https://app.example"
KEYED = {"keys": [KEY, SECOND], "allowed_origins": ["https://app.example"]}
GUARDED = b"/5d41402abc4b2a76"


@pytest.mark.parametrize("prefix", ["", "/acs"])
@pytest.mark.parametrize("key", [KEY, SECOND])
async def test_a_key_opens_the_route(lab: Lab, prefix: str, key: str) -> None:
    upstream = await lab.upstream()
    route = KEYED | {"prefix": prefix or "/"}
    client = await lab.client(await lab.gateway(route=route))

    for slashes in ("/", "//"):
        mount = f"{prefix}{slashes}{key}".encode()
        assert (await client.get(mount + upstream.at("//x%2Fy?a=/b"))).status == 200

    assert [request.target for request in upstream.requests] == [b"/x%2Fy?a=/b"] * 2
    assert key.encode() not in b"".join(request.raw_head for request in upstream.requests)


@pytest.mark.parametrize("websocket", [False, True], ids=["http", "websocket"])
@pytest.mark.parametrize("prefix", ["", "/acs"])
@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("", "the path has no access key"),
        ("/" + OLD, "the access key in the path is not one of"),
        ("/5D41402ABC4B2A76", "the access key in the path is not one of"),
        ("/5d41402abc4b2a7", "the access key in the path is not one of"),
        ("/5d41402abc4b2a76x", "the access key in the path is not one of"),
        ("/%35d41402abc4b2a76", "the path has no access key"),
        ("/5d41402abc4b2a76%2F", "the path has no access key"),
        ("/./5d41402abc4b2a76", "the path has no access key"),
        ("/localhost/5d41402abc4b2a76", "the access key in the path is not one of"),
        ("?/5d41402abc4b2a76", "the path has no access key"),
    ],
)
async def test_everybody_else_is_refused(
    lab: Lab, prefix: str, key: str, says: str, websocket: bool
) -> None:
    upstream = await lab.upstream()
    route = KEYED | {"prefix": prefix or "/"}
    client = await lab.client(await lab.gateway(route=route))
    target = (prefix + (key if prefix or key[:1] != "?" else "/" + key)).encode()

    fields = HANDSHAKE if websocket else ()
    answer = await client.get(target + upstream.at("/"), b"Origin: " + APP, *fields)

    assert (answer.status, answer.error) == (403, "key_refused")
    assert answer.json["detail"].startswith(says)
    assert answer.get(b"access-control-allow-origin") == APP
    assert b"error=http_request_denied" in (answer.get(b"proxy-status") or b"")
    assert key.strip("/?").encode() not in answer.raw_head + answer.body or not key
    assert (upstream.peers, lab.dns.asked) == ([], [])


async def test_a_preflight_needs_the_key_too(lab: Lab) -> None:
    client = await lab.client(await lab.gateway(route=KEYED))
    asks = (b"Origin: " + APP, b"Access-Control-Request-Method: PUT")

    statuses = [
        (await client.get(mount + b"/up.example.com/", *asks, method=b"OPTIONS")).status
        for mount in (GUARDED, b"", b"/" + OLD.encode())
    ]

    assert statuses == [204, 403, 403]


async def test_a_keys_route_leaves_the_others_alone(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway(route=[{}, KEYED | {"prefix": "/acs"}])
    client = await lab.client(gateway)

    assert (await client.get(upstream.at("/"))).status == 200
    assert (await client.get(b"/acs" + upstream.at("/"))).error == "key_refused"
    assert (await client.get(b"/acs" + GUARDED + upstream.at("/"))).status == 200
    assert (await client.get(GUARDED + upstream.at("/"))).error == "no_route"


@pytest.mark.parametrize("prefix", [b"", b"/acs"])
@pytest.mark.parametrize("own", [b"localhost", b"proxy.example.com:443"])
async def test_the_key_comes_again_in_the_double_prefix(
    lab: Lab, prefix: bytes, own: bytes
) -> None:
    """ACS puts its whole proxy URL in front of what has it already."""
    upstream = await lab.upstream()
    route = KEYED | {"prefix": prefix.decode() or "/"}
    gateway = await lab.gateway(route=route, server={"public_names": ["proxy.example.com"]})
    client = await lab.client(gateway)
    once = prefix + GUARDED

    for again in (once, b""):
        target = once + b"/" + own + again + upstream.at("/trap/tokens")
        assert (await client.get(target)).status == 200

    assert [request.target for request in upstream.requests] == [b"/trap/tokens"] * 2
    assert len(upstream.peers) == 1  # no way through ourselves


@pytest.mark.parametrize(
    ("dialect", "below", "path"),
    [
        ("query", "/ap/?url=HOST:PORT/x&y=1", b"/x?y=1"),
        ("query", "/ws/?h=HOST&p=PORT", b"/"),
        ("fixed", "/x?y=1", b"/base/x?y=1"),
        ("fixed", "?apiKey=a", b"/base?apiKey=a"),
    ],
)
async def test_every_form_takes_a_key(lab: Lab, dialect: str, below: str, path: bytes) -> None:
    upstream = await lab.agoras_upstream(upgraded(echo_frames))
    route: dict[str, Any] = KEYED | {"dialect": dialect}
    if dialect == "fixed":
        route["upstream"] = f"https://{NAME}:{upstream.port}/base"
    gateway = await lab.gateway(route=route)
    client = await lab.client(gateway)
    rest = below.replace("HOST", NAME).replace("PORT", str(upstream.port)).encode()

    refused = await client.get(b"/" + OLD.encode() + rest)
    answer = await handshake(client, GUARDED + rest)

    assert (refused.error, answer.status) == ("key_refused", 101)
    assert [request.target for request in upstream.requests] == [path]
    client.send(frame(TEXT, b"hello", masked=True))
    assert await read_frame(client) == Frame(TEXT, b"hello")


@pytest.mark.parametrize("prefix", [b"", b"/acs"])
async def test_a_location_keeps_the_key(lab: Lab, prefix: bytes) -> None:
    upstream = await lab.upstream(pages(a=moved(b"/b?x")))
    route = KEYED | {"prefix": prefix.decode() or "/", "redirects": "rewrite"}
    client = await lab.client(await lab.gateway(route=route))

    answer = await client.get(prefix + GUARDED + upstream.at("/a"))
    location = answer.get(b"location")

    assert location == prefix + GUARDED + upstream.at("/b?x")
    assert (await client.get(location)).body == b"GET /b?x "


async def test_a_cookie_stays_behind_the_key(lab: Lab) -> None:
    upstream = await lab.upstream(answering(response(200, b"ok", b"Set-Cookie: s=1; Path=/v1")))
    client = await lab.client(await lab.gateway(route=KEYED))

    answer = await client.get(GUARDED + upstream.at("/"))

    assert answer.get(b"set-cookie") == b"s=1; Path=" + GUARDED + upstream.at("/v1")


@pytest.mark.parametrize("referer", [GUARDED, b"/localhost" + GUARDED, b"/Zb-_~9zzzz"])
@pytest.mark.parametrize("prefix", ["/", "/open"])
async def test_a_referer_does_not_take_a_key_upstream(
    lab: Lab, referer: bytes, prefix: str
) -> None:
    """The page came through the gateway; what it asks for may go through another route."""
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(route=[KEYED, {"prefix": "/open"}]))
    page = b"Referer: https://localhost" + referer + b"/up.example.com/page"

    mount = GUARDED if prefix == "/" else b"/open"
    assert (await client.get(mount + upstream.at("/"), page)).status == 200

    assert upstream.requests[0].get(b"referer") is None


async def test_another_referer_crosses(lab: Lab) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(route=KEYED))

    await client.get(GUARDED + upstream.at("/"), b"Referer: https://app.example/call?x")

    assert upstream.requests[0].get(b"referer") == b"https://app.example/call?x"


@pytest.mark.parametrize(
    "field",
    [
        b"X-Original-URI: /acs/%b/up.example.com/",
        b"X-Url: https://localhost/%b/up.example.com/",
        b"HX-Current-URL: https://localhost/%b/up.example.com/page",
        b"Ping-From: https://localhost/%b/",
        b"X-Target: https%3A%2F%2Flocalhost%2F%b%2Fup.example.com",
        b"User-Agent: App %b",
    ],
)
async def test_no_field_takes_a_key_upstream(lab: Lab, field: bytes) -> None:
    """Proxies and frameworks repeat the URL in fields of their own."""
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(route=KEYED))

    asked = GUARDED + upstream.at("/")
    assert (await client.get(asked, field.replace(b"%b", KEY.encode()))).status == 200

    assert KEY.encode() not in upstream.requests[0].raw_head


async def test_what_a_client_means_to_send_crosses(lab: Lab) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(route=KEYED))

    token = b"Authorization: Bearer " + KEY.encode()
    assert (await client.get(GUARDED + upstream.at("/"), token)).status == 200

    assert upstream.requests[0].get(b"authorization") == b"Bearer " + KEY.encode()
