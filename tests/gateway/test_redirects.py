"""Redirects: followed inside, rewritten into the gateway, or passed, as the route says (ADR 7)."""

import pytest

from tests.lab.dns import Name
from tests.lab.lab import NAME, Lab
from tests.lab.upstream import Peer, Responder, Script, answering
from tests.lab.wire import CHUNKED, Request, response

OTHER = "other.example.com"
CREDENTIALS = (b"Authorization: Bearer secret", b"Cookie: session=secret")


def moved(location: bytes, status: int = 302) -> bytes:
    return response(status, b"moved", b"Location: " + location, reason=b"Found")


def pages(**by_path: bytes | Responder) -> Script:
    """Return a script that answers each path with what is given, any other with an echo."""

    def respond(request: Request) -> bytes:
        found = by_path.get(request.target.decode().strip("/"), _echo)
        return found if isinstance(found, bytes) else found(request)

    return answering(respond)


def _echo(request: Request) -> bytes:
    return response(200, request.method + b" " + request.target + b" " + request.body)


async def test_another_origin_gets_no_credentials(lab: Lab) -> None:
    lab.dns.zone[OTHER] = Name(("127.0.0.1",))
    second = await lab.upstream(pages())
    location = f"https://{OTHER}:{second.port}/b".encode()
    first = await lab.upstream(pages(a=moved(location, 307), c=moved(b"/d")))
    gateway = await lab.gateway(route={"allowed_origins": ["https://app.example"]})
    client = await lab.client(gateway)

    assert (await client.get(first.at("/a"), *CREDENTIALS)).status == 200
    assert first.requests[0].get(b"authorization") == b"Bearer secret"
    assert first.requests[0].get(b"cookie") == b"session=secret"
    [request] = second.requests
    assert (request.get(b"authorization"), request.get(b"cookie")) == (None, None)
    assert request.get(b"host") == f"{OTHER}:{second.port}".encode()

    assert (await client.get(first.at("/c"), *CREDENTIALS)).status == 200
    assert first.requests[2].get(b"authorization") == b"Bearer secret"  # the same origin


async def test_credentials_stay_behind_on_the_way_home_too(lab: Lab) -> None:
    lab.dns.zone[OTHER] = Name(("127.0.0.1",))
    home: list[bytes] = []
    second = await lab.upstream(answering(lambda _: moved(home[0])))
    first = await lab.upstream(
        pages(a=moved(f"https://{OTHER}:{second.port}/b".encode())),
    )
    home.append(f"https://{NAME}:{first.port}/back".encode())
    client = await lab.client(await lab.gateway())

    assert (await client.get(first.at("/a"), *CREDENTIALS)).body == b"GET /back "
    assert first.requests[1].get(b"authorization") is None


async def test_a_loop_ends(lab: Lab) -> None:
    upstream = await lab.upstream(pages(a=moved(b"/a")))
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/a"))

    assert (answer.status, answer.error) == (502, "redirect_refused")
    assert len(upstream.requests) == 6  # the first and five more


@pytest.mark.parametrize(
    "location",
    [
        b"http://up.example.com/b",
        b"https://evil.example.org/b",
        b"//evil.example.org/b",
        b"https://user@up.example.com/b",
        b"https://127.0.0.1/b",
        b"https://[::1]/b",
        b"file:///etc/passwd",
        b"http://unix:/run/docker.sock:/v1",
        b"https:///b",
    ],
)
@pytest.mark.parametrize("mode", ["follow", "rewrite"])
async def test_what_is_not_admitted_is_502(lab: Lab, location: bytes, mode: str) -> None:
    upstream = await lab.upstream(pages(a=moved(location)))
    client = await lab.client(await lab.gateway(route={"redirects": mode}))

    answer = await client.get(upstream.at("/a"))

    assert (answer.status, answer.error) == (502, "redirect_refused")
    assert len(upstream.requests) == 1


async def test_each_hop_is_vetted(lab: Lab) -> None:
    lab.dns.zone["inside.example.com"] = Name(("10.0.0.1",))
    upstream = await lab.upstream(pages(a=moved(b"https://inside.example.com/")))
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/a"))

    # The client asked for nothing wrong: 502, and not the 403 of a name of its own.
    assert (answer.status, answer.error) == (502, "redirect_refused")
    assert "10.0.0.1" in answer.json["detail"]


async def test_a_redirect_to_the_gateways_own_name_is_a_loop(lab: Lab) -> None:
    upstream = await lab.upstream(pages(a=moved(b"https://proxy.example.com/up.example.com/")))
    client = await lab.client(await lab.gateway(server={"public_names": ["proxy.example.com"]}))

    answer = await client.get(upstream.at("/a"))

    assert (answer.status, answer.error) == (508, "loop_detected")


@pytest.mark.parametrize("mode", ["rewrite", "pass"])
@pytest.mark.parametrize("tls", [False, True])
async def test_a_redirect_that_is_not_followed(lab: Lab, mode: str, tls: bool) -> None:
    upstream = await lab.upstream(pages(a=moved(b"https://other.example.com/b?c=%20#d")))
    client = await lab.client(await lab.gateway(tls=tls, route={"redirects": mode}))

    answer = await client.get(upstream.at("/a"))

    into_the_gateway = b"/other.example.com/b?c=%20#d"
    expected = {
        "pass": b"https://other.example.com/b?c=%20#d",
        "rewrite": (b"https://localhost" if tls else b"") + into_the_gateway,
    }
    assert (answer.status, answer.body) == (302, b"moved")
    assert answer.get(b"location") == expected[mode]


async def test_304_and_300_are_no_redirects(lab: Lab) -> None:
    created = response(201, b"", b"Location: /new")
    upstream = await lab.upstream(pages(a=moved(b"/b", 300), c=created))
    client = await lab.client(await lab.gateway())

    assert (await client.get(upstream.at("/a"))).status == 300
    answer = await client.get(upstream.at("/c"))
    assert (answer.status, answer.get(b"location")) == (201, upstream.at("/new"))


@pytest.mark.parametrize("reply", [b"Content-Length: 1000", CHUNKED])
async def test_a_redirect_whose_body_never_comes_is_followed(lab: Lab, reply: bytes) -> None:
    async def script(peer: Peer) -> None:
        request = await peer.request()
        if request.target == b"/a":
            peer.send(response(302, b"", b"Location: /b", reply, framed=False))
            await peer.gone()
        else:
            peer.send(_echo(request))
            await peer.gone()

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway(upstream={"response_timeout_s": 2}))

    assert (await client.get(upstream.at("/a"))).body == b"GET /b "
