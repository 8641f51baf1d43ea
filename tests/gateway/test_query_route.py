"""Agora's form through a gateway: what crosses, what the vendor is told, what stays here."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.lab.client import Client
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
from tests.lab.upstream import Upstream, answering
from tests.lab.wire import response

ORIGIN = b"Origin: https://app.example"
AGORA = {"prefix": "/agora", "dialect": "query"}
LISTED = AGORA | {"allowed_origins": ["https://app.example"]}
CHAIN = b"X-Forwarded-For: 203.0.113.7, 198.51.100.2"


def at(upstream: Upstream, form: str) -> bytes:
    """Return *form* with the upstream's host and port in the place of HOST and PORT."""
    return form.replace("HOST", NAME).replace("PORT", str(upstream.port)).encode()


@pytest.mark.parametrize("prefix", ["/", "/agora"])
@pytest.mark.parametrize(
    ("form", "path"),
    [
        ("/ap/?url=HOST:PORT/api/v2/transpond/webrtc?v=2", b"/api/v2/transpond/webrtc?v=2"),
        ("/ap/?url=HOST:PORT/api/v1&action=stringuid", b"/api/v1?action=stringuid"),
        ("/ap/?url=HOST:PORT/a%2fB/../c?x=%zz&y=+/&&z='{}", b"/a%2fB/../c?x=%zz&y=+/&&z='{}"),
        ("/ap?url=HOST:PORT", b"/"),
        ("/rs/?h=HOST&p=PORT&d=/events/messages", b"/events/messages"),
        ("/ls/?h=HOST&p=PORT&d=upload/v1", b"/upload/v1"),
        ("/cs/?h=HOST&p=PORT&d=x?y=1&z=%2F&w", b"/x?y=1&z=%2F&w"),
        ("//ls//?d=upload//v1&p=PORT&h=HOST", b"/upload//v1"),
    ],
)
async def test_each_form_reaches_its_target(lab: Lab, prefix: str, form: str, path: bytes) -> None:
    upstream = await lab.agoras_upstream()
    client = await lab.client(await lab.gateway(route=AGORA | {"prefix": prefix}))
    body = b"--b\r\nContent-Disposition: form-data\r\n\r\n\xff\0\r\n--b--\r\n"
    fields = (b"Content-Type: multipart/form-data; boundary=b", b"X-Packet-Service-Type: 0")

    answer = await client.get(
        prefix.rstrip("/").encode() + at(upstream, form), *fields, method=b"POST", body=body
    )

    assert (answer.status, answer.body) == (200, b"ok")
    [request] = upstream.requests
    assert (request.method, request.target, request.body) == (b"POST", path, body)
    assert request.get(b"host") == f"{NAME}:{upstream.port}".encode()
    assert upstream.peers[0].sni == NAME
    assert request.get(b"x-packet-service-type") == b"0"


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_a_websocket(lab: Lab, tls: bool) -> None:
    upstream = await lab.agoras_upstream(upgraded(echo_frames))
    gateway = await lab.gateway(tls=tls, route=AGORA)
    client = await lab.client(gateway)

    answer = await handshake(client, b"/agora" + at(upstream, "/ws/?h=HOST&p=PORT"))

    assert answer.status == 101
    assert answer.get(b"sec-websocket-protocol") is None
    assert upstream.requests[0].target == b"/"
    join = b'{"_type":"join_v3"}' * 500
    client.send(frame(TEXT, join, masked=True))
    assert await read_frame(client) == Frame(TEXT, join)
    client.send(close(1000, masked=True))
    assert (await read_frame(client)).close_code == 1000
    assert (await gateway.observer.last()).closed_by == "client"


async def client_address(lab: Lab, *fields: bytes, **server: Any) -> list[bytes]:
    """Return what the vendor is told in X-User-Address."""
    upstream = await lab.agoras_upstream()
    client = await lab.client(await lab.gateway(route=AGORA, server=server))
    form = at(upstream, "/agora/ap/?url=HOST:PORT/api/v1")
    assert (await client.get(form, *fields)).status == 200
    return upstream.requests[0].values(b"x-user-address")


async def test_the_vendor_learns_the_clients_address(lab: Lab) -> None:
    assert await client_address(lab) == [b"127.0.0.1"]


@pytest.mark.parametrize("name", [b"X-User-Address", b"x-user-address"])
async def test_what_the_client_says_of_itself_is_replaced(lab: Lab, name: bytes) -> None:
    told = await client_address(lab, name + b": 10.0.0.1", name + b": 10.0.0.2")
    assert told == [b"127.0.0.1"]


