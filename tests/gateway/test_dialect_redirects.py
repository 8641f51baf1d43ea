"""Redirects where the request target does not say the host: query and fixed (ADR 7)."""

from typing import Any

import pytest

from tests.gateway.test_redirects import CREDENTIALS, moved, pages
from tests.lab.dns import Name
from tests.lab.lab import NAME, Lab, Running
from tests.lab.upstream import Upstream, answering
from tests.lab.wire import response

OTHER = "other.example.com"
MIB = 1024 * 1024
MODES = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])


def url(upstream: Upstream, path: str = "", name: str = NAME) -> str:
    return f"https://{name}:{upstream.port}{path}"


def query_route(**more: Any) -> dict[str, Any]:
    return {"prefix": "/agora", "dialect": "query", **more}


def fixed_route(upstream: Upstream, path: str = "", **more: Any) -> dict[str, Any]:
    return {"prefix": "/fixed", "dialect": "fixed", "upstream": url(upstream, path), **more}


def ap(upstream: Upstream, path: str) -> bytes:
    return f"/agora/ap/?url={NAME}:{upstream.port}{path}".encode()


async def location(lab: Lab, running: Running, target: bytes, tls: bool) -> bytes:
    """Return the Location of the answer to *target*, as a path of the gateway."""
    client = await lab.client(running)
    answer = await client.get(target)
    found = answer.get(b"location")
    assert found is not None
    inside = found.removeprefix(b"https://localhost" if tls else b"")
    assert inside.startswith(b"/")
    return inside


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_query_redirects_are_followed_inside(lab: Lab, status: int) -> None:
    upstream = await lab.agoras_upstream(pages(a=moved(b"b?x=1&y=2", status)))
    gateway = await lab.gateway(route=query_route())
    client = await lab.client(gateway)

    answer = await client.get(ap(upstream, "/a"), method=b"POST", body=b"a body")

    assert answer.body == b"POST /b?x=1&y=2 a body"
    assert (await gateway.observer.last()).redirects == 1


@pytest.mark.parametrize("keep_path", [True, False])
async def test_fixed_redirects_are_followed_inside(lab: Lab, keep_path: bool) -> None:
    """Also to where the route's own form never leads: beside the base."""
    upstream = await lab.upstream(pages(a=moved(b"/elsewhere?x=1", 307)))
    path = "" if keep_path else "/a"
    route = fixed_route(upstream, path, keep_path=keep_path)
    client = await lab.client(await lab.gateway(route=route))

    answer = await client.get(b"/fixed/a", method=b"POST", body=b"a body")

    assert answer.body == b"POST /elsewhere?x=1 a body"


async def test_fixed_redirects_to_a_target_of_the_route_are_followed(lab: Lab) -> None:
    lab.dns.zone[OTHER] = Name(("127.0.0.1",))
    second = await lab.upstream(pages())
    first = await lab.upstream(pages(a=moved(url(second, "/b", OTHER).encode(), 307)))
    client = await lab.client(await lab.gateway(route=fixed_route(first)))

    answer = await client.get(b"/fixed/a", *CREDENTIALS, method=b"POST", body=b"x")

    assert answer.body == b"POST /b x"
    assert second.requests[0].get(b"authorization") is None


@pytest.mark.parametrize("to", ["https://other.example.org/", "http://up.example.com/"])
@pytest.mark.parametrize("dialect", ["query", "fixed"])
@pytest.mark.parametrize("mode", ["follow", "rewrite"])
async def test_what_is_not_admitted_is_502(lab: Lab, to: str, dialect: str, mode: str) -> None:
    upstream = await lab.agoras_upstream(pages(a=moved(to.encode())))
    route = fixed_route(upstream) if dialect == "fixed" else query_route()
    client = await lab.client(await lab.gateway(route=route | {"redirects": mode}))

    answer = await client.get(b"/fixed/a" if dialect == "fixed" else ap(upstream, "/a"))

    assert (answer.status, answer.error) == (502, "redirect_refused")
    assert len(upstream.requests) == 1


async def test_a_fixed_route_stays_with_its_upstream(lab: Lab) -> None:
    """Without `targets` the upstream's own host and port are all that is admitted."""
    upstream = await lab.upstream(pages(a=moved(b"https://other.example.com/")))
    route = fixed_route(upstream, targets=None)
    client = await lab.client(await lab.gateway(route=route))

    assert (await client.get(b"/fixed/a")).error == "redirect_refused"
    assert (await client.get(b"/fixed/b")).status == 200


