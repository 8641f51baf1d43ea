"""/-/shim.js in a gateway: behind prefix and key, and nowhere else."""

import gzip
from typing import Any

import pytest

from tests.lab.client import Client
from tests.lab.lab import Lab, Running

KEY, OTHER = "2d711642b726b04401627ca9fbac32f5", "a81c60fe27b49d35"
ROUTES: list[dict[str, Any]] = [
    {},
    {"prefix": "/acs/eu", "keys": [KEY], "allowed_origins": ["https://app.example"]},
    {"prefix": "/off", "shim": False},
    {"prefix": "/fixed", "dialect": "fixed", "upstream": "https://up.example.com/"},
]
FOREIGN = b"Origin: https://evil.example"


async def asking(lab: Lab, routes: list[dict[str, Any]]) -> tuple[Running, Client]:
    gateway = await lab.gateway(route=routes)
    return gateway, await lab.client(gateway)


@pytest.mark.parametrize(
    ("target", "route"),
    [
        (b"/-/shim.js", "/"),
        (b"//-/shim.js?v=1", "/"),
        (f"/acs/eu/{KEY}/-/shim.js".encode(), "/acs/eu"),
        (f"/acs//eu/{KEY}//-/shim.js".encode(), "/acs/eu"),
    ],
)
async def test_where_it_is(lab: Lab, target: bytes, route: str) -> None:
    gateway, client = await asking(lab, ROUTES)
    answer = await client.get(target, FOREIGN, b"Accept-Encoding: gzip")
    assert answer.status == 200
    assert b'"hosts":["*.example.com:*"]' in gzip.decompress(answer.body)
    assert answer.get(b"access-control-allow-origin") == b"*"
    exchange = await gateway.observer.last()
    assert (exchange.route, exchange.error, exchange.status) == (route, None, 200)
    assert KEY.encode() not in gzip.decompress(answer.body)


@pytest.mark.parametrize(
    ("target", "status", "error", "words"),
    [
        (b"/acs/eu/-/shim.js", 403, "key_refused", "/<prefix>/<key>/-/shim.js"),
        (f"/acs/eu/{OTHER}/-/shim.js".encode(), 403, "key_refused", "not one of this route's"),
        (b"/off/-/shim.js", 404, "no_route", "`shim = false`"),
        (b"/-/shim.css", 404, "no_route", "/-/live"),
    ],
)
async def test_where_it_is_not(
    lab: Lab, target: bytes, status: int, error: str, words: str
) -> None:
    _, client = await asking(lab, ROUTES)
    answer = await client.get(target, FOREIGN)
    assert (answer.status, answer.json["error"]) == (status, error)
    assert words in answer.json["detail"]


@pytest.mark.parametrize(
    ("routes", "words"),
    [
        ([ROUTES[1]], "behind a route's prefix: /<prefix>/-/shim.js"),
        ([ROUTES[3] | {"prefix": "/"}], "has the fixed dialect"),
        ([{"shim": False}], "`shim = false`"),
    ],
)
async def test_a_gateway_without_it_at_its_root(
    lab: Lab, routes: list[dict[str, Any]], words: str
) -> None:
    _, client = await asking(lab, routes)
    answer = await client.get(b"/-/shim.js")
    assert (answer.status, answer.json["error"]) == (404, "no_route")
    assert words in answer.json["detail"]


async def test_below_a_fixed_route_the_path_is_the_upstreams(lab: Lab) -> None:
    upstream = await lab.upstream()
    fixed = ROUTES[3] | {"upstream": f"https://up.example.com:{upstream.port}/"}
    _, client = await asking(lab, [fixed])
    assert (await client.get(b"/fixed/-/shim.js")).status == 200
    assert [each.target for each in upstream.requests] == [b"/-/shim.js"]


async def test_a_browser_asks_whether_it_has_changed(lab: Lab) -> None:
    _, client = await asking(lab, ROUTES)
    first = await client.get(b"/-/shim.js")
    again = await client.get(b"/-/shim.js", b"If-None-Match: " + (first.get(b"etag") or b""))
    assert (again.status, again.body) == (304, b"")
    head = await client.get(b"/-/shim.js", method=b"HEAD")
    assert (head.status, head.get(b"content-length")) == (200, b"%d" % len(first.body))


async def test_it_counts_as_a_request(lab: Lab) -> None:
    gateway = await lab.gateway(route=ROUTES, limits={"request_rate": "1/hour"})
    client = await lab.client(gateway)
    assert [(await client.get(b"/-/shim.js")).status for _ in range(2)] == [200, 429]
