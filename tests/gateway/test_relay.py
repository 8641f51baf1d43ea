"""TURN and HTTP on one port: told apart by the first byte, and neither changes the other."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sigproxy.gateway import relay, relay_side
from tests.lab.client import Client
from tests.lab.lab import Lab, Running, dials, until
from tests.lab.logged import Log
from tests.lab.turn import BINDING, TurnServer
from tests.lab.wire import within

OPEN = {"name": "gateway.example", "open": True}
TLS = pytest.mark.parametrize("tls", [False, True], ids=["tcp", "tls"])


@pytest.fixture
async def turn() -> AsyncIterator[TurnServer]:
    server = TurnServer()
    await server.start()
    yield server
    await server.close()


async def relaying(lab: Lab, turn: TurnServer, *, tls: bool = False, **tables: Any) -> Running:
    return await lab.gateway(tls=tls, turn=turn.table, **tables)


async def echoed(client: Client, data: bytes) -> bytes:
    client.send(data)
    async with within():
        return await client.reader.readexactly(len(data))


@TLS
async def test_stun_is_relayed_and_named(lab: Lab, turn: TurnServer, tls: bool) -> None:
    gateway = await relaying(lab, turn, tls=tls)
    client = await lab.client(gateway)

    assert await echoed(client, BINDING) == BINDING
    assert await echoed(client, b"\x40\x01\x00\x04data") == b"\x40\x01\x00\x04data"  # ChannelData

    [session] = turn.sessions
    assert session.client == "127.0.0.1"
    port = client.writer.get_extra_info("sockname")[1]
    assert session.raw_header[24:26] == port.to_bytes(2)
    client.close()
    ended = await gateway.observer.last()
    assert (ended.turn, ended.error) == ("tls" if tls else "tcp", None)
    assert (ended.received, ended.sent) == (len(BINDING) + 8, len(BINDING) + 8)


@TLS
async def test_it_may_come_byte_by_byte(lab: Lab, turn: TurnServer, tls: bool) -> None:
    client = await lab.client(await relaying(lab, turn, tls=tls))
    for byte in BINDING:
        client.send(bytes([byte]))
        await client.drain()
        await asyncio.sleep(0)
    async with within():
        assert await client.reader.readexactly(len(BINDING)) == BINDING


@TLS
async def test_http_is_what_it_was(lab: Lab, turn: TurnServer, tls: bool) -> None:
    upstream = await lab.upstream()
    gateway = await relaying(lab, turn, tls=tls)
    request = b"GET " + upstream.at("/x") + b" HTTP/1.1\r\nHost: gw.example\r\n\r\n"
    for cut in range(len(request)):
        client = await lab.client(gateway)
        client.send(request[:cut])
        await client.drain()
        await asyncio.sleep(0)
        client.send(request[cut:])
        assert (await client.response()).status == 200
        client.close()
    assert not turn.sessions


async def test_a_request_may_be_followed_by_what_looks_like_stun(
    lab: Lab, turn: TurnServer
) -> None:
    """Only a connection's first byte decides: what is behind a request is the next request."""
    upstream = await lab.upstream()
    client = await lab.client(await relaying(lab, turn))
    assert (await client.get(upstream.at("/"))).status == 200
    client.send(BINDING)
    assert (await client.response()).status == 400
    assert not turn.sessions


async def test_without_turn_stun_is_no_request(lab: Lab) -> None:
    client = await lab.client(await lab.gateway())
    client.send(BINDING)
    assert (await client.response()).status == 400


@pytest.mark.parametrize(
    "header",
    [
        b"\x00\x01\x00\x00" + b"\0" * 16,  # no magic cookie: RFC 3489
        b"\x00\x01\x00\x03\x21\x12\xa4\x42" + b"\0" * 12,  # a length that no message has
        b"\x03" * 20,
        b"\x00" * 4096,
    ],
)
async def test_what_is_not_stun_reaches_no_turn_server(
    lab: Lab, turn: TurnServer, header: bytes
) -> None:
    gateway = await relaying(lab, turn)
    client = await lab.client(gateway)
    client.send(header)
    assert await client.closed() == b""
    assert (await gateway.observer.last()).error == "not_stun"
    assert not turn.sessions


async def test_half_a_header_has_its_time(lab: Lab, turn: TurnServer) -> None:
    gateway = await relaying(lab, turn, limits={"header_timeout_s": 1})
    client = await lab.client(gateway)
    client.send(BINDING[:7])
    assert await client.closed() == b""
    assert (await gateway.observer.last()).error == "request_timeout"
    assert not turn.sessions


async def test_who_leaves_in_its_header_is_gone(lab: Lab, turn: TurnServer) -> None:
    gateway = await relaying(lab, turn)
    client = await lab.client(gateway)
    client.send(BINDING[:7])
    await client.drain()
    await until(lambda: gateway.gateway.drain.in_flight == 1)
    client.reset()
    assert (await gateway.observer.last()).error == "client_gone"
    assert gateway.connections == 0


