"""Upstream connections: kept, checked, retried where that is safe, and never trusted too long."""

import asyncio

import pytest

from sigproxy.gateway.upstream import pool
from sigproxy.gateway.upstream.connection import Connection
from tests.lab.dns import Name
from tests.lab.lab import NAME, Lab, Running, until
from tests.lab.upstream import Peer, Script, answering
from tests.lab.wire import CHUNKED, LAST_CHUNK, chunk, response

SHARED = {"reuse": "shared"}


def hanging_up(after: int) -> Script:
    """Answer *after* requests on a connection, then close when the next one has come."""

    async def script(peer: Peer) -> None:
        for _ in range(after):
            request = await peer.request()
            answer = response(200, b"from %d" % peer.number)
            head, end, _ = answer.partition(b"\r\n\r\n")
            peer.send(head + end if request.method == b"HEAD" else answer)
            await peer.drain()
        await peer.head()

    return script


def usable(gateway: Running) -> list[Connection]:
    """Return the pooled connections that a request would take."""
    return [each for each in gateway.gateway.upstream._pool._all if each.is_usable]


async def test_concurrent_exchanges_have_a_connection_each(lab: Lab) -> None:
    together = asyncio.Barrier(5)

    async def script(peer: Peer) -> None:
        while True:
            request = await peer.request()
            await together.wait()
            peer.send(response(200, request.target))

    upstream = await lab.upstream(script)
    gateway = await lab.gateway()
    clients = [await lab.client(gateway) for _ in range(5)]

    for _ in range(2):
        answers = await asyncio.gather(
            *(client.get(upstream.at(f"/{number}")) for number, client in enumerate(clients))
        )
        assert [answer.body for answer in answers] == [b"/%d" % number for number in range(5)]
    assert len(upstream.peers) == 5


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"OPTIONS"])
async def test_a_stale_connection_is_replaced_once(lab: Lab, method: bytes) -> None:
    upstream = await lab.upstream(hanging_up(after=1))
    client = await lab.client(await lab.gateway())
    assert (await client.get(upstream.at("/"))).body == b"from 0"

    answer = await client.get(upstream.at("/again"), method=method)

    assert answer.status == 200
    assert [request.target for request in upstream.requests] == [b"/", b"/again", b"/again"]


@pytest.mark.parametrize("method", [b"POST", b"PUT", b"PATCH", b"DELETE"])
async def test_what_may_have_an_effect_is_never_sent_twice(lab: Lab, method: bytes) -> None:
    upstream = await lab.upstream(hanging_up(after=1))
    client = await lab.client(await lab.gateway())
    assert (await client.get(upstream.at("/"))).status == 200

    answer = await client.get(upstream.at("/effect"), method=method, body=b"do it")

    assert (answer.status, answer.error) == (502, "connection_terminated")
    assert [request.target for request in upstream.requests].count(b"/effect") == 1


async def test_a_new_connection_that_fails_is_not_retried(lab: Lab) -> None:
    upstream = await lab.upstream(hanging_up(after=0))
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/"))

    assert (answer.status, answer.error) == (502, "connection_terminated")
    assert len(upstream.requests) == 1


async def test_a_connection_that_the_upstream_has_closed_is_not_used(lab: Lab) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        peer.send(response(200, b"from %d" % peer.number))

    upstream = await lab.upstream(script)
    gateway = await lab.gateway()
    client = await lab.client(gateway)

    for number in range(3):
        answer = await client.get(upstream.at("/"), method=b"POST", body=b"x")
        assert answer.body == b"from %d" % number
        await gateway.observer.last(number + 1)
        await until(lambda: gateway.gateway.upstream.idle_count == 0)


@pytest.mark.parametrize("fields", [(b"Connection: close",), (b"Connection: Close, x",)])
async def test_connection_close_is_obeyed(lab: Lab, fields: tuple[bytes, ...]) -> None:
    upstream = await lab.upstream(answering(response(200, b"ok", *fields)))
    gateway = await lab.gateway()
    client = await lab.client(gateway)

    for _ in range(2):
        answer = await client.get(upstream.at("/"))
        assert answer.get(b"connection") is None  # hop by hop: ours goes on
    assert len(upstream.peers) == 2
    assert gateway.gateway.upstream.idle_count == 0


@pytest.mark.parametrize("at_once", [True, False])
async def test_an_unasked_response_is_given_to_nobody(lab: Lab, at_once: bool) -> None:
    poison = response(200, b"poison")

    async def script(peer: Peer) -> None:
        while True:
            request = await peer.request()
            peer.send(response(200, request.target) + (poison if at_once else b""))
            await asyncio.sleep(0.05)
            peer.send(b"" if at_once else poison)

    upstream = await lab.upstream(script)
    gateway = await lab.gateway()
    client = await lab.client(gateway)

    for number in range(3):
        assert (await client.get(upstream.at(f"/{number}"))).body == b"/%d" % number
        await gateway.observer.last(number + 1)
        await until(lambda: not usable(gateway))
    assert len(upstream.peers) == 3


