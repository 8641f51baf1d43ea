"""Routes by host: the vendor's hosts behind names of ours, beside routes by path."""

from typing import Any

import pytest

from tests.lab.dns import Name
from tests.lab.frames import HANDSHAKE, TEXT, Frame, echo_frames, frame, read_frame, upgraded
from tests.lab.lab import NAME, Lab
from tests.lab.upstream import Upstream, answering
from tests.lab.wire import Request, response

VENDOR = "api.vendor.example"


def by_host(upstream: Upstream, **more: Any) -> dict[str, Any]:
    hosts = {"api": f"{VENDOR}:{upstream.port}", "*.edge": f"{{}}.vendor.example:{upstream.port}"}
    return {"dialect": "host", "host": "*.gw.test", "hosts": hosts, **more}


def asked(host: str, path: str = "/", *fields: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("api.gw.test", VENDOR),
        ("API.gw.test:8443", VENDOR),
        ("1-2.edge.gw.test", "1-2.vendor.example"),
    ],
)
async def test_a_host_of_ours_leads_to_the_vendors(lab: Lab, host: str, name: str) -> None:
    upstream = await lab.upstream()
    lab.dns.zone[name] = Name(("127.0.0.1",))
    client = await lab.client(await lab.gateway(route=by_host(upstream)))

    client.send(asked(host, "/v2//x?y=%20"))

    assert (await client.response()).status == 200
    [request] = upstream.requests
    assert request.target == b"/v2//x?y=%20"
    assert request.get(b"host") == f"{name}:{upstream.port}".encode()
    assert upstream.peers[0].sni == name


async def test_a_websocket_too(lab: Lab) -> None:
    upstream = await lab.upstream(upgraded(echo_frames))
    lab.dns.zone[VENDOR] = Name(("127.0.0.1",))
    client = await lab.client(await lab.gateway(route=by_host(upstream)))

    client.send(asked("api.gw.test", "/ws", *(each.decode() for each in HANDSHAKE)))

    assert (await client.head()).status == 101
    client.send(frame(TEXT, b"hi", masked=True))
    assert await read_frame(client) == Frame(TEXT, b"hi")


async def test_a_name_that_stands_for_nothing_is_refused_and_other_hosts_have_their_routes(
    lab: Lab,
) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(route=[by_host(upstream), {"prefix": "/"}]))

    client.send(asked("other.gw.test", "/x"))
    refused = await client.response()
    assert (refused.status, refused.error) == (404, "no_route")
    assert "api.gw.test" in refused.json["detail"]

    client.send(asked("gw.test", upstream.at("/x", NAME).decode()))
    assert (await client.response()).status == 200
    client.send(asked("api.gw.test", "/-/live"))
    assert (await client.response()).json == {"status": "live"}


async def test_a_location_leads_back_through_a_host_of_ours(lab: Lab) -> None:
    moved = response(302, b"", b"Location: /next?x=1", b"Set-Cookie: a=b; Path=/v2; Domain=x.y")
    upstream = await lab.upstream(answering(moved))
    lab.dns.zone[VENDOR] = Name(("127.0.0.1",))
    gateway = await lab.gateway(tls=True, route=by_host(upstream, redirects="rewrite"))
    client = await lab.client(gateway)

    client.send(asked("api.gw.test:8443"))

    answer = await client.response()
    assert answer.get(b"location") == b"https://api.gw.test:8443/next?x=1"
    assert b"Path=/v2" in (answer.get(b"set-cookie") or b"")


@pytest.mark.parametrize(
    ("location", "seen"),
    [
        ("/next?x=1#y", b"//api.gw.test:8080/next?x=1#y"),
        ("https://1-2.vendor.example:{port}/x", b"//1-2.edge.gw.test:8080/x"),
        ("https://api.vendor.example:{port}//a.b/c", b"//api.gw.test:8080//a.b/c"),
    ],
)
async def test_a_location_without_tls_keeps_the_port_and_the_path(
    lab: Lab, location: str, seen: bytes
) -> None:
    """The scheme is unknown there, but not the port; and slashes are the vendor's own."""

    def respond(request: Request) -> bytes:
        return response(302, b"", f"Location: {location.format(port=upstream.port)}".encode())

    upstream = await lab.upstream(answering(respond))
    lab.dns.zone[VENDOR] = Name(("127.0.0.1",))
    client = await lab.client(await lab.gateway(route=by_host(upstream, redirects="rewrite")))

    client.send(asked("api.gw.test:8080"))

    assert (await client.response()).get(b"location") == seen


async def test_a_cookie_of_another_host_does_not_become_this_ones(lab: Lab) -> None:
    """A redirect is followed inside, and no Path keeps the hosts of such a route apart."""

    def respond(request: Request) -> bytes:
        if request.target == b"/start":
            there = f"Location: https://sso.vendor.example:{upstream.port}/in".encode()
            return response(302, b"", there, b"Set-Cookie: mine=1; Path=/")
        return response(200, b"in", b"Set-Cookie: theirs=1; Path=/")

    upstream = await lab.upstream(answering(respond))
    for name in (VENDOR, "sso.vendor.example"):
        lab.dns.zone[name] = Name(("127.0.0.1",))
    client = await lab.client(await lab.gateway(route=by_host(upstream)))

    client.send(asked("api.gw.test", "/start"))

    answer = await client.response()
    assert (answer.status, len(upstream.requests)) == (200, 2)
    assert [each.partition(b";")[0] for each in answer.values(b"set-cookie")] == [b"mine=1"]
