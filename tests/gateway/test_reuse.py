"""Whose a kept connection is, and until when: nobody gets what was meant for another client."""

import asyncio

import pytest

from sigproxy.gateway.upstream import pool
from tests.lab.dns import Name
from tests.lab.frames import handshake, switching
from tests.lab.lab import Lab, Running, until
from tests.lab.upstream import Peer, Script, answering
from tests.lab.wire import response

MODES = {"client": 3, "shared": 1, "never": 9}  # connections for three requests of three clients


@pytest.mark.parametrize("reuse", MODES)
async def test_who_may_use_a_connection_again(lab: Lab, reuse: str) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway(upstream={"reuse": reuse})

    clients = [await lab.client(gateway) for _ in range(3)]
    for client in clients:
        for _ in range(3):
            assert (await client.get(upstream.at("/"))).body == b"ok"

    assert len(upstream.peers) == MODES[reuse]
    counted = gateway.gateway.upstream.connections
    assert counted == {"new": MODES[reuse], "reused": 9 - MODES[reuse]}


async def test_a_second_response_reaches_no_other_client(lab: Lab) -> None:
    """However late it comes: between two requests of others, it would be the answer to the next."""

    async def script(peer: Peer) -> None:
        while True:
            request = await peer.request()
            peer.send(response(200, request.target))
            if request.target == b"/evil":
                peer.send(response(200, b"POISON"))

    upstream = await lab.upstream(script)
    gateway = await lab.gateway()
    attacker, victim = await lab.client(gateway), await lab.client(gateway)

    for _ in range(50):
        attacker.ask(upstream.at("/evil"))
        assert (await victim.get(upstream.at("/mine"))).body == b"/mine"
        await attacker.response()