@MODES
@pytest.mark.parametrize(
    "to", ["/b", "b", "b?x=1&y=%20&z", "//up.example.com:PORT/b/../c", "https://HOST:PORT/", "?z"]
)
async def test_a_query_location_leads_back_to_the_same_target(lab: Lab, to: str, tls: bool) -> None:
    def respond(request: Any) -> bytes:
        if request.target != b"/v1/a":
            return response(200, request.target)
        place = to.replace("HOST", NAME).replace("PORT", str(upstream.port))
        return moved(place.encode())

    upstream = await lab.agoras_upstream(answering(respond))
    follows = await lab.gateway(tls=tls, route=query_route())
    rewrites = await lab.gateway(tls=tls, route=query_route(redirects="rewrite"))
    asked = ap(upstream, "/v1/a")

    again = await location(lab, rewrites, asked, tls)

    assert again.startswith(b"/agora/ap/?url=")
    wanted = (await (await lab.client(follows)).get(asked)).body
    assert (await (await lab.client(rewrites)).get(again)).body == wanted


@MODES
@pytest.mark.parametrize(
    ("to", "again"),
    [
        ("/base/b?x=1&y#frag", b"/fixed/b?x=1&y#frag"),
        ("b", b"/fixed/b"),
        ("https://HOST:PORT/base", b"/fixed"),
        ("https://HOST:PORT/base?z", b"/fixed?z"),
        ("/base/", b"/fixed/"),
    ],
)
async def test_a_fixed_location_leads_back_to_the_same_target(
    lab: Lab, to: str, again: bytes, tls: bool
) -> None:
    def respond(request: Any) -> bytes:
        if request.target != b"/base/a":
            return response(200, request.target)
        place = to.replace("HOST", NAME).replace("PORT", str(upstream.port))
        return moved(place.encode())

    upstream = await lab.upstream(answering(respond))
    follows = await lab.gateway(tls=tls, route=fixed_route(upstream, "/base"))
    rewrites = await lab.gateway(tls=tls, route=fixed_route(upstream, "/base", redirects="rewrite"))

    assert await location(lab, rewrites, b"/fixed/a", tls) == again

    wanted = (await (await lab.client(follows)).get(b"/fixed/a")).body
    asked = again.partition(b"#")[0]
    assert (await (await lab.client(rewrites)).get(asked)).body == wanted


@pytest.mark.parametrize("dialect", ["query", "fixed"])
async def test_what_was_created_is_named_within_the_gateway(lab: Lab, dialect: str) -> None:
    created = response(201, b"", b"Location: /new", b"Content-Location: new?x")
    upstream = await lab.agoras_upstream(pages(a=created))
    route = fixed_route(upstream) if dialect == "fixed" else query_route()
    client = await lab.client(await lab.gateway(route=route))

    answer = await client.get(b"/fixed/a" if dialect == "fixed" else ap(upstream, "/a"))

    inside = b"/fixed" if dialect == "fixed" else ap(upstream, "")
    assert answer.get(b"location") == inside + b"/new"
    assert answer.get(b"content-location") == inside + b"/new?x"


@pytest.mark.parametrize("mode", ["follow", "rewrite"])
@pytest.mark.parametrize(
    ("dialect", "to"),
    [("query", "/x&y"), ("query", "/x?a&url=b"), ("fixed", "/ap/elsewhere")],
)
async def test_what_the_form_cannot_say_is_not_taken_for_a_path_of_ours(
    lab: Lab, dialect: str, to: str, mode: str
) -> None:
    """Relative, it would lead the browser to another route of the gateway, with the body."""
    upstream = await lab.agoras_upstream(pages(**{"base/a": moved(to.encode(), 307)}))
    route = fixed_route(upstream, "/base") if dialect == "fixed" else query_route()
    client = await lab.client(await lab.gateway(route=route | {"redirects": mode}))

    # In "follow" a body that is too large to keep has the client sent on.
    answer = await client.get(
        b"/fixed/a" if dialect == "fixed" else ap(upstream, "/base/a"),
        method=b"POST",
        body=b"x" * (MIB + 1),
    )

    assert not (answer.get(b"location") or b"").startswith(b"/")


@pytest.mark.parametrize("below", ["/agora/x", "/agora", "/-/live"])
async def test_what_lies_below_another_prefix_is_not_exposed_there(lab: Lab, below: str) -> None:
    """The client would follow to another route, and so to another vendor."""
    upstream = await lab.upstream(pages(a=moved(below.encode(), 307)))
    fixed = fixed_route(upstream, prefix="/", redirects="rewrite")
    gateway = await lab.gateway(route=[fixed, query_route()])

    answer = await (await lab.client(gateway)).get(b"/a")

    assert not (answer.get(b"location") or b"").startswith(b"/")
