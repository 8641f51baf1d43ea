"""What a followed redirect sets: the client gets it, and so do the next hops that it is for."""

from typing import Any

import pytest

from sigproxy.policies.cookies import tag_of
from sigproxy.semantics.authority import Authority
from tests.lab.dns import Name
from tests.lab.frames import echo_frames, handshake, upgraded
from tests.lab.lab import NAME, Lab
from tests.lab.upstream import Peer, Responder, Script, Upstream, answering
from tests.lab.wire import Request, response

OTHER = "other.example.com"
ORIGIN = b"Origin: https://app.example"
LISTED: dict[str, Any] = {"allowed_origins": ["https://app.example"]}


def moved(location: bytes, *cookies: bytes, status: int = 302) -> bytes:
    sets = (b"Set-Cookie: " + each for each in cookies)
    return response(status, b"moved", b"Location: " + location, *sets, reason=b"Found")


def pages(**by_path: bytes | Responder) -> Script:
    """Return a script that answers each path with what is given, any other with 200."""

    def respond(request: Request) -> bytes:
        path = request.target.decode().partition("?")[0].strip("/").replace("/", "_")
        found = by_path.get(path, response(200, b"landed"))
        return found if isinstance(found, bytes) else found(request)

    return answering(respond)


def url(upstream: Upstream, name: str, path: str = "/") -> bytes:
    return f"https://{name}:{upstream.port}{path}".encode()


def cookies_of(upstream: Upstream) -> list[bytes | None]:
    return [request.get(b"cookie") for request in upstream.requests]


@pytest.mark.parametrize("field", [ORIGIN, b"Sec-Fetch-Mode: navigate", b"User-Agent: native"])
@pytest.mark.parametrize("mode", ["tagged", "pass"])
async def test_the_client_and_the_next_hop_get_it(lab: Lab, field: bytes, mode: str) -> None:
    first = moved(b"/landed", b"sid=42; Path=/; Secure", b"t=1")
    last = response(200, b"ok", b"Set-Cookie: sid=43; Path=/")
    upstream = await lab.upstream(pages(start=first, landed=last))
    client = await lab.client(await lab.gateway(route={**LISTED, "cookies": mode}))

    answer = await client.get(upstream.at("/start"), field)

    is_tagged = mode == "tagged" and field != b"User-Agent: native"
    tag = tag_of(Authority(NAME, upstream.port)) if is_tagged else b""
    below = b"; Path=" + upstream.at("")
    assert answer.values(b"set-cookie") == [  # a browser takes the last of them
        tag + b"sid=42; Secure" + below,
        tag + b"t=1",  # its Path is what a browser takes by itself
        tag + b"sid=43" + below,
    ]
    assert cookies_of(upstream) == [None, b"sid=42; t=1"]


@pytest.mark.parametrize("fields", [(ORIGIN,), ()], ids=["page", "native"])
@pytest.mark.parametrize("method", [b"GET", b"POST"])
async def test_a_servers_cookie_test_passes(
    lab: Lab, fields: tuple[bytes, ...], method: bytes
) -> None:
    """Load balancers and ASP.NET set one, redirect to the same URL, and look for it there."""

    def check(request: Request) -> bytes:
        if request.get(b"cookie") == b"probe=1":
            return response(200, b"pass")
        return moved(b"/check?again=1", b"probe=1; Path=/", status=307)

    upstream = await lab.upstream(pages(check=check))
    client = await lab.client(await lab.gateway(route=LISTED))

    answer = await client.get(upstream.at("/check"), *fields, method=method, body=b"x")

    assert (answer.status, answer.body) == (200, b"pass")
    assert len(answer.values(b"set-cookie")) == 1


async def test_the_newer_value_replaces_the_clients_own(lab: Lab) -> None:
    hops = {
        "a": moved(b"/b", b"sid=new; Path=/", b"gone=; Path=/; Max-Age=0", b"far=1; Path=/far"),
        "b": moved(b"/c", b"sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", b"t=2; Path=/"),
    }
    upstream = await lab.upstream(pages(**hops))
    client = await lab.client(await lab.gateway(route=LISTED))
    tag = tag_of(Authority(NAME, upstream.port))
    own = b"; ".join(tag + each for each in (b"sid=old", b"gone=1", b"kept=\xff"))

    await client.get(upstream.at("/a"), ORIGIN, b"Cookie: sso=1; " + own)

    assert cookies_of(upstream) == [
        b"sid=old; gone=1; kept=\xff",
        b"kept=\xff; sid=new",
        b"kept=\xff; t=2",
    ]


@pytest.mark.parametrize(
    ("domain", "arrives"),
    [(b"", None), (b"; Domain=example.com", b"s=1"), (b"; Domain=com", None)],
)
async def test_another_host_gets_it_where_domain_covers_it(
    lab: Lab, domain: bytes, arrives: bytes | None
) -> None:
    """A sign-in: the client keeps it below the host that set it, whatever its Domain."""
    lab.dns.zone[OTHER] = Name(("127.0.0.1",))
    second = await lab.upstream(answering(response(200, b"ok", b"Set-Cookie: own=2; Path=/")))
    first = await lab.upstream(
        pages(a=moved(url(second, OTHER), b"s=1; Path=/" + domain)),
    )
    client = await lab.client(await lab.gateway(route=LISTED))

    answer = await client.get(first.at("/a"), b"Cookie: c=secret")

    assert cookies_of(first) + cookies_of(second) == [b"c=secret", arrives]
    assert answer.values(b"set-cookie") == [
        b"s=1; Path=" + first.at(""),
        b"own=2; Path=" + second.at("", OTHER),
    ]


