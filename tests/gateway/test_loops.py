"""The gateway's own name, and requests that come round again (ADR 10 and ADR 20)."""

import pytest

from tests.lab.dns import Name
from tests.lab.lab import Lab
from tests.lab.upstream import answering
from tests.lab.wire import response


@pytest.mark.parametrize("own", ["localhost", "proxy.example.com", "proxy.example.com:443"])
@pytest.mark.parametrize("times", [1, 4])
async def test_the_own_name_is_peeled(lab: Lab, own: str, times: int) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway(server={"public_names": ["proxy.example.com"]})
    client = await lab.client(gateway)

    answer = await client.get(f"/{own}".encode() * times + upstream.at("//x//y?a=/b"))

    assert answer.status == 200
    assert upstream.requests[0].target == b"/x//y?a=/b"


async def test_a_prefix_is_peeled_with_the_name(lab: Lab) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(route={"prefix": "/acs"}))

    for path in (b"/acs/localhost/acs", b"/acs/localhost", b"/acs"):
        assert (await client.get(path + upstream.at("/x"))).status == 200
    assert (await client.get(upstream.at("/x"))).error == "no_route"


@pytest.mark.parametrize("path", [b"/localhost", b"/localhost/", b"/localhost/localhost/"])
async def test_the_own_name_alone_is_an_error(lab: Lab, path: bytes) -> None:
    client = await lab.client(await lab.gateway())

    assert (await client.get(path)).error == "bad_target"


async def test_the_own_name_too_often_is_a_loop(lab: Lab) -> None:
    client = await lab.client(await lab.gateway())

    answer = await client.get(b"/localhost" * 5 + b"/up.example.com/")

    assert (answer.status, answer.error) == (508, "loop_detected")


async def test_two_gateways_that_point_at_each_other(lab: Lab) -> None:
    """A name that is ours without our knowing: the second time round, CDN-Loop tells."""
    lab.dns.zone["twin.example.com"] = Name(("127.0.0.1",))
    gateway = await lab.gateway(tls=True)
    upstream = await lab.upstream(context=lab.pki.upstream())
    relay = await lab.upstream(
        answering(lambda request: response(200, request.get(b"cdn-loop") or b"none"))
    )
    client = await lab.client(gateway)

    passed = (await client.get(relay.at("/"))).body
    answer = await client.get(upstream.at("/"), b"CDN-Loop: cdn; loops=1, " + passed)

    assert (answer.status, answer.error) == (508, "loop_detected")
    assert upstream.requests == []


async def test_another_gateways_name_is_no_loop(lab: Lab) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(server={"public_names": ["proxy.example.com"]}))
    passed = (b"CDN-Loop: proxy.example.org", b'CDN-Loop: cdn; a="b, proxy.example.com"')

    answer = await client.get(upstream.at("/"), *passed, b"Via: 1.1 inner")

    assert answer.status == 200
    request = upstream.requests[0]
    expected = b'proxy.example.org, cdn; a="b, proxy.example.com", proxy.example.com'
    assert request.get(b"cdn-loop") == expected
    assert request.get(b"via") is None


async def test_via_is_sent_and_read_where_it_is_asked_for(lab: Lab) -> None:
    upstream = await lab.upstream()
    server = {"public_names": ["proxy.example.com"], "via": True, "cdn_loop": False}
    client = await lab.client(await lab.gateway(server=server))

    answer = await client.get(upstream.at("/"), b"Via: 1.1 proxy.example.org, 1.0 cdn (a b)")
    assert answer.status == 200
    via = b"1.1 proxy.example.org, 1.0 cdn (a b), 1.1 proxy.example.com"
    assert upstream.requests[0].get(b"via") == via
    assert upstream.requests[0].get(b"cdn-loop") is None

    answer = await client.get(upstream.at("/"), b"Via: " + via)
    assert (answer.status, answer.error) == (508, "loop_detected")


async def test_switched_off_nothing_is_added_and_nothing_taken_away(lab: Lab) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(server={"cdn_loop": False}))

    await client.get(upstream.at("/"))
    await client.get(upstream.at("/"), b"CDN-Loop: a", b"CDN-Loop: b")

    assert [each.get(b"cdn-loop") for each in upstream.requests] == [None, b"a, b"]
    assert [each.get(b"via") for each in upstream.requests] == [None, None]
