"""CORS and cookies as a browser meets them, errors included (ADR 8)."""

import pytest

from sigproxy.policies.cookies import tag_of
from sigproxy.semantics.authority import Authority
from tests.lab.lab import Lab
from tests.lab.upstream import answering
from tests.lab.wire import Response, response

APP = b"https://app.example"
ORIGIN = b"Origin: " + APP
LISTED = {"allowed_origins": ["https://app.example"]}
SETS = response(200, b"ok", b"Set-Cookie: s=1; Domain=.example.com; Path=/v1; Secure")
PREFLIGHT = (
    ORIGIN,
    b"Access-Control-Request-Method: PUT",
    b"Access-Control-Request-Headers: authorization, x-vendor",
)


def is_readable(answer: Response) -> bool:
    """Return whether a browser lets the page at APP read *answer*."""
    return (
        answer.get(b"access-control-allow-origin") == APP
        and answer.get(b"access-control-allow-credentials") == b"true"
        and b"Origin" in b", ".join(answer.values(b"vary"))
    )


async def test_the_upstreams_own_cors_fields_are_replaced(lab: Lab) -> None:
    reply = response(200, b"ok", b"Access-Control-Allow-Origin: https://vendor", b"Vary: Accept")
    upstream = await lab.upstream(answering(reply))
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/"), ORIGIN)

    assert is_readable(answer)
    assert b"Accept" in answer.values(b"vary")


@pytest.mark.parametrize("route", [{}, LISTED], ids=["*", "list"])
async def test_a_preflight_is_answered_here(lab: Lab, route: dict[str, list[str]]) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(route=route))

    for _ in range(2):  # and the connection goes on
        answer = await client.get(upstream.at("/"), *PREFLIGHT, method=b"OPTIONS")
        assert answer.status == 204
        assert is_readable(answer)
        assert answer.get(b"access-control-allow-headers") == b"authorization, x-vendor"
        assert b"PUT" in (answer.get(b"access-control-allow-methods") or b"")
        assert answer.get(b"access-control-max-age") == b"7200"
        assert answer.get(b"content-length") is None
    assert upstream.peers == []


CASES = {
    413: (b"POST", b"/up.example.com/", (b"Content-Length: 99999999999",)),
    414: (b"GET", b"/up.example.com/" + b"a" * 17_000, ()),
    431: (b"GET", b"/up.example.com/", (b"X-Long: " + b"a" * 17_000,)),
    405: (b"TRACE", b"/up.example.com/", ()),
    404: (b"GET", b"/nothing", ()),
    400: (b"GET", b"/user@up.example.com/", ()),
    403: (b"GET", b"/up.example.org/", ()),
    502: (b"GET", b"/nx.example.com/", ()),
    508: (b"GET", b"/localhost" * 5 + b"/up.example.com/", ()),
}


@pytest.mark.parametrize("status", CASES)
@pytest.mark.parametrize("route", [{}, LISTED], ids=["*", "list"])
async def test_a_page_can_read_our_errors(
    lab: Lab, status: int, route: dict[str, list[str]]
) -> None:
    method, target, fields = CASES[status]
    client = await lab.client(await lab.gateway(route=route))

    answer = await client.get(target, ORIGIN, *fields, method=method)

    assert answer.status == status
    assert is_readable(answer)
    assert b"Proxy-Status" in (answer.get(b"access-control-expose-headers") or b"")
    assert answer.json["request_id"] == (answer.get(b"x-request-id") or b"").decode()


@pytest.mark.parametrize("method", [b"GET", b"OPTIONS", b"POST"])
async def test_a_foreign_page_is_refused_before_anything_is_dialled(
    lab: Lab, method: bytes
) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(route=LISTED))

    answer = await client.get(
        upstream.at("/"),
        b"Origin: https://evil.example",
        b"Access-Control-Request-Method: GET",
        method=method,
    )

    assert (answer.status, answer.error) == (403, "origin_refused")
    assert answer.get(b"access-control-allow-origin") is None
    assert (upstream.peers, lab.dns.asked) == ([], [])


async def test_without_an_origin_no_page_calls(lab: Lab) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(route=LISTED))

    assert (await client.get(upstream.at("/"))).status == 200


async def test_any_page_may_call_and_then_no_cookies_pass(lab: Lab) -> None:
    upstream = await lab.upstream(answering(SETS))
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/v1/x"), ORIGIN, b"Cookie: s=secret")

    assert answer.get(b"set-cookie") is None
    assert upstream.requests[0].get(b"cookie") is None


async def test_cookies_of_a_listed_page_stay_below_their_vendor(lab: Lab) -> None:
    upstream = await lab.upstream(answering(SETS))
    client = await lab.client(await lab.gateway(route=LISTED))
    tag = tag_of(Authority("up.example.com", upstream.port))

    answer = await client.get(upstream.at("/v1/x"), ORIGIN, b"Cookie: s=0; " + tag + b"s=1")

    assert answer.get(b"set-cookie") == tag + b"s=1; Secure; Path=" + upstream.at("/v1")
    assert upstream.requests[0].get(b"cookie") == b"s=1"


async def test_cookies_of_other_clients_stay_below_their_vendor(lab: Lab) -> None:
    upstream = await lab.upstream(answering(SETS))
    client = await lab.client(await lab.gateway(route=LISTED))

    answer = await client.get(upstream.at("/v1/x"), b"Cookie: s=1")

    assert answer.get(b"set-cookie") == b"s=1; Secure; Path=" + upstream.at("/v1")
    assert upstream.requests[0].get(b"cookie") == b"s=1"


async def test_cookies_are_kept_for_nobody(lab: Lab) -> None:
    upstream = await lab.upstream(answering(SETS))
    gateway = await lab.gateway(route=LISTED)

    for _ in range(2):
        await (await lab.client(gateway)).get(upstream.at("/v1/x"))

    assert [request.get(b"cookie") for request in upstream.requests] == [None, None]