async def test_on_the_way_home_a_host_gets_its_own_again(lab: Lab) -> None:
    """A sign-in elsewhere, as a browser follows it; Authorization alone stays behind for good."""
    lab.dns.zone[OTHER] = Name(("127.0.0.1",))
    home: list[bytes] = []
    second = await lab.upstream(answering(lambda _: moved(home[0], b"idp=1; Path=/")))
    first = await lab.upstream(pages(a=moved(url(second, OTHER), b"state=7; Path=/")))
    home.append(url(first, NAME, "/back"))
    client = await lab.client(await lab.gateway(route=LISTED))

    await client.get(first.at("/a"), b"Cookie: c=1", b"Authorization: Bearer secret")

    assert cookies_of(first) == [b"c=1", b"c=1; state=7"]
    assert cookies_of(second) == [None]
    assert first.requests[1].get(b"authorization") is None


async def test_nothing_is_kept_for_the_next_exchange(lab: Lab) -> None:
    upstream = await lab.upstream(pages(a=moved(b"/b", b"s=1; Path=/")))
    client = await lab.client(await lab.gateway(route=LISTED))

    for _ in range(2):
        await client.get(upstream.at("/a"))

    assert cookies_of(upstream) == [None, b"s=1"] * 2


@pytest.mark.parametrize(
    "route", [{}, {**LISTED, "cookies": "none"}], ids=["any-page-may-call", "none"]
)
async def test_where_no_cookies_cross_none_is_kept_either(lab: Lab, route: dict[str, Any]) -> None:
    upstream = await lab.upstream(pages(a=moved(b"/b", b"s=1; Path=/")))
    client = await lab.client(await lab.gateway(route=route))

    answer = await client.get(upstream.at("/a"), ORIGIN, b"Cookie: c=1")

    assert (answer.status, answer.values(b"set-cookie")) == (200, [])
    assert cookies_of(upstream) == [None, None]


async def test_a_query_route_keeps_none(lab: Lab) -> None:
    upstream = await lab.agoras_upstream(pages(a=moved(b"/b", b"s=1; Path=/")))
    route = {"prefix": "/agora", "dialect": "query", **LISTED}
    client = await lab.client(await lab.gateway(route=route))

    answer = await client.get(b"/agora/ap/?url=%b:%d/a" % (NAME.encode(), upstream.port))

    assert (answer.status, answer.values(b"set-cookie")) == (200, [])
    assert cookies_of(upstream) == [None, None]


async def test_on_a_fixed_route(lab: Lab) -> None:
    """Of its upstream they reach the client; of another host there is no place for them."""
    lab.dns.zone[OTHER] = Name(("127.0.0.1",))
    second = await lab.upstream(answering(response(200, b"ok", b"Set-Cookie: own=2; Path=/")))
    first = await lab.upstream(pages(v1_a=moved(url(second, OTHER), b"s=1; Path=/v1")))
    route = {"prefix": "/hub", "dialect": "fixed", "upstream": url(first, NAME, "/v1").decode()}
    client = await lab.client(await lab.gateway(route={**route, **LISTED}))

    answer = await client.get(b"/hub/a")

    assert answer.values(b"set-cookie") == [b"s=1; Path=/hub"]
    assert cookies_of(second) == [None]


REFUSALS = {
    "another host": (b"https://evil.example.org/", 502, "redirect_refused"),
    "no such name": (b"https://nowhere.example.com/", 502, "dns_error"),
    "ourselves": (b"https://proxy.example.com/", 508, "loop_detected"),
}


@pytest.mark.parametrize("why", REFUSALS)
async def test_an_error_on_the_way_loses_nothing(lab: Lab, why: str) -> None:
    """A browser would have kept the cookie, and tries again with it."""
    location, status, error = REFUSALS[why]
    upstream = await lab.upstream(pages(a=moved(location, b"s=1; Path=/")))
    gateway = await lab.gateway(route=LISTED, server={"public_names": ["proxy.example.com"]})
    client = await lab.client(gateway)

    answer = await client.get(upstream.at("/a"))

    assert (answer.status, answer.error) == (status, error)
    assert answer.values(b"set-cookie") == [b"s=1; Path=" + upstream.at("")]


async def test_a_handshake_that_is_redirected(lab: Lab) -> None:
    accepted = upgraded(echo_frames, b"Set-Cookie: ws=2; Path=/")

    async def script(peer: Peer) -> None:
        if not peer.upstream.requests:
            await peer.request()
            peer.send(moved(b"/ws", b"node=7; Path=/"))
        await accepted(peer)

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway(route=LISTED))

    answer = await handshake(client, upstream.at("/a"), ORIGIN)

    tag = tag_of(Authority(NAME, upstream.port))
    below = b"; Path=" + upstream.at("")
    assert answer.status == 101
    assert answer.values(b"set-cookie") == [tag + b"node=7" + below, tag + b"ws=2" + below]
    assert cookies_of(upstream) == [None, b"node=7"]