async def test_a_clients_connections_end_with_it(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway()
    client, other = await lab.client(gateway), await lab.client(gateway)
    for each in (client, other):
        await each.get(upstream.at("/"))
    assert gateway.gateway.upstream.idle_count == 2

    client.close()

    await until(lambda: upstream.open_peers == gateway.gateway.upstream.idle_count == 1)


async def test_a_websocket_keeps_no_other_connection(lab: Lab) -> None:
    async def script(peer: Peer) -> None:
        request = await peer.request()
        if request.get(b"upgrade"):
            peer.send(switching(request))
        else:
            peer.send(response(200, b"ok"))
        await peer.gone()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway()
    lab.dns.zone["other.example.com"] = Name(("127.0.0.1",))
    client = await lab.client(gateway)
    await client.get(upstream.at("/", "other.example.com"))
    assert (await handshake(client, upstream.at("/ws"))).status == 101

    await until(lambda: upstream.open_peers == 1)
    assert gateway.gateway.upstream.idle_count == 0


async def test_one_connection_of_each_name_and_so_many_in_all(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "FOR_EACH_CLIENT", 2)
    upstream = await lab.upstream()
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    names = [f"{number}.example.com" for number in range(4)]
    for name in names:
        lab.dns.zone[name] = Name(("127.0.0.1",))
        for _ in range(2):
            assert (await client.get(upstream.at("/", name))).body == b"ok"

    await until(lambda: upstream.open_peers == 2)
    assert [peer.sni for peer in upstream.peers] == names


def signing_in(scheme: bytes) -> Script:
    """Take whoever uses a connection for the one who has signed in on it."""

    async def script(peer: Peer) -> None:
        user = b""
        while True:
            request = await peer.request()
            if request.get(b"authorization") == scheme + b" YWxpY2U=":
                user = b"alice"
            challenge = b"WWW-Authenticate: Basic realm=x, " + scheme
            peer.send(response(200, user) if user else response(401, b"who?", challenge))

    return script


@pytest.mark.parametrize("scheme", [b"NTLM", b"Negotiate", b"kerberos"])
@pytest.mark.parametrize("reuse", ["client", "shared"])
async def test_a_login_of_the_connection_is_its_clients_alone(
    lab: Lab, reuse: str, scheme: bytes
) -> None:
    upstream = await lab.upstream(signing_in(scheme))
    gateway = await lab.gateway(upstream={"reuse": reuse})
    alice, bob = await lab.client(gateway), await lab.client(gateway)
    login = b"Authorization: " + scheme + b" YWxpY2U="

    assert (await alice.get(upstream.at("/"))).status == 401
    assert (await alice.get(upstream.at("/"), login)).body == b"alice"
    assert (await bob.get(upstream.at("/"))).status == 401
    assert (await alice.get(upstream.at("/"))).body == b"alice"
    assert (await bob.get(upstream.at("/"))).status == 401


def promising(field: bytes) -> Script:
    return answering(response(200, b"ok", field))


@pytest.mark.parametrize(
    ("field", "peers"),
    [
        (b"Keep-Alive: timeout=1", 2),
        (b"Keep-Alive: max=100, TIMEOUT=0", 2),
        (b'keep-alive: timeout = "1"', 2),
        (b"Keep-Alive: timeout=30", 1),
        (b"Keep-Alive: max=100", 1),
        (b"Keep-Alive: timeout=soon", 1),
    ],
)
@pytest.mark.parametrize("method", [b"GET", b"POST"])
async def test_a_connection_is_kept_no_longer_than_the_upstream_says(
    lab: Lab, field: bytes, peers: int, method: bytes
) -> None:
    """A second less: it may hang up while the next request is on its way."""
    upstream = await lab.upstream(promising(field))
    client = await lab.client(await lab.gateway())

    for _ in range(2):
        assert (await client.get(upstream.at("/"), method=method, body=b"x")).status == 200

    assert len(upstream.peers) == peers


async def test_a_promise_ends_in_its_time(lab: Lab) -> None:
    upstream = await lab.upstream(promising(b"Keep-Alive: timeout=2"))
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    await client.get(upstream.at("/"))
    assert gateway.gateway.upstream.idle_count == 1

    await asyncio.sleep(1.1)

    await client.get(upstream.at("/"), method=b"POST", body=b"x")
    assert len(upstream.peers) == 2


def giving_up(after: int) -> Script:
    """Answer *after* requests on a connection, and 408 to the next, as if it had not come."""

    async def script(peer: Peer) -> None:
        for _ in range(after):
            await peer.request()
            peer.send(response(200, b"from %d" % peer.number))
        await peer.request()
        peer.send(response(408, b"", b"Connection: close"))

    return script


async def test_a_408_on_a_kept_connection_is_no_answer(lab: Lab) -> None:
    upstream = await lab.upstream(giving_up(after=1))
    client = await lab.client(await lab.gateway())

    assert [(await client.get(upstream.at("/"))).body for _ in range(3)] == [
        b"from 0",
        b"from 1",
        b"from 2",
    ]


async def test_a_408_to_what_may_have_an_effect_or_on_a_new_connection_is_one(lab: Lab) -> None:
    upstream = await lab.upstream(giving_up(after=1))
    client = await lab.client(await lab.gateway())
    await client.get(upstream.at("/"))
    assert (await client.get(upstream.at("/"), method=b"POST", body=b"x")).status == 408

    hasty = await lab.upstream(giving_up(after=0))
    assert (await client.get(hasty.at("/"))).status == 408
    assert len(hasty.requests) == 1


async def test_what_is_kept_for_a_client_that_leaves_meanwhile_is_closed(lab: Lab) -> None:
    """Its exchange is cancelled, and gives its connection back when nobody is left to use it."""
    gateway: Running = await lab.gateway()
    upstream = await lab.upstream()
    for _ in range(20):
        client = await lab.client(gateway)
        client.ask(upstream.at("/"))
        await client.head()
        client.close()

    await until(lambda: upstream.open_peers == 0)
    assert gateway.gateway.upstream.idle_count == 0