async def test_without_a_turn_server_http_goes_on(lab: Lab, turn: TurnServer, log: Log) -> None:
    upstream = await lab.upstream()
    gateway = await relaying(lab, turn)
    await turn.close()
    client, other = await lab.client(gateway), await lab.client(gateway)
    client.send(BINDING)
    assert await client.closed() == b""
    ended = await gateway.observer.last()
    assert ended.error == "turn_unreachable"
    assert f"127.0.0.1:{turn.port}" in (ended.detail or "")
    assert "tcp-proxy-port" in (ended.detail or "")
    assert (await other.get(upstream.at("/"))).status == 200


async def test_a_server_that_hangs_up_at_once_is_no_turn_server(lab: Lab) -> None:
    """As behind a wrong port in turn.relay: the line of a call that went well would mislead."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    gateway = await lab.gateway(turn={"relay": f"127.0.0.1:{port}", **OPEN})
    client = await lab.client(gateway)
    client.send(BINDING)
    assert await client.closed() == b""
    ended = await gateway.observer.last()
    assert (ended.status, ended.error) == (502, "turn_unreachable")
    server.close()


@TLS
async def test_who_leaves_while_the_server_is_dialled_is_gone(lab: Lab, tls: bool) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:  # its kernel answers no third
        place = full.getsockname()
        ahead = [socket.socket() for _ in range(4)]
        for each in ahead:
            each.setblocking(False)
            each.connect_ex(place)
        gateway = await lab.gateway(tls=tls, turn={"relay": f"127.0.0.1:{place[1]}", **OPEN})
        client = await lab.client(gateway)
        client.send(BINDING)
        await until(lambda: dials(*place))
        client.reset()
        assert (await gateway.observer.last()).error == "client_gone"
        for each in ahead:
            each.close()


async def test_the_end_of_either_side_is_the_end(lab: Lab, turn: TurnServer) -> None:
    gateway = await relaying(lab, turn)
    client, other = await lab.client(gateway), await lab.client(gateway)
    for each in (client, other):
        assert await echoed(each, BINDING) == BINDING
    client.close()
    first, second = turn.sessions
    async with within():
        await first.ended.wait()
    second.writer.write(b"last words")
    second.writer.close()
    assert await other.closed() == b"last words"
    await gateway.observer.last(2)
    await until(lambda: gateway.connections == 0)


@TLS
async def test_who_takes_nothing_is_sent_nothing_more(
    lab: Lab, turn: TurnServer, tls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Media that waits is worth nothing: the sender is told by TCP, and the stalled one is cut."""
    monkeypatch.setattr(relay_side, "STALL_S", 0.3)
    gateway = await relaying(lab, turn, tls=tls)
    client = await lab.client(gateway, buffer=4096)
    assert await echoed(client, BINDING) == BINDING
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    turn.echoes = False
    [session] = turn.sessions
    session.writer.write(b"x" * 32 * 1024 * 1024)
    ended = await gateway.observer.last()
    assert ended.error == "client_stalled"
    assert ended.sent < 16 * 1024 * 1024


async def test_an_idle_relay_ends(
    lab: Lab, turn: TurnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "IDLE_S", 0.1)
    gateway = await relaying(lab, turn)
    client = await lab.client(gateway)
    assert await echoed(client, BINDING) == BINDING
    assert await client.closed() == b""
    assert (await gateway.observer.last()).error == "turn_idle"


async def test_at_a_stop_it_ends_last(lab: Lab, turn: TurnServer) -> None:
    upstream = await lab.upstream()
    gateway = await relaying(lab, turn, server={"drain_s": 5.0})
    client, other = await lab.client(gateway), await lab.client(gateway)
    assert await echoed(client, BINDING) == BINDING
    assert (await other.get(upstream.at("/"))).status == 200
    stopping = gateway.stopping()
    assert await other.closed() == b""  # an idle connection ends at once
    assert await echoed(client, BINDING) == BINDING
    assert await client.closed() == b""
    async with within():
        await stopping
    ended = gateway.observer.ends[-1]
    assert (ended.turn, ended.error) == ("tcp", "cut_off_by_shutdown")


async def test_it_counts_in_the_limits(lab: Lab, turn: TurnServer) -> None:
    gateway = await relaying(lab, turn, limits={"connections_per_address": 2})
    clients = [await lab.client(gateway) for _ in range(2)]
    for each in clients:
        assert await echoed(each, BINDING) == BINDING
    third = await lab.client(gateway)
    third.send(BINDING)
    assert await third.closed() == b""
    assert len(turn.sessions) == 2
    clients[0].close()
    await until(lambda: gateway.connections == 1)
    fourth = await lab.client(gateway)
    assert await echoed(fourth, BINDING) == BINDING


async def test_behind_a_balancer_it_is_for_whom_that_names(lab: Lab, turn: TurnServer) -> None:
    gateway = await relaying(
        lab, turn, server={"proxy_protocol": True, "trusted_proxies": ["127.0.0.1"]}
    )
    client = await lab.client(gateway, header=b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n")
    assert await echoed(client, BINDING) == BINDING
    assert turn.sessions[0].client == "192.0.2.7"