async def test_nominated_as_hop_by_hop_it_is_sent_all_the_same(lab: Lab) -> None:
    told = await client_address(lab, b"Connection: x-user-address", b"X-User-Address: 10.0.0.1")
    assert told == [b"127.0.0.1"]


@pytest.mark.parametrize("server", [{}, {"trusted_proxies": ["10.0.0.0/8"]}])
async def test_a_chain_that_nobody_vouches_for_is_not_the_client(
    lab: Lab, server: dict[str, Any]
) -> None:
    assert await client_address(lab, CHAIN, **server) == [b"127.0.0.1"]


async def test_behind_a_trusted_proxy_the_client_is_whom_that_saw(lab: Lab) -> None:
    trusted = {"trusted_proxies": ["127.0.0.1", "198.51.100.0/24"]}
    assert await client_address(lab, CHAIN, b"X-User-Address: 10.0.0.1", **trusted) == [
        b"203.0.113.7"
    ]


async def test_behind_a_trusted_proxy_what_the_client_made_up_is_not_the_client(lab: Lab) -> None:
    """Proxies append: only what the trusted ones added themselves is true."""
    chain = b"X-Forwarded-For: 10.9.9.9, not an address, 203.0.113.7, 127.0.0.9"
    assert await client_address(lab, chain, trusted_proxies=["127.0.0.0/8"]) == [b"203.0.113.7"]


async def test_a_unix_socket_vouches_for_no_client_of_its_own_making(
    lab: Lab, tmp_path: Path
) -> None:
    upstream = await lab.agoras_upstream()
    gateway = await lab.gateway(route=AGORA)
    path = str(tmp_path / "sigproxy.sock")
    await web.UnixSite(gateway.runner, path).start()
    client = Client(*await asyncio.open_unix_connection(path))

    form = at(upstream, "/agora/ap/?url=HOST:PORT/api/v1")
    assert (await client.get(form, b"X-User-Address: 10.0.0.1")).status == 200
    client.close()

    assert upstream.requests[0].values(b"x-user-address") == []


async def test_a_trusted_proxy_without_a_chain_is_the_client(lab: Lab) -> None:
    assert await client_address(lab, trusted_proxies=["127.0.0.1"]) == [b"127.0.0.1"]


async def test_no_other_form_tells_it(lab: Lab) -> None:
    """There it is a field like any other, which crosses as it came."""
    upstream = await lab.upstream()
    url = f"https://{NAME}:{upstream.port}"
    routes = [{}, {"prefix": "/fixed", "dialect": "fixed", "upstream": url}]
    client = await lab.client(await lab.gateway(route=routes))

    for target in (upstream.at("/"), b"/fixed"):
        assert (await client.get(target)).status == 200
        assert (await client.get(target, b"X-User-Address: 10.0.0.1")).status == 200

    told = [request.values(b"x-user-address") for request in upstream.requests]
    assert told == [[], [b"10.0.0.1"]] * 2


async def test_cookies_pass_in_neither_direction(lab: Lab) -> None:
    """All vendors would share the gateway's "/ap/": no Path can keep them apart."""
    upstream = await lab.agoras_upstream(
        answering(response(200, b"ok", b"Set-Cookie: s=1; Path=/", b"Set-Cookie: t=2"))
    )
    client = await lab.client(await lab.gateway(route=LISTED))

    answer = await client.get(
        at(upstream, "/agora/ap/?url=HOST:PORT/"), ORIGIN, b"Cookie: session=secret"
    )

    assert (answer.status, answer.values(b"set-cookie")) == (200, [])
    assert upstream.requests[0].get(b"cookie") is None


async def test_a_websocket_takes_no_cookies_along(lab: Lab) -> None:
    upstream = await lab.agoras_upstream(upgraded(echo_frames, b"Set-Cookie: s=1"))
    client = await lab.client(await lab.gateway(route=LISTED))

    answer = await handshake(
        client, at(upstream, "/agora/ws/?h=HOST&p=PORT"), ORIGIN, b"Cookie: session=secret"
    )

    assert (answer.status, answer.values(b"set-cookie")) == (101, [])
    assert upstream.requests[0].get(b"cookie") is None


async def test_a_preflight_is_answered_here(lab: Lab) -> None:
    client = await lab.client(await lab.gateway(route=AGORA))

    answer = await client.get(
        b"/agora/ap/?url=up.example.com/api/v1",
        ORIGIN,
        b"Access-Control-Request-Method: POST",
        b"Access-Control-Request-Headers: x-packet-service-type,x-packet-uri",
        method=b"OPTIONS",
    )

    assert answer.status == 204
    allowed = answer.get(b"access-control-allow-headers")
    assert allowed == b"x-packet-service-type, x-packet-uri"
    assert lab.dns.asked == []
