"""A layer-4 balancer in front, which names the client before the client's first byte."""

import asyncio
import errno
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigproxy.gateway import drain
from sigproxy.gateway.admission import quota
from sigproxy.gateway.downstream import listener as front
from tests.lab.client import Client
from tests.lab.frames import TEXT, Frame, echo_frames, frame, handshake, read_frame, upgraded
from tests.lab.lab import Lab, Running, listening, open_files, tasks, until
from tests.lab.pki import Pki
from tests.lab.proxy_headers import SIGNATURE, addresses, binary, line, tlv

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


@pytest.fixture
async def complaints() -> list[dict[str, Any]]:
    """What the loop has to report: nothing that a client or a balancer does is worth that."""
    found: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: found.append(context))
    return found


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


async def refused(gateway: Running, client: Client) -> tuple[str | None, str | None, int]:
    """Return the token that the client got, and the token and status of the log."""
    told = (await client.response()).error if gateway._context is None else None
    assert await client.closed() == b""
    record = await gateway.observer.last()
    assert record.peer == BALANCER
    return told, record.error, record.status or 0


MALFORMED = [
    b"GET /-/live HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"PROXY TCP4 everybody 192.0.2.1 1 1\r\nGET /-/live HTTP/1.1\r\n\r\n",
    b"PROXY UNKNOWN".ljust(500, b"x"),
    binary(1, 0x11, b"too short"),
    SIGNATURE + b"\x31\x11\0\0",
]


@pytest.mark.parametrize("header", MALFORMED)
async def test_what_is_malformed_is_answered_and_logged(lab: Lab, header: bytes) -> None:
    gateway = await behind_a_balancer(lab)
    client = await lab.client(gateway, header=header)

    token = "proxy_header_invalid"
    assert await refused(gateway, client) == (token, token, 400)


@pytest.mark.parametrize("header", MALFORMED)
async def test_where_tls_is_expected_nothing_is_said_in_clear(lab: Lab, header: bytes) -> None:
    gateway = await behind_a_balancer(lab, tls=True)
    client = await Client.open(gateway.host, gateway.port, header=header)

    assert await client.closed() == b""
    record = await gateway.observer.last()
    assert (record.error, record.status, record.sent) == ("proxy_header_invalid", 400, 0)
    client.close()


@pytest.mark.parametrize("header", [line(CLIENT), b""])
async def test_a_header_from_a_stranger_is_not_believed(lab: Lab, header: bytes) -> None:
    gateway = await behind_a_balancer(lab, trusted="192.0.2.10")
    client = await lab.client(gateway, header=header)
    client.ask(b"/-/live")

    token = "proxy_header_untrusted"
    assert await refused(gateway, client) == (token, token, 403)


