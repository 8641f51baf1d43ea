"""Whose cookies cross, in which exchanges and on which routes (page 19 of docs/adr)."""

from collections.abc import Callable
from typing import Any

import pytest

from sigproxy.policies.cookies import tag_of
from sigproxy.semantics.authority import Authority
from tests.lab.browser import Browser
from tests.lab.client import Client
from tests.lab.dns import Name
from tests.lab.frames import echo_frames, handshake, upgraded
from tests.lab.lab import NAME, Lab
from tests.lab.upstream import Upstream, answering
from tests.lab.wire import Response, response

OTHER = "other.example.com"
ORIGIN = b"Origin: https://app.example"
NAVIGATION = b"Sec-Fetch-Mode: navigate"
LISTED: dict[str, Any] = {"allowed_origins": ["https://app.example"]}
SETS = answering(
    response(
        200,
        b"ok",
        b"Set-Cookie: sid=secret; Domain=.example.com; Path=/; Secure",
        b"Set-Cookie: __Host-x=1; Path=/; Secure",
    )
)
OPERATORS = b"SSO_HOSPITAL=patient-portal; AWSALB=front-balancer"


def tag(upstream: Upstream, name: str = NAME) -> bytes:
    return tag_of(Authority(name, upstream.port))


def fixed(upstream: Upstream, path: str = "/", **more: Any) -> dict[str, Any]:
    url = f"https://{NAME}:{upstream.port}{path}"
    return {"prefix": "/hub", "dialect": "fixed", "upstream": url, **LISTED, **more}


async def twice(client: Client, browser: Browser, target: bytes, *fields: bytes) -> list[Response]:
    """Ask twice, as a browser does: the second time with what the first answer has set."""
    answers = []
    for _ in range(2):
        answers.append(await client.get(target, *fields, *browser.fields(target)))
        browser.takes(target, answers[-1])
    return answers


@pytest.mark.parametrize("field", [ORIGIN, NAVIGATION], ids=["page", "navigation"])
@pytest.mark.parametrize("dialect", ["path", "fixed"])
async def test_a_vendor_gets_what_it_has_set_and_nothing_else(
    lab: Lab, field: bytes, dialect: str
) -> None:
    upstream = await lab.upstream(SETS)
    client = await lab.client(await lab.gateway(route=[LISTED, fixed(upstream)]))
    target = upstream.at("/x") if dialect == "path" else b"/hub/x"

    answers = await twice(client, Browser(OPERATORS), target, field)

    below = upstream.at("") if dialect == "path" else b"/hub"
    assert answers[0].values(b"set-cookie") == [
        tag(upstream) + b"sid=secret; Secure; Path=" + below,
        tag(upstream) + b"__Host-x=1; Secure; Path=" + below,
    ]
    first, second = upstream.requests
    assert first.get(b"cookie") is None
    assert second.get(b"cookie") == b"sid=secret; __Host-x=1"


@pytest.mark.parametrize(
    "spelled", [b"/%b", b"//%b", b"/%b/", b"/gw.example/%b", b"/gw.example/%b//"]
)
@pytest.mark.parametrize("case", [bytes.lower, bytes.upper])
async def test_a_cookie_comes_back_however_the_client_spells_the_host(
    lab: Lab, spelled: bytes, case: Callable[[bytes], bytes]
) -> None:
    """Vonage writes ":443" behind it, and ACS the gateway's name in front."""
    upstream = await lab.upstream(SETS)
    gateway = await lab.gateway(route=LISTED, server={"public_names": ["gw.example"]})
    client = await lab.client(gateway)
    browser = Browser()
    target = spelled % case(upstream.at("").strip(b"/")) + b"/v1/x?y=1"

    await twice(client, browser, target, ORIGIN)
    await client.get(upstream.at("/z"), ORIGIN, *browser.fields(upstream.at("/z")))

    received = [request.get(b"cookie") for request in upstream.requests]
    assert received == [None, *[b"sid=secret; __Host-x=1"] * 2]


async def test_a_neighbour_that_is_sent_another_vendors_cookie_does_not_get_it(lab: Lab) -> None:
    """By a script in the gateway's origin, say, or by a browser that reads Path otherwise."""
    lab.dns.zone[OTHER] = Name(("127.0.0.1",))
    first, second = await lab.upstream(SETS), await lab.upstream()
    client = await lab.client(await lab.gateway(route=LISTED))

    both = b"Cookie: " + tag(first) + b"sid=1; " + tag(second, OTHER) + b"sid=2"
    for field in (ORIGIN, b"User-Agent: native"):
        await client.get(second.at("/x", OTHER), field, both)

    assert [request.values(b"cookie") for request in second.requests] == [[b"sid=2"]] * 2


@pytest.mark.parametrize("dialect", ["path", "fixed"])
async def test_clients_that_are_no_browsers_send_and_get_them_as_they_are(
    lab: Lab, dialect: str
) -> None:
    """A sticky session: the balancer's cookie has to come back to it, under its own name."""
    sets = response(200, b"ok", b"Set-Cookie: AWSALB=node-7; Path=/")
    upstream = await lab.upstream(answering(sets))
    client = await lab.client(await lab.gateway(route=[LISTED, fixed(upstream)]))
    target = upstream.at("/negotiate") if dialect == "path" else b"/hub/negotiate"

    answer = await client.get(target, b"Cookie: a=\xff;AWSALB=node-7", b"Cookie: b")

    below = upstream.at("") if dialect == "path" else b"/hub"
    assert answer.values(b"set-cookie") == [b"AWSALB=node-7; Path=" + below]
    assert upstream.requests[0].values(b"cookie") == [b"a=\xff;AWSALB=node-7", b"b"]


