"""Vendors through the network's forward proxy: what is asked of it, and what stays as ever."""

from pathlib import Path

import pytest

from tests.lab.dns import Name
from tests.lab.forward_proxy import ESTABLISHED, lead, leading_on, saying, silent, targets, through
from tests.lab.frames import TEXT, frame, handshake, ok_or_echo, read_frame
from tests.lab.lab import NAME, Lab, open_files, until
from tests.lab.upstream import Peer

LOGIN = b"Basic bW9uaTpzZWNyZXQ6d29yZA=="  # moni:secret:word


async def test_a_request_goes_through_it_to_the_vetted_address(lab: Lab) -> None:
    upstream, proxy = await lab.upstream(), await lab.upstream(leading_on, tls=False)
    gateway = await lab.gateway(upstream=through(proxy))
    client = await lab.client(gateway)

    assert (await client.get(upstream.at("/x"))).body == b"ok"

    [asked] = proxy.requests
    place = b"127.0.0.1:%d" % upstream.port
    assert asked.raw_head == b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (place, place)
    assert upstream.peers[0].sni == NAME
    record = await gateway.observer.last()
    assert record.address == "127.0.0.1"
    assert record.tcp_s is not None


async def test_a_websocket_goes_through_it(lab: Lab) -> None:
    upstream = await lab.upstream(ok_or_echo)
    proxy = await lab.upstream(leading_on, tls=False)
    client = await lab.client(await lab.gateway(upstream=through(proxy)))

    assert (await handshake(client, upstream.at("/ws"))).status == 101
    client.send(frame(TEXT, b"hello", masked=True))

    assert (await read_frame(client)).payload == b"hello"
    assert len(proxy.requests) == 1


@pytest.mark.parametrize("resolves", [False, True])
async def test_a_tunnel_is_used_again_by_its_own_client(lab: Lab, resolves: bool) -> None:
    upstream, proxy = await lab.upstream(), await lab.upstream(leading_on, tls=False)
    gateway = await lab.gateway(upstream=through(proxy, proxy_resolves=resolves))
    one, other = await lab.client(gateway), await lab.client(gateway)

    for client in (one, one, other, one):
        assert (await client.get(upstream.at("/"))).status == 200

    assert len(proxy.requests) == 2
    one.close()
    other.close()
    await until(lambda: proxy.open_peers == gateway.gateway.upstream.idle_count == 0)


async def test_the_proxy_looks_up_names_where_it_has_to(lab: Lab) -> None:
    lab.dns.zone.pop(NAME)
    upstream, proxy = await lab.upstream(), await lab.upstream(leading_on, tls=False)
    gateway = await lab.gateway(upstream=through(proxy, proxy_resolves=True))
    client = await lab.client(gateway)

    assert (await client.get(upstream.at("/"))).body == b"ok"

    assert targets(proxy) == [b"%b:%d" % (NAME.encode(), upstream.port)]
    assert lab.dns.asked == []
    record = await gateway.observer.last()
    assert (record.address, record.dns_s) == (None, None)


async def test_an_address_in_place_of_a_name_is_vetted_wherever_names_are_looked_up(
    lab: Lab,
) -> None:
    proxy = await lab.upstream(leading_on, tls=False)
    settings = through(proxy, proxy_resolves=True, allow_networks=["127.0.0.0/30"])
    gateway = await lab.gateway(upstream=settings, route={"targets": ["127.0.0.0/8"]})

    answer = await (await lab.client(gateway)).get(b"/127.0.0.9/")

    assert answer.error == "address_refused"
    assert proxy.peers == []


async def test_a_private_address_is_refused_before_the_proxy_hears_of_it(lab: Lab) -> None:
    lab.dns.zone[NAME] = Name(("10.0.0.1",))
    proxy = await lab.upstream(leading_on, tls=False)
    client = await lab.client(await lab.gateway(upstream=through(proxy)))

    assert (await client.get(b"/up.example.com/")).error == "address_refused"
    assert proxy.peers == []


@pytest.mark.parametrize(
    ("exceptions", "is_direct"),
    [
        ([NAME], True),
        (["*.example.com"], True),
        (["127.0.0.0/8"], True),
        (["other.example.com", "10.0.0.0/8", f"{NAME}:1"], False),
    ],
)
async def test_exceptions_go_past_it(lab: Lab, exceptions: list[str], is_direct: bool) -> None:
    upstream, proxy = await lab.upstream(), await lab.upstream(leading_on, tls=False)
    gateway = await lab.gateway(upstream=through(proxy, proxy_exceptions=exceptions))
    client = await lab.client(gateway)

    assert (await client.get(upstream.at("/"))).status == 200
    assert (proxy.peers == []) is is_direct


async def test_an_exception_by_name_is_looked_up_here_and_vetted(lab: Lab) -> None:
    lab.dns.zone[NAME] = Name(("10.0.0.1",))
    proxy = await lab.upstream(leading_on, tls=False)
    settings = through(proxy, proxy_resolves=True, proxy_exceptions=[NAME])
    client = await lab.client(await lab.gateway(upstream=settings))

    assert (await client.get(b"/up.example.com/")).error == "address_refused"
    assert proxy.peers == []


