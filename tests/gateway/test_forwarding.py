"""What the upstream learns about the client, and what it does not (ADR 20)."""

import json
from typing import Any

import pytest

from tests.lab.lab import Lab
from tests.lab.wire import Request

CHAIN = b"X-Forwarded-For: 203.0.113.7, 198.51.100.2"


async def seen(
    lab: Lab, *fields: bytes, host: str = "127.0.0.1", server: dict[str, Any] | None = None
) -> Request:
    """Return the request that an upstream gets for one with *fields*."""
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(host=host, server=server or {}))
    assert (await client.get(upstream.at("/"), *fields)).status == 200
    return upstream.requests[0]


async def test_the_peer_is_appended(lab: Lab) -> None:
    request = await seen(lab, CHAIN, b"X-Forwarded-For: 192.0.2.1")

    expected = b"203.0.113.7, 198.51.100.2, 192.0.2.1, 127.0.0.1"
    assert request.get(b"x-forwarded-for") == expected
    assert request.get(b"x-real-ip") == b"127.0.0.1"


async def test_a_trusted_proxys_chain_is_kept(lab: Lab) -> None:
    trusted = {"trusted_proxies": ["127.0.0.0/8", "198.51.100.0/24"]}
    request = await seen(lab, CHAIN, server=trusted)

    assert request.get(b"x-forwarded-for") == b"203.0.113.7, 198.51.100.2, 127.0.0.1"
    assert request.get(b"x-real-ip") == b"203.0.113.7"


async def test_what_a_client_says_of_itself_through_a_trusted_proxy_is_dropped(lab: Lab) -> None:
    request = await seen(lab, CHAIN, server={"trusted_proxies": ["127.0.0.0/8"]})

    assert request.get(b"x-forwarded-for") == b"198.51.100.2, 127.0.0.1"
    assert request.get(b"x-real-ip") == b"198.51.100.2"


async def test_a_strangers_chain_is_dropped(lab: Lab) -> None:
    request = await seen(
        lab,
        CHAIN,
        b"Forwarded: for=203.0.113.7",
        b"X-Forwarded-Host: evil.example",
        b"X-Forwarded-Proto: http",
        b"X-Real-IP: 203.0.113.7",
        server={"trusted_proxies": ["10.0.0.0/8"]},
    )

    assert request.get(b"x-forwarded-for") == b"127.0.0.1"
    assert request.get(b"x-real-ip") == b"127.0.0.1"
    for name in (b"forwarded", b"x-forwarded-host", b"x-forwarded-proto"):
        assert request.get(name) is None


async def test_an_ipv6_peer(lab: Lab) -> None:
    request = await seen(lab, CHAIN, host="::1", server={"trusted_proxies": ["::1/128"]})

    assert request.get(b"x-forwarded-for") == b"198.51.100.2, ::1"
    assert request.get(b"x-real-ip") == b"198.51.100.2"


async def test_a_trusted_proxys_host_is_a_name_of_ours(lab: Lab) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(server={"trusted_proxies": ["127.0.0.1"]}))

    answer = await client.get(
        b"/public.example.com" + upstream.at("/"), b"X-Forwarded-Host: public.example.com"
    )

    assert answer.status == 200


async def test_hop_by_hop_fields_stay_here(lab: Lab) -> None:
    request = await seen(
        lab,
        b"Connection: X-Hop, Cookie, X-Forwarded-For, keep-alive",
        b"Keep-Alive: timeout=5",
        b"Proxy-Authorization: Basic x",
        b"Proxy-Connection: keep-alive",
        b"Proxy: http://evil.example",
        b"TE: trailers",
        b"X-Hop: 1",
        b"Upgrade: h2c",
        b"HTTP2-Settings: AAMAAABkAAQAAP__",
        b"Authorization: Bearer kept",
    )

    names = [name.lower() for name, _ in request.fields]
    assert names == [b"host", b"authorization", b"x-real-ip", b"x-forwarded-for", b"cdn-loop"]


