"""Whoever arrives while a gateway stops: served if a request has begun, and else not waited for."""

import asyncio
import socket

import pytest

from sigproxy.gateway import drain
from tests.lab.client import Client
from tests.lab.lab import Lab, until
from tests.lab.wire import within

both_listeners = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])


@both_listeners
async def test_a_client_that_has_just_connected_is_still_served(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    """Its connection was accepted before the stop, and its request is on the way."""
    monkeypatch.setattr(drain, "LATE_ARRIVALS_S", 5.0)
    upstream = await lab.upstream()
    gateway = await lab.gateway(tls=tls)
    client = await lab.client(gateway)
    await until(lambda: gateway.connections == 1)

    stopping = gateway.stopping()
    await asyncio.sleep(0.05)
    answer = await client.get(upstream.at("/"))

    assert answer.status == 200
    assert answer.get(b"connection") == b"close"
    assert await client.closed() == b""
    await stopping


async def test_a_request_whose_head_has_begun_is_still_served(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A head with tokens takes more than one segment; the first request was served before."""
    monkeypatch.setattr(drain, "LATE_ARRIVALS_S", 5.0)
    upstream = await lab.upstream()
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    await client.get(upstream.at("/"))
    [connection] = gateway.server.connections
    client.send(b"GET %b HTTP/1.1\r\nHo" % upstream.at("/"))
    await until(lambda: connection.is_arriving)

    stopping = gateway.stopping()
    await asyncio.sleep(0.05)
    client.send(b"st: localhost\r\n\r\n")

    answer = await client.response()
    assert (answer.status, answer.get(b"connection")) == (200, b"close")
    await stopping


async def test_a_tls_handshake_that_has_hardly_begun_is_waited_for(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway has accepted the connection, and the network is slow."""
    monkeypatch.setattr(drain, "LATE_ARRIVALS_S", 5.0)
    upstream = await lab.upstream()
    gateway = await lab.gateway(tls=True)
    loop = asyncio.get_running_loop()
    sock = socket.socket()
    sock.setblocking(False)
    await loop.sock_connect(sock, (gateway.host, gateway.port))
    await asyncio.sleep(0.1)

    stopping = gateway.stopping()
    await asyncio.sleep(0.8)
    trust = lab.pki.client()
    client = Client(
        *await asyncio.open_connection(sock=sock, ssl=trust, server_hostname="localhost")
    )
    await asyncio.sleep(0.2)
    answer = await client.get(upstream.at("/"))

    assert answer.status == 200
    assert await client.closed() == b""
    client.close()
    await stopping


async def test_whoever_connects_and_says_nothing_does_not_hold_up_a_stop(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "LATE_ARRIVALS_S", 0.3)
    gateway = await lab.gateway(server={"drain_s": 60.0}, limits={"header_timeout_s": 60})
    client = await lab.client(gateway)
    await until(lambda: gateway.connections == 1)

    async with within():
        await gateway.stop()
    assert await client.closed() == b""