async def test_strangers_hold_no_more_than_any_client(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each that is told so may stay for a while, and takes a descriptor meanwhile."""
    monkeypatch.setattr(quota, "OVERFLOW_CONNECTIONS", 2)
    limits = {"connections_per_address": 3}
    gateway = await behind_a_balancer(lab, trusted="127.0.0.2", limits=limits)
    strangers = [await lab.client(gateway) for _ in range(5)]
    for stranger in strangers:
        assert (await stranger.response()).error == "proxy_header_untrusted"

    assert await (await lab.client(gateway)).closed() == b""
    assert gateway.gateway.quota.dropped == 1
    client = await lab.client(gateway, source="127.0.0.2", header=line(CLIENT))
    assert (await client.get(b"/-/live")).status == 200


@pytest.mark.parametrize("begun", [b"", b"PROXY TCP4 203.0.113.7 1", SIGNATURE[:5]])
async def test_a_header_that_does_not_come(lab: Lab, begun: bytes) -> None:
    gateway = await behind_a_balancer(lab, limits={"header_timeout_s": 0.1})
    client = await lab.client(gateway, header=begun)

    token = "proxy_header_timeout"
    assert await refused(gateway, client) == (token, token, 408)


async def test_a_header_that_ends_in_the_middle(lab: Lab) -> None:
    gateway = await behind_a_balancer(lab)
    client = await lab.client(gateway, header=line(CLIENT)[:-1])
    client.finish()

    token = "proxy_header_invalid"
    assert await refused(gateway, client) == (token, token, 400)


@pytest.mark.parametrize("leave", [Client.close, Client.reset])
async def test_a_check_that_only_connects_is_no_news(
    lab: Lab, leave: Any, complaints: list[dict[str, Any]]
) -> None:
    gateway = await behind_a_balancer(lab)
    before = await files_open(lab, gateway)
    for _ in range(3):
        sock = await connected(gateway)
        leave(await client_on(sock, None))

    await until(lambda: open_files() <= before)
    assert not gateway.server.arrivals  # type: ignore[attr-defined]
    assert len(gateway.observer.ends) == 1
    assert complaints == []


@pytest.mark.parametrize("behind", [b"", b"\x16\x03\x01\x02", b"GET / HTTP/1.1\r\n\r\n"])
async def test_a_handshake_that_comes_to_nothing(
    lab: Lab, behind: bytes, complaints: list[dict[str, Any]]
) -> None:
    gateway = await behind_a_balancer(lab, tls=True, limits={"header_timeout_s": 1.0})
    before = await files_open(lab, gateway)
    client = await Client.open(gateway.host, gateway.port, header=line(CLIENT) + behind)

    await client.closed()
    client.close()

    await until(lambda: open_files() <= before)
    assert [each for each in complaints if "SSL" not in each["message"]] == []


async def test_other_connections_do_not_wait_for_a_slow_header(lab: Lab) -> None:
    gateway = await behind_a_balancer(lab)
    for _ in range(5):
        await lab.client(gateway, header=b"PROXY ")

    client = await lab.client(gateway, header=line(CLIENT))
    assert (await client.get(b"/-/live")).status == 200


@pytest.mark.parametrize("header", [b"", b"PROXY TCP4", line(CLIENT)], ids=["none", "half", "all"])
async def test_a_stop_does_not_wait_for_an_arrival(lab: Lab, header: bytes) -> None:
    gateway = await behind_a_balancer(lab, tls=True)
    sock = await connected(gateway)
    await sent(sock, header)
    await asyncio.sleep(0.05)

    await gateway.stop()

    client = await client_on(sock, None)
    await client.closed()
    client.close()
    assert not tasks()
    assert gateway.observer.ends == []
    with pytest.raises(ConnectionError):
        await lab.client(gateway)


@both_sides
async def test_who_arrives_during_a_stop_is_served(
    lab: Lab, tls: bool, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "LATE_ARRIVALS_S", 5.0)
    gateway = await behind_a_balancer(lab, tls=tls)
    sock = await connected(gateway)

    stopping = gateway.stopping()
    await until(lambda: gateway.gateway.drain.draining)
    await sent(sock, line(CLIENT))
    client = await client_on(sock, pki.client() if tls else None)
    answer = await client.get(b"/-/live")

    assert (answer.status, answer.get(b"connection")) == (200, b"close")
    await stopping
    client.close()


class Exhausted(socket.socket):
    """A listener in a process that has no descriptors left, for the first *failures* times."""

    failures = 1
    accepts = 0

    def accept(self) -> tuple[socket.socket, Any]:
        self.accepts += 1
        if self.accepts <= self.failures:
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


async def test_without_descriptors_it_does_not_spin(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(front, "ACCEPT_AGAIN_S", 0.05)
    gateway = await behind_a_balancer(lab)
    listener = Exhausted(fileno=listening("127.0.0.1").detach())
    server = gateway.runner.listen(listener, lambda: None)
    client = await Client.open("127.0.0.1", listener.getsockname()[1], header=line(CLIENT))

    assert (await client.get(b"/-/live")).status == 200
    assert listener.accepts == 2
    assert "Too many open files; trying again every" in caplog.text
    client.close()
    server.close()


async def test_a_stop_while_it_waits_for_descriptors(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, complaints: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(front, "ACCEPT_AGAIN_S", 0.05)
    gateway = await behind_a_balancer(lab)
    listener = Exhausted(fileno=listening("127.0.0.1").detach())
    server = gateway.runner.listen(listener, lambda: None)
    client = await Client.open("127.0.0.1", listener.getsockname()[1])
    await until(lambda: listener.accepts)

    server.close()

    await client.closed()
    client.close()
    await asyncio.sleep(0.1)  # until it would have tried again
    assert complaints == []


def streams() -> st.SearchStrategy[bytes]:
    begins = st.sampled_from([b"", b"PROXY TCP4 ", SIGNATURE, line(CLIENT), binary(1, 0x11, V4)])
    return st.builds(bytes.__add__, begins, st.binary(max_size=200))


async def test_whatever_comes_first(lab: Lab, complaints: list[dict[str, Any]]) -> None:
    """It is served or refused, and closed; nothing is left behind and nothing is reported."""
    gateway = await behind_a_balancer(lab)
    found: list[bytes] = []

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(streams())
    def collect(stream: bytes) -> None:
        found.append(stream)

    collect()
    for stream in found:
        client = await Client.open(gateway.host, gateway.port, header=stream)
        client.finish()
        answer = await client.closed()
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
        client.close()
    await until(lambda: gateway.connections == 0)
    assert complaints == []