async def test_a_half_read_response_does_not_stay_in_the_pool(lab: Lab) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        peer.send(response(200, b"", CHUNKED, framed=False) + chunk(b"never "))
        await peer.gone()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.ask(upstream.at("/"))
    await client.head()
    client.close()

    await upstream.peers[0].ended.wait()
    assert gateway.gateway.upstream.idle_count == 0


async def test_idle_connections_are_closed_in_time(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway(upstream={"pool_idle_s": 1.0})
    client = await lab.client(gateway)
    await client.get(upstream.at("/"))
    assert gateway.gateway.upstream.idle_count == 1

    await until(lambda: upstream.open_peers == 0)
    assert gateway.gateway.upstream.idle_count == 0


async def test_the_pool_has_a_size(lab: Lab) -> None:
    together = asyncio.Barrier(4)

    async def script(peer: Peer) -> None:
        await peer.request()
        await together.wait()
        peer.send(response(200, b"ok"))
        await peer.gone()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway(upstream=SHARED | {"pool_size": 2})
    clients = [await lab.client(gateway) for _ in range(4)]
    await asyncio.gather(*(client.get(upstream.at("/")) for client in clients))

    await until(lambda: upstream.open_peers == 2)
    assert gateway.gateway.upstream.idle_count == 2


async def test_a_full_pool_does_without_its_oldest(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a pause, those that a POST may not use must not keep the new ones out."""
    upstream = await lab.upstream()
    monkeypatch.setattr(pool, "FRESH_S", 10.0)
    gateway = await lab.gateway(upstream=SHARED | {"pool_size": 1})
    client = await lab.client(gateway)
    await client.get(upstream.at("/"))
    await gateway.observer.last()
    [oldest] = usable(gateway)
    oldest.idle_since_s -= 11.0
    for body in (b"1", b"2", b"3"):
        await client.get(upstream.at("/"), method=b"POST", body=body)

    assert len(upstream.peers) == 2


async def test_many_names_do_not_fill_the_pool(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """One client, and a wildcard among the targets, would leave nobody a descriptor."""
    monkeypatch.setattr(pool, "IN_ALL", 3)
    upstream = await lab.upstream()
    gateway = await lab.gateway(upstream=SHARED | {"pool_size": 2})
    client = await lab.client(gateway)
    names = [f"{number}.example.com" for number in range(6)]
    for name in names:
        lab.dns.zone[name] = Name(("127.0.0.1",))
        assert (await client.get(upstream.at("/", name))).body == b"ok"

    await until(lambda: upstream.open_peers == 3)
    assert [str(each.authority.host) for each in usable(gateway)] == names[-3:]
    assert (await client.get(upstream.at("/", names[3]))).body == b"ok"
    assert len(upstream.peers) == len(names)


async def test_idle_connections_are_closed_each_in_its_time(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway(upstream={"pool_idle_s": 1.0})
    client = await lab.client(gateway)
    for name in (NAME, "other.example.com"):
        lab.dns.zone[name] = Name(("127.0.0.1",))
        await client.get(upstream.at("/", name))
    await gateway.observer.last(2)
    _, second = usable(gateway)
    second.idle_until_s += 100.0

    await until(lambda: upstream.open_peers == 1)
    assert usable(gateway) == [second]


async def test_names_do_not_share_connections(lab: Lab) -> None:
    upstream = await lab.upstream()
    lab.dns.zone["other.example.com"] = Name(("127.0.0.1",))
    client = await lab.client(await lab.gateway())

    for name in (NAME, "other.example.com", NAME):
        await client.get(upstream.at("/", name))

    assert [peer.sni for peer in upstream.peers] == [NAME, "other.example.com"]


async def test_a_connection_is_used_only_while_dns_names_its_address(lab: Lab) -> None:
    first = await lab.upstream(answering(response(200, b"first")))
    second = await lab.upstream(
        answering(response(200, b"second")), address="127.0.0.2", port=first.port
    )
    lab.dns.zone[NAME] = Name(("127.0.0.1",), ttl=2)
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    assert (await client.get(first.at("/"))).body == b"first"

    lab.dns.zone[NAME] = Name(("127.0.0.2",), ttl=2)
    assert (await client.get(first.at("/"))).body == b"first"
    await asyncio.sleep(2.1)
    assert (await client.get(first.at("/"))).body == b"second"

    assert (len(first.peers), len(second.peers)) == (1, 1)
    assert gateway.observer.ends[-1].address == "127.0.0.2"


async def test_stopping_closes_what_is_pooled(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    await client.get(upstream.at("/"))
    assert upstream.open_peers == 1

    await gateway.stop()

    await until(lambda: upstream.open_peers == 0)


async def test_a_chunked_answer_is_whole_before_its_connection_is_reused(lab: Lab) -> None:
    """The client reads its answer's end before the last chunk's CRLF has come."""

    async def script(peer: Peer) -> None:
        while True:
            request = await peer.request()
            peer.send(response(200, b"", CHUNKED, framed=False) + chunk(request.target))
            peer.send(LAST_CHUNK[:3])
            await asyncio.sleep(0.05)
            peer.send(LAST_CHUNK[3:])

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway())

    for number in range(3):
        assert (await client.get(upstream.at(f"/{number}"))).body == b"/%d" % number
