"""How much one client may hold: it is told so, and whoever else comes is served."""

import asyncio
from typing import Any

import pytest

from sigproxy.errors import Overloaded, TooManyConnections, TooManyWebSockets
from sigproxy.gateway.admission import quota as quotas
from sigproxy.gateway.admission.quota import Quota
from sigproxy.gateway.downstream import connection as downstream
from sigproxy.gateway.downstream import listener
from sigproxy.policies.limits import MOST_NEAR, Limits
from tests.lab.client import Client
from tests.lab.frames import HANDSHAKE, echo_frames, handshake, switching
from tests.lab.lab import Lab, Running, until
from tests.lab.upstream import Peer

OTHER = "127.0.0.2"
ORIGIN = b"Origin: https://app.example.com"
both_listeners = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])


async def websockets(peer: Peer) -> None:
    request = await peer.head()
    peer.send(switching(request))
    await echo_frames(peer)


async def idle_clients(lab: Lab, gateway: Running, count: int) -> list[Client]:
    return [await lab.client(gateway) for _ in range(count)]


@both_listeners
async def test_a_connection_too_many_is_told_and_closed(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    monkeypatch.setattr(downstream, "REFUSED_S", 10.0)  # what it asks for is heard before
    upstream = await lab.upstream()
    gateway = await lab.gateway(tls=tls, limits={"connections_per_address": 3})
    held = await idle_clients(lab, gateway, 3)
    fourth = await lab.client(gateway)

    answer = await fourth.get(upstream.at("/"), ORIGIN)

    assert (answer.status, answer.error) == (429, "too_many_connections")
    assert answer.get(b"retry-after") == b"10"
    assert answer.get(b"access-control-allow-origin") == b"https://app.example.com"
    assert "limits.connections_per_address" in answer.json["detail"]
    assert await fourth.rest() == b""
    assert upstream.peers == []
    assert (await gateway.observer.last()).error == "too_many_connections"
    for client in [*held, await lab.client(gateway, source=OTHER)]:
        assert (await client.get(upstream.at("/"))).status == 200


async def test_a_place_is_free_again_however_its_client_went(lab: Lab) -> None:
    upstream = await lab.upstream(websockets)
    gateway = await lab.gateway(limits={"connections_per_address": 3})
    for leave in (Client.close, Client.reset):
        first, second, third = await idle_clients(lab, gateway, 3)
        second.send(b"GET /half-a-he")
        assert (await handshake(third, upstream.at("/"))).status == 101
        for client in (first, second, third):
            leave(client)
        await until(lambda: gateway.gateway.quota.connections == 0)
    await until(lambda: gateway.gateway.quota.websockets == 0)
    await idle_clients(lab, gateway, 2)
    assert (await (await lab.client(gateway)).get(b"/-/ready")).status == 200


async def test_one_too_many_that_says_nothing_is_soon_told_and_closed(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downstream, "REFUSED_S", 0.1)
    gateway = await lab.gateway(limits={"connections_per_address": 1})
    await lab.client(gateway)
    second = await lab.client(gateway)

    answer = await second.response()

    assert (answer.status, answer.error) == (429, "too_many_connections")
    assert await second.rest() == b""
    await until(lambda: gateway.connections == 1)


async def test_more_than_all_may_hold_is_503(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway(limits={"connections": 2})
    await idle_clients(lab, gateway, 2)

    answer = await (await lab.client(gateway, source=OTHER)).get(upstream.at("/"))

    assert (answer.status, answer.error) == (503, "overloaded")
    assert answer.get(b"retry-after") == b"10"
    assert upstream.peers == []


@pytest.mark.parametrize(
    ("limits", "status", "error"),
    [
        ({"websockets_per_address": 2}, 429, "too_many_websockets"),
        ({"websockets": 2}, 503, "overloaded"),
    ],
)
async def test_a_websocket_too_many_is_refused_before_dialling(
    lab: Lab, limits: dict[str, Any], status: int, error: str
) -> None:
    upstream = await lab.upstream(websockets)
    gateway = await lab.gateway(limits=limits)
    first, second, third = await idle_clients(lab, gateway, 3)
    for client in (first, second):
        assert (await handshake(client, upstream.at("/"))).status == 101

    answer = await third.get(upstream.at("/"), *HANDSHAKE)

    assert (answer.status, answer.error) == (status, error)
    assert answer.get(b"retry-after") == b"10"
    assert len(upstream.peers) == 2
    first.close()
    await until(lambda: gateway.gateway.quota.websockets == 1)
    assert (await handshake(third, upstream.at("/"))).status == 101


async def test_behind_a_proxy_its_clients_count_and_not_its_connections(lab: Lab) -> None:
    upstream = await lab.upstream(websockets)
    gateway = await lab.gateway(
        server={"trusted_proxies": ["127.0.0.1"]},
        limits={"connections_per_address": 1, "websockets_per_address": 1},
    )
    clients = await idle_clients(lab, gateway, 3)
    answers = [
        await client.get(upstream.at("/"), *HANDSHAKE, b"X-Forwarded-For: " + address)
        for client, address in zip(clients, (b"192.0.2.1", b"192.0.2.1", b"192.0.2.2"), strict=True)
    ]
    assert [answer.status for answer in answers] == [101, 429, 101]


def quota(**limits: int) -> Quota:
    return Quota(Limits(**limits), lambda peer: peer == "192.0.2.9")


def test_addresses_of_one_ipv6_subscriber_are_one_client() -> None:
    counts = quota(connections_per_address=2)
    assert counts.connect("2001:db8::1") is None
    assert counts.connect("2001:db8::2") is None
    assert isinstance(counts.connect("2001:db8::3"), TooManyConnections)
    assert counts.connect("2001:db8:0:1::3") is None


@pytest.mark.parametrize("peer", ["", "192.0.2.9"], ids=["unix socket", "proxy"])
def test_what_carries_many_clients_has_no_share(peer: str) -> None:
    counts = quota(connections_per_address=1, websockets_per_address=1, connections=2)
    assert [counts.connect(peer) for _ in range(2)] == [None, None]
    assert isinstance(counts.connect(peer), Overloaded)
    with counts.websocket(peer), counts.websocket(peer):
        assert counts.websockets == 2


def test_a_websocket_that_was_refused_is_not_counted() -> None:
    counts = quota(websockets_per_address=1)
    with counts.websocket("192.0.2.1"):
        for _ in range(2):
            with pytest.raises(TooManyWebSockets), counts.websocket("192.0.2.1"):
                raise AssertionError("it was let in")
    with counts.websocket("192.0.2.1"):
        assert counts.websockets == 1


async def test_the_loop_is_left_to_others_meanwhile(lab: Lab) -> None:
    """Two hundred connections of one address do not keep another's from being served."""
    upstream = await lab.upstream()
    gateway = await lab.gateway(limits={"connections_per_address": 20})
    flood = await asyncio.gather(*(lab.client(gateway) for _ in range(200)))

    other = await lab.client(gateway, source=OTHER)

    assert (await other.get(upstream.at("/"))).status == 200
    assert len(flood) == 200


async def test_who_never_finishes_a_handshake_is_counted_too(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A descriptor each, for as long as a handshake may take."""
    monkeypatch.setattr(quotas, "OVERFLOW_CONNECTIONS", 5)
    monkeypatch.setattr(listener, "SAY_EVERY_S", 2.0)  # the next three come within it
    upstream = await lab.upstream()
    gateway = await lab.gateway(tls=True, limits={"connections_per_address": 10})
    counts = gateway.gateway.quota
    silent = [
        await asyncio.open_connection("127.0.0.1", gateway.port, local_addr=("127.0.0.1", 0))
        for _ in range(15)
    ]
    await until(lambda: counts.arrivals == 15)

    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)

    assert await reader.read() == b""
    writer.close()
    assert "1 connection(s) closed unanswered, the last from 127.0.0.1" in caplog.text
    for _ in range(3):
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        assert await reader.read() == b""
        writer.close()
    await until(lambda: "3 connection(s) closed unanswered" in caplog.text)
    assert gateway.gateway.quota.dropped == 4
    other = await lab.client(gateway, source=OTHER)
    assert (await other.get(upstream.at("/"))).status == 200
    for _, writer in silent:
        writer.transport.abort()
    await until(lambda: counts.arrivals == 0)
    assert (await (await lab.client(gateway)).get(upstream.at("/"))).status == 200


async def test_a_flood_of_all_is_dropped_before_its_handshake(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "OVERFLOW_CONNECTIONS", 1)
    monkeypatch.setattr(downstream, "REFUSED_S", 10.0)
    gateway = await lab.gateway(limits={"connections": 2})
    held = [await lab.client(gateway, source=f"127.0.0.{number}") for number in (2, 3, 4)]
    await until(lambda: gateway.connections == 3)

    late = await lab.client(gateway)

    assert await late.closed() == b""
    assert (await held[0].get(b"/-/ready")).status == 200


def test_who_is_near_a_limit() -> None:
    quota = Quota(Limits(connections_per_address=4, websockets_per_address=2), lambda _: False)
    for client, count in (("192.0.2.1", 1), ("192.0.2.2", 3), ("2001:db8::1", 2)):
        for _ in range(count):
            quota.connect(client)
    with quota.websocket("192.0.2.1"):
        assert [tuple(each) for each in quota.near()] == [
            ("192.0.2.2", "limits.connections_per_address", 3, 4),
            ("2001:db8::/64", "limits.connections_per_address", 2, 4),
            ("192.0.2.1", "limits.websockets_per_address", 1, 2),
        ]
    quota.disconnect("192.0.2.2")
    quota.disconnect("192.0.2.2")
    assert [each.client for each in quota.near()] == ["2001:db8::/64"]


def test_those_near_a_limit_are_few() -> None:
    quota = Quota(Limits(connections_per_address=2), lambda _: False)
    for number in range(1000):
        quota.connect(f"10.0.{number // 250}.{number % 250}")
    assert len(quota.near()) == MOST_NEAR