@pytest.mark.parametrize("fields", [(ORIGIN,), (NAVIGATION,), ()], ids=["page", "page", "native"])
@pytest.mark.parametrize("dialect", ["path", "fixed"])
async def test_cookies_pass_or_none_do(lab: Lab, fields: tuple[bytes, ...], dialect: str) -> None:
    upstream = await lab.upstream(answering(response(200, b"ok", b"Set-Cookie: s=1; Path=/")))
    target = upstream.at("/x") if dialect == "path" else b"/hub/x"
    below = upstream.at("") if dialect == "path" else b"/hub"
    crossing: dict[str, tuple[list[bytes], bytes | None]] = {
        "pass": ([b"s=1; Path=" + below], b"s=1; sso=2"),
        "none": ([], None),
    }
    for mode, (back, there) in crossing.items():
        routes = [{**LISTED, "cookies": mode}, fixed(upstream, cookies=mode)]
        client = await lab.client(await lab.gateway(route=routes))

        answer = await client.get(target, *fields, b"Cookie: s=1; sso=2")

        assert (answer.status, answer.values(b"set-cookie")) == (200, back)
        assert upstream.requests[-1].get(b"cookie") == there


@pytest.mark.parametrize("mode", ["tagged", "pass"])
async def test_where_any_page_may_call_no_cookies_pass_on_a_fixed_route_either(
    lab: Lab, mode: str
) -> None:
    upstream = await lab.upstream(SETS)
    route = fixed(upstream, allowed_origins=["*"], cookies=mode)
    client = await lab.client(await lab.gateway(route=route))

    answer = await client.get(b"/hub/x", ORIGIN, b"Cookie: " + tag(upstream) + b"s=1; t=2")

    assert answer.values(b"set-cookie") == []
    assert upstream.requests[0].get(b"cookie") is None


async def test_a_handshake_is_a_browsers_exchange_too(lab: Lab) -> None:
    upstream = await lab.upstream(upgraded(echo_frames, b"Set-Cookie: ws=1; Path=/"))
    client = await lab.client(await lab.gateway(route=LISTED))
    cookies = b"Cookie: sso=1; " + tag(upstream) + b"sid=2"

    answer = await handshake(client, upstream.at("/ws"), ORIGIN, cookies)

    assert answer.status == 101
    assert answer.values(b"set-cookie") == [tag(upstream) + b"ws=1; Path=" + upstream.at("")]
    assert upstream.requests[0].get(b"cookie") == b"sid=2"


PLACES = {
    # what the vendor says: its Path in the gateway; None: no request of this route is meant
    b"": b"/hub",
    b"; Path=/": b"/hub",
    b"; Path=/base": b"/hub",
    b"; Path=/base/": b"/hub",
    b"; Path=/base/v1": b"/hub/v1",
    b"; Path=/bas": None,
    b"; Path=/other": None,
}


@pytest.mark.parametrize("path", PLACES)
async def test_below_a_fixed_upstreams_own_path(lab: Lab, path: bytes) -> None:
    upstream = await lab.upstream(answering(response(200, b"ok", b"Set-Cookie: s=1" + path)))
    client = await lab.client(await lab.gateway(route=fixed(upstream, "/base")))

    answer = await client.get(b"/hub/x?y=/z/")

    place = PLACES[path]
    implied = place == b"/hub" and not path  # the browser's own default is the same
    expected = b"s=1" if implied else b"s=1; Path=" + (place or b"")
    assert answer.values(b"set-cookie") == ([] if place is None else [expected])


async def test_behind_an_access_key(lab: Lab) -> None:
    key = "2d711642b726b04401627ca9fbac32f5"
    upstream = await lab.upstream(answering(response(200, b"ok", b"Set-Cookie: s=1; Path=/v1")))
    client = await lab.client(await lab.gateway(route=fixed(upstream, keys=[key])))

    answer = await client.get(f"/hub/{key}/x".encode(), ORIGIN)

    expected = tag(upstream) + b"s=1; Path=/hub/" + key.encode() + b"/v1"
    assert answer.values(b"set-cookie") == [expected]


@pytest.mark.parametrize("mode", ["tagged", "pass"])
async def test_a_fixed_route_around_others_keeps_its_cookies_from_their_vendors(
    lab: Lab, mode: str
) -> None:
    """Path=/ is in front of /acs too; a jar that is no browser's sends it there as well."""
    lab.dns.zone[OTHER] = Name(("127.0.0.1",))
    outer, inner = await lab.upstream(SETS), await lab.upstream()
    routes = [{"prefix": "/acs", **LISTED}, fixed(outer, prefix="/", cookies=mode)]
    client = await lab.client(await lab.gateway(route=routes))
    native = Browser(b"own=1")

    await twice(client, native, b"/x")
    target = b"/acs" + inner.at("/x", OTHER)
    assert b"sid=secret" in b"".join(native.fields(target))
    await client.get(target, *native.fields(target))

    assert outer.requests[1].get(b"cookie") == b"own=1; sid=secret; __Host-x=1"
    assert inner.requests[0].get(b"cookie") == b"own=1"