async def test_unknown_fields_cross_byte_for_byte(lab: Lab) -> None:
    fields = (b"x-MiXeD-cAsE: a", b"X-Twice: 1", b"X-Twice: 2", b"X-Empty: ", b"X-8bit: \xfc\xe9")

    request = await seen(lab, *fields)

    assert b"\r\n".join(fields).replace(b": \r", b": \r") in request.raw_head


@pytest.mark.parametrize(
    "path", ["/a%2Fb%20c%3Fd/../x//y?x=%2F&y=a+b", "/%zz", "/?", "/;a=b", "/a'b\"c<d>|{}"]
)
async def test_the_path_crosses_byte_for_byte(lab: Lab, path: str) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway())

    assert (await client.get(upstream.at(path))).status == 200
    assert upstream.requests[0].target == path.encode()


async def test_the_gateways_own_pages(lab: Lab) -> None:
    client = await lab.client(await lab.gateway())

    for path, status in ((b"/-/live", "live"), (b"/-/ready", "ready"), (b"//-/ready?x", "ready")):
        answer = await client.get(path)
        assert (answer.status, json.loads(answer.body)) == (200, {"status": status})
    assert (await client.get(b"/-/other")).status == 404
    assert (await client.get(b"/-/other", method=b"OPTIONS")).status == 404
    assert (await client.get(b"/-/live", method=b"POST", body=b"")).status == 405


@pytest.mark.parametrize("path", [b"/-/live", b"/-/ready"])
async def test_a_balancer_may_ask_with_options(lab: Lab, path: bytes) -> None:
    """As HAProxy does by default: it has to see what GET would."""
    gateway = await lab.gateway()
    client = await lab.client(gateway)

    answer = await client.get(path, method=b"OPTIONS")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.get(b"allow") == b"GET, HEAD, OPTIONS"

    gateway.runner.give_notice()
    for method in (b"OPTIONS", b"GET"):
        client = await lab.client(gateway)  # from the notice on an answer ends its connection
        answer = await client.get(path, method=method)
        assert answer.status == (503 if path == b"/-/ready" else 200)


@pytest.mark.parametrize("host", [b"", b"sig_proxy", b"_", b"a,b"])
async def test_a_monitor_may_name_the_gateway_as_it_likes(lab: Lab, host: bytes) -> None:
    """F5's default monitor sends an empty Host (RFC 9112, 3.2)."""
    gateway = await lab.gateway()
    client = await lab.client(gateway)

    for path, status in ((b"/-/live", 200), (b"//-/ready?x", 200), (b"/-/other", 400), (b"/", 400)):
        client.send(b"GET %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (path, host))
        assert (await client.response()).status == status
    client.send(b"GET /-/live HTTP/1.1\r\nHost: %b\r\nHost: b\r\n\r\n" % host)
    assert (await client.response()).status == 400


@pytest.mark.parametrize("path", [b"/-/live", b"/-/ready"])
async def test_a_page_may_read_the_gateways_own_pages(lab: Lab, path: bytes) -> None:
    client = await lab.client(await lab.gateway(route={"allowed_origins": ["https://a.example"]}))
    origin = b"Origin: https://app.example"

    asked = (b"Access-Control-Request-Method: GET", b"Access-Control-Request-Headers: x-own")
    preflight = await client.get(path, origin, *asked, method=b"OPTIONS")
    assert preflight.status == 200
    assert preflight.get(b"access-control-allow-origin") == b"https://app.example"
    assert b"GET" in (preflight.get(b"access-control-allow-methods") or b"")
    assert preflight.get(b"access-control-allow-headers") == b"x-own"

    answer = await client.get(path, origin)
    assert answer.status == 200
    assert answer.get(b"access-control-allow-origin") == b"https://app.example"
    assert (await client.get(path)).get(b"access-control-allow-origin") == b"*"
