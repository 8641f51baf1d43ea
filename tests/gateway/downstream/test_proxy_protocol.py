"""A layer-4 balancer in front, which names the client before the client's first byte."""

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.lab.client import Client
from tests.lab.frames import TEXT, Frame, echo_frames, frame, handshake, read_frame, upgraded
from tests.lab.lab import Lab, Running, open_files, until
from tests.lab.pki import Pki
from tests.lab.proxy_headers import addresses, binary, line, tlv

BALANCER = "127.0.0.1"
CLIENT = "203.0.113.7"
V4 = addresses(CLIENT, "192.0.2.1")
V6 = addresses("2001:db8::7", "2001:db8::1")
MAPPED = addresses(f"::ffff:{CLIENT}", "2001:db8::1")
CHAIN = b"X-Forwarded-For: 198.51.100.9"

both_sides = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])


async def behind_a_balancer(lab: Lab, *, trusted: str = BALANCER, **more: Any) -> Running:
    server = {"proxy_protocol": True, "trusted_proxies": [trusted]} | more.pop("server", {})
    return await lab.gateway(server=server, **more)


async def files_open(lab: Lab, gateway: Running) -> int:
    """Return how many there are after a first exchange: uvloop opens one with it, for good."""
    client = await lab.client(gateway, header=line(CLIENT))
    assert (await client.get(b"/-/live")).status == 200
    return open_files()


async def connected(gateway: Running) -> socket.socket:
    """Connect, and send nothing yet."""
    sock = socket.socket()
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, (gateway.host, gateway.port))
    await until(lambda: gateway.server.arrivals)  # type: ignore[attr-defined]
    return sock