async def test_a_proxy_by_name_may_have_a_private_address_and_clients_never_reach_it(
    lab: Lab,
) -> None:
    lab.dns.zone["proxy.example.com"] = Name(("127.0.0.1",))
    lab.dns.zone[NAME] = Name(("198.51.100.7",))
    upstream = await lab.upstream()

    async def leading_astray(peer: Peer) -> None:
        await peer.head()
        await lead(peer, upstream.port)

    proxy = await lab.upstream(leading_astray, tls=False)
    public = {"allow_networks": ["198.51.100.0/24"]}
    settings = through(proxy, **public) | {"proxy": f"http://proxy.example.com:{proxy.port}"}
    client = await lab.client(await lab.gateway(upstream=settings))

    assert (await client.get(b"/up.example.com/")).status == 200
    assert (await client.get(b"/proxy.example.com/")).error == "address_refused"
    assert targets(proxy) == [b"198.51.100.7:443"]


async def test_its_login_goes_to_the_proxy_and_nowhere_else(lab: Lab, tmp_path: Path) -> None:
    login = tmp_path / "proxy-login"
    login.write_text("moni:secret:word\n")
    upstream, proxy = await lab.upstream(), await lab.upstream(leading_on, tls=False)
    settings = through(proxy, proxy_credentials_file=str(login))
    client = await lab.client(await lab.gateway(upstream=settings))

    assert (await client.get(upstream.at("/"))).status == 200

    assert proxy.requests[0].get(b"proxy-authorization") == LOGIN
    assert b"authorization" not in upstream.requests[0].raw_head.lower()


async def test_the_next_address_is_asked_for_where_it_cannot_connect(lab: Lab) -> None:
    upstream = await lab.upstream()
    lab.dns.zone[NAME] = Name(("127.0.0.5", "127.0.0.1", "127.0.0.6"))

    async def script(peer: Peer) -> None:
        request = await peer.head()
        if request.target.startswith(b"127.0.0.1:"):
            await lead(peer, upstream.port, b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n")
        else:
            peer.send(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")

    proxy = await lab.upstream(script, tls=False)
    gateway = await lab.gateway(upstream=through(proxy))

    assert (await (await lab.client(gateway)).get(upstream.at("/"))).body == b"ok"
    assert (await gateway.observer.last()).address == "127.0.0.1"


async def test_an_interim_answer_is_passed_over(lab: Lab) -> None:
    upstream = await lab.upstream()

    async def script(peer: Peer) -> None:
        await peer.head()
        await lead(peer, upstream.port, b"HTTP/1.1 100 Continue\r\n\r\n" + ESTABLISHED)

    proxy = await lab.upstream(script, tls=False)
    client = await lab.client(await lab.gateway(upstream=through(proxy)))

    assert (await client.get(upstream.at("/"))).body == b"ok"


@pytest.mark.parametrize("maximum", ["1.2", "1.3"])
async def test_an_issuing_authority_alone_is_enough_where_the_proxy_inspects_tls(
    lab: Lab, maximum: str
) -> None:
    context, issuing, _ = lab.pki.issued(NAME)
    inspecting = await lab.upstream(context=context)
    proxy = await lab.upstream(leading_on, tls=False)
    settings = through(proxy, ca_file=str(issuing), tls_maximum=maximum)
    client = await lab.client(await lab.gateway(upstream=settings))

    assert (await client.get(inspecting.at("/"))).status == 200

    untrusting = await lab.client(await lab.gateway(upstream=through(proxy)))
    answer = await untrusting.get(inspecting.at("/"))
    assert answer.error == "tls_certificate_error"
    assert "`upstream.ca_file`" in answer.json["detail"]


async def test_a_proxy_that_closes_between_two_requests_costs_nothing(lab: Lab) -> None:
    upstream, proxy = await lab.upstream(), await lab.upstream(leading_on, tls=False)
    gateway = await lab.gateway(upstream=through(proxy))
    client = await lab.client(gateway)

    assert (await client.get(upstream.at("/"))).status == 200
    (await proxy.peer()).writer.transport.abort()

    assert (await client.get(upstream.at("/"))).status == 200
    assert len(proxy.requests) == 2


async def test_a_refusal_is_not_remembered(lab: Lab) -> None:
    proxy = await lab.upstream(saying(b"HTTP/1.1 403 Forbidden\r\n\r\n"), tls=False)
    gateway = await lab.gateway(upstream=through(proxy))
    client = await lab.client(gateway)

    for _ in range(2):
        assert (await client.get(b"/up.example.com/")).error == "egress_refused"
    assert (await handshake(client, b"/up.example.com/ws")).status == 502
    assert len(proxy.requests) == 3


async def test_a_client_that_leaves_while_the_proxy_is_silent_leaves_nothing_open(
    lab: Lab,
) -> None:
    proxy = await lab.upstream(silent, tls=False)
    gateway = await lab.gateway(upstream=through(proxy))
    before = open_files()
    client = await lab.client(gateway)
    client.ask(b"/up.example.com/")
    await until(lambda: proxy.requests)

    client.close()

    await until(lambda: proxy.open_peers == 0 and open_files() <= before)
