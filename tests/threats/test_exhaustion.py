"""A client or an upstream that is slow, endless or many at once holds up nobody but itself."""

import asyncio
import dataclasses
import gzip

import pytest

from sigproxy.assembly import rules
from sigproxy.config import Settings
from sigproxy.gateway.downstream import connection as downstream
from sigproxy.policies.limits import Limits
from tests.lab.client import Client
from tests.lab.dns import SILENT
from tests.lab.lab import NAME, Lab, until
from tests.lab.upstream import Peer, answering
from tests.lab.wire import Response, response

SHORT_S = 1.0  # long enough for what is sent at once, on a busy machine
HALF_A_HEAD = b"GET /up.example.com/ HTTP/1.1\r\nHost: localhost"
BOMB = gzip.compress(bytes(10 * 2**20))


async def dripped(client: Client, data: bytes) -> Response:
    """Send *data* a byte at a time, for ever; return what the gateway says to that."""
    answered = asyncio.create_task(client.response())
    while not answered.done():
        client.send(data)
        await asyncio.sleep(0.05)
    return await answered


async def endless(peer: Peer) -> None:
    await peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
    while True:
        peer.send(bytes(65536))
        await peer.writer.drain()


async def test_18_slow_head(lab: Lab) -> None:
    gateway = await lab.gateway(limits={"header_timeout_s": SHORT_S})
    silent, half, dripping = [await lab.client(gateway) for _ in range(3)]
    half.send(HALF_A_HEAD)
    dripping.send(HALF_A_HEAD)

    assert await silent.closed() == b""
    assert (await half.response()).status == 408
    assert (await dripped(dripping, b"x")).status == 408
    await until(lambda: gateway.connections == 0)


async def test_19_slow_body_and_slow_reader(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    build = rules.build_limits

    def impatient(settings: Settings) -> Limits:
        return dataclasses.replace(build(settings), body_grace_s=SHORT_S)

    monkeypatch.setattr(rules, "build_limits", impatient)
    monkeypatch.setattr(downstream, "STALL_S", SHORT_S)
    upstream = await lab.upstream(endless)
    gateway = await lab.gateway()
    writer, reader = await lab.client(gateway), await lab.client(gateway, buffer=4096)

    writer.ask(upstream.at("/"), b"Content-Length: 1000", method=b"POST")
    answer = await dripped(writer, b"x")
    assert (answer.status, answer.error) == (408, "request_timeout")

    reader.writer.transport.pause_reading()  # type: ignore[attr-defined]
    reader.ask(upstream.at("/"))
    await until(lambda: gateway.connections == 0)
    assert gateway.observer.ends[-1].error == "client_stalled"
    await until(lambda: upstream.open_peers == 0)


async def test_20_unbounded_bodies_are_refused(lab: Lab) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway())
    client.ask(upstream.at("/"), b"Content-Length: 1073741824", method=b"POST")

    assert (await client.response()).error == "body_too_large"
    assert upstream.peers == []


async def test_21_decompression_bomb(lab: Lab) -> None:
    """Nothing is decoded, and no coding is asked for in the client's name."""
    upstream = await lab.upstream(answering(response(200, BOMB, b"Content-Encoding: gzip")))
    gateway = await lab.gateway()

    answer = await (await lab.client(gateway)).get(upstream.at("/"))

    assert answer.get(b"content-encoding") == b"gzip"
    assert answer.body == BOMB
    assert gateway.observer.ends[0].sent == len(BOMB)
    assert upstream.requests[0].get(b"accept-encoding") is None


async def test_22_connection_exhaustion(lab: Lab) -> None:
    """A crowd that never asks anything is sent away in time; meanwhile others are served."""
    upstream = await lab.upstream()
    gateway = await lab.gateway(limits={"header_timeout_s": 4.0})  # all connect within it
    bystander = await lab.client(gateway)
    crowd = [await lab.client(gateway) for _ in range(80)]
    for each in crowd:
        each.send(HALF_A_HEAD)

    await until(lambda: gateway.connections == 81)
    assert (await bystander.get(upstream.at("/"))).status == 200
    for each in crowd:
        assert (await each.response()).status == 408
    await until(lambda: gateway.connections == 1)
    assert (await bystander.get(upstream.at("/"))).status == 200


async def test_22_connection_exhaustion_by_one_address(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ADR 15: by default 1,000 connections, since a whole building may share an address."""
    monkeypatch.setattr(downstream, "REFUSED_S", 10.0)
    upstream = await lab.upstream()
    gateway = await lab.gateway(limits={"connections_per_address": 100})
    held = [await lab.client(gateway) for _ in range(100)]
    one_more = await lab.client(gateway)

    answer = await one_more.get(upstream.at("/"))

    assert (answer.status, answer.error) == (429, "too_many_connections")
    assert answer.get(b"retry-after") is not None
    assert upstream.peers == []
    other = await lab.client(gateway, source="127.0.0.2")
    assert (await other.get(upstream.at("/"))).status == 200
    held[0].writer.transport.abort()
    await until(lambda: gateway.connections == 100)
    again = await lab.client(gateway)
    assert (await again.get(upstream.at("/"))).status == 200


async def test_34_worker_stall(lab: Lab) -> None:
    """Fifty names whose servers never answer; a name that nobody knew is found meanwhile."""
    names = [f"slow-{number}.example.com" for number in range(50)]
    lab.dns.zone |= dict.fromkeys(names, SILENT)
    upstream = await lab.upstream()
    gateway = await lab.gateway(upstream={"connect_timeout_s": 4.0})
    waiting = [await lab.client(gateway) for _ in names]
    for each, name in zip(waiting, names, strict=True):
        each.ask(f"/{name}/".encode())
    await until(lambda: all(lab.dns.lookups(name) for name in names))

    bystander = await lab.client(gateway)
    assert (await bystander.get(upstream.at("/", NAME))).status == 200
    assert len(gateway.observer.ends) == 1  # all fifty wait still
    answers = [await each.response() for each in waiting]
    assert {(answer.status, answer.error) for answer in answers} == {(504, "dns_timeout")}