async def sent(sock: socket.socket, data: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(sock, data)


async def client_on(sock: socket.socket, context: ssl.SSLContext | None) -> Client:
    name = "localhost" if context else None
    return Client(*await asyncio.open_connection(sock=sock, ssl=context, server_hostname=name))


@both_sides
@pytest.mark.parametrize(
    ("header", "client_address"),
    [
        (line(CLIENT), CLIENT),
        (line("2001:db8::7", "2001:db8::1"), "2001:db8::7"),
        (line(f"::ffff:{CLIENT}", "2001:db8::1"), CLIENT),
        (line("fe80::7%eth0", "fe80::1"), "fe80::7"),
        (binary(1, 0x11, V4), CLIENT),
        (binary(1, 0x21, V6), "2001:db8::7"),
        (binary(1, 0x21, MAPPED), CLIENT),
        (binary(1, 0x11, V4, tlv(0xE0, b"x" * 20_000)), CLIENT),
    ],
    ids=["v1", "v1-6", "v1-mapped", "v1-zone", "v2", "v2-6", "v2-mapped", "v2-tlvs"],
)
async def test_the_client_that_the_balancer_names_is_the_peer(
    lab: Lab, header: bytes, client_address: str, tls: bool
) -> None:
    upstream = await lab.upstream()
    gateway = await behind_a_balancer(lab, tls=tls)
    client = await lab.client(gateway, header=header)

    for number in (1, 2):
        assert (await client.get(upstream.at("/"), CHAIN)).status == 200
        assert (await gateway.observer.last(number)).peer == client_address

    for request in upstream.requests:
        # Nobody vouches for what the client says itself.
        assert request.get(b"x-forwarded-for") == client_address.encode()
        assert request.get(b"x-real-ip") == client_address.encode()


async def test_agora_is_told_the_client(lab: Lab) -> None:
    upstream = await lab.agoras_upstream()
    route = {"prefix": "/agora", "dialect": "query", "targets": ["*.example.com:*"]}
    client = await lab.client(await behind_a_balancer(lab, route=route), header=line(CLIENT))

    form = f"/agora/ap/?url=up.example.com:{upstream.port}/api/v1".encode()
    assert (await client.get(form, CHAIN)).status == 200

    assert upstream.requests[0].get(b"x-user-address") == CLIENT.encode()


async def test_clients_have_a_share_each(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await behind_a_balancer(lab, limits={"connections_per_address": 1})

    async def answered(client_address: str) -> str | None:
        client = await lab.client(gateway, header=line(client_address))
        return (await client.get(upstream.at("/"))).error

    assert await answered(CLIENT) is None
    assert await answered(CLIENT) == "too_many_connections"
    assert await answered("203.0.113.8") is None


async def test_a_balancer_with_an_ipv6_address(lab: Lab) -> None:
    gateway = await behind_a_balancer(lab, trusted="::1", host="::1")
    client = await lab.client(gateway, header=line(CLIENT))

    assert (await client.get(b"/-/live")).status == 200
    assert (await gateway.observer.last()).peer == CLIENT


@pytest.mark.parametrize(("header", "peer"), [(line(CLIENT), CLIENT), (binary(0, 0x00), "")])
async def test_a_balancer_on_the_same_machine(
    lab: Lab, tmp_path: Path, header: bytes, peer: str
) -> None:
    gateway = await behind_a_balancer(lab, trusted="192.0.2.10")
    path = tmp_path / "gateway.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    server = gateway.runner.listen(listener, lambda: None)
    client = Client(*await asyncio.open_unix_connection(path))
    client.send(header)

    assert (await client.get(b"/-/live")).status == 200
    assert (await gateway.observer.last()).peer == peer
    client.close()
    server.close()


@both_sides
@pytest.mark.parametrize(
    "header",
    [
        binary(0, 0x00),
        binary(0, 0x11, V4),
        binary(1, 0x00),
        binary(1, 0x31, bytes(216)),
        b"PROXY UNKNOWN\r\n",
    ],
    ids=["local", "local-with-addresses", "unspecified", "unix", "unknown"],
)
async def test_without_a_client_the_peer_is_the_balancer(
    lab: Lab, header: bytes, tls: bool
) -> None:
    gateway = await behind_a_balancer(lab, tls=tls)
    client = await lab.client(gateway, header=header)

    assert (await client.get(b"/-/ready")).status == 200
    assert (await gateway.observer.last()).peer == BALANCER


@both_sides
async def test_a_websocket(lab: Lab, tls: bool) -> None:
    upstream = await lab.upstream(upgraded(echo_frames))
    gateway = await behind_a_balancer(lab, tls=tls)
    client = await lab.client(gateway, header=binary(1, 0x11, V4))

    assert (await handshake(client, upstream.at("/"))).status == 101
    client.send(frame(TEXT, b"hello", masked=True))

    assert await read_frame(client) == Frame(TEXT, b"hello")
    assert upstream.requests[0].get(b"x-forwarded-for") == CLIENT.encode()


@pytest.mark.parametrize("header", [line(CLIENT), binary(1, 0x11, V4, tlv(5, b"id"))])
async def test_in_single_bytes(lab: Lab, header: bytes) -> None:
    gateway = await behind_a_balancer(lab)
    client = await lab.client(gateway)

    for position in range(len(header)):
        client.send(header[position : position + 1])
        await asyncio.sleep(0.001)

    assert (await client.get(b"/-/live")).status == 200
    assert (await gateway.observer.last()).peer == CLIENT


@pytest.mark.parametrize("header", [line(CLIENT), binary(1, 0x11, V4)], ids=["v1", "v2"])
async def test_header_and_requests_in_one_segment(lab: Lab, header: bytes) -> None:
    gateway = await behind_a_balancer(lab)
    live = b"GET /-/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    client = await lab.client(gateway, header=header + live * 2)

    assert [(await client.response()).status for _ in range(2)] == [200, 200]
    assert (await gateway.observer.last(2)).peer == CLIENT


@pytest.mark.parametrize("header", [line(CLIENT), binary(1, 0x11, V4)], ids=["v1", "v2"])
async def test_header_and_client_hello_in_one_segment(lab: Lab, header: bytes, pki: Pki) -> None:
    gateway = await behind_a_balancer(lab, tls=True)
    sock = await connected(gateway)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    await sent(sock, header)
    client = await client_on(sock, pki.client())

    assert (await client.get(b"/-/live")).status == 200
    client.close()


@both_sides
async def test_connections_are_set_up_as_any_other(lab: Lab, tls: bool) -> None:
    gateway = await behind_a_balancer(lab, tls=tls)
    client = await lab.client(gateway, header=line(CLIENT))
    assert (await client.get(b"/-/live")).status == 200

    (connection,) = gateway.server.connections
    assert connection.transport is not None
    sock = connection.transport.get_extra_info("socket")

    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
