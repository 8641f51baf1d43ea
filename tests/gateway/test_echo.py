"""The network test's WebSocket: it sends back what it gets, within bounds, and ends in order."""

from typing import Any

import pytest

from sigproxy.gateway import echo
from tests.lab.client import Client
from tests.lab.frames import (
    ACCEPT,
    BINARY,
    CLOSE,
    HANDSHAKE,
    PING,
    PONG,
    TEXT,
    Frame,
    close,
    frame,
    handshake,
    read_frame,
)
from tests.lab.lab import Lab, Running, until

KEY = "0a1b2c3d4e5f6071"
TEST: dict[str, Any] = {"keys": [KEY]}
ECHO = f"/-/network/echo/{KEY}".encode()


async def opened(lab: Lab, gateway: Running, *fields: bytes) -> Client:
    client = await lab.client(gateway)
    answer = await handshake(client, ECHO, *fields)
    assert answer.status == 101
    assert answer.get(b"sec-websocket-accept") == ACCEPT
    return client


@pytest.mark.parametrize("tls", [False, True])
async def test_what_comes_goes_back(lab: Lab, tls: bool) -> None:
    gateway = await lab.gateway(tls=tls, network_test=TEST)
    client = await opened(lab, gateway)
    large = bytes(range(256)) * 256
    for opcode, payload in ((TEXT, b"hello"), (BINARY, large), (TEXT, b"")):
        client.send(frame(opcode, payload, masked=True))
        assert await read_frame(client) == Frame(opcode, payload)
    client.send(frame(PING, b"p", masked=True))
    assert await read_frame(client) == Frame(PONG, b"p")
    client.send(close(1000, masked=True))
    assert (await read_frame(client)).close_code == 1000
    await client.closed()
    exchange = await gateway.observer.last()
    assert (exchange.status, exchange.websocket, exchange.error) == (101, True, None)
    assert (exchange.closed_by, exchange.close_code) == ("client", 1000)
    assert exchange.received > len(large)
    assert exchange.sent > len(large)
    assert gateway.observer.opens == [exchange]


async def test_a_frame_that_comes_with_the_handshake(lab: Lab) -> None:
    client = await lab.client(await lab.gateway(network_test=TEST))
    client.ask(ECHO, *HANDSHAKE)
    client.send(frame(TEXT, b"early", masked=True))
    assert (await client.head()).status == 101
    assert await read_frame(client) == Frame(TEXT, b"early")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(TEXT, b"no mask"), 1002),
        (frame(BINARY, b"x" * 65537, masked=True), 1009),
    ],
    ids=("no mask", "too large"),
)
async def test_what_no_client_may_send_ends_it(lab: Lab, data: bytes, code: int) -> None:
    gateway = await lab.gateway(network_test=TEST)
    client = await opened(lab, gateway)
    client.send(data)
    assert (await read_frame(client)).close_code == code
    await client.closed()
    assert (await gateway.observer.last()).close_code == code


async def test_it_ends_after_its_time(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echo, "ECHO_S", 0.05)
    gateway = await lab.gateway(network_test=TEST)
    client = await opened(lab, gateway)
    ended = await read_frame(client)
    assert ended.close_code == 1008
    client.send(close(1008, masked=True))
    await client.closed()
    exchange = await gateway.observer.last()
    assert (exchange.closed_by, exchange.close_code) == ("gateway", 1008)


async def test_it_ends_after_so_many_frames(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echo, "MOST_FRAMES", 3)
    client = await opened(lab, await lab.gateway(network_test=TEST))
    client.send(frame(TEXT, b"x", masked=True) * 5)
    seen = [(await read_frame(client)).opcode for _ in range(6)]
    assert seen == [TEXT] * 5 + [CLOSE]


async def test_who_answers_no_close_is_hung_up_on(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(echo, "ECHO_S", 0.05)
    monkeypatch.setattr(echo, "CLOSE_HANDSHAKE_S", 0.05)
    client = await opened(lab, await lab.gateway(network_test=TEST))
    assert (await read_frame(client)).close_code == 1008
    client.send(frame(TEXT, b"still here", masked=True))
    assert await client.closed() == b""  # and is answered no more


async def test_who_reads_nothing_is_read_no_more_and_let_go(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(echo, "CLOSE_HANDSHAKE_S", 0.05)
    monkeypatch.setattr(echo, "FLUSH_S", 0.05)
    gateway = await lab.gateway(network_test=TEST)
    client = await lab.client(gateway, buffer=4096)
    assert (await handshake(client, ECHO)).status == 101
    side = next(iter(gateway.gateway.drain._tunnels))
    payload = frame(BINARY, b"x" * 65536, masked=True)
    for _ in range(200):
        client.send(payload)
    await until(lambda: not side._transport.is_reading())  # type: ignore[attr-defined]
    side.say_goodbye()
    await gateway.observer.last()
    assert gateway.gateway.quota.websockets == 0


async def test_a_stop_says_goodbye(lab: Lab) -> None:
    gateway = await lab.gateway(network_test=TEST)
    client = await opened(lab, gateway)
    stopping = gateway.stopping()
    assert (await read_frame(client)).close_code == 1012
    client.send(close(1012, masked=True))
    await client.closed()
    await stopping
    assert (await gateway.observer.last()).close_code == 1012


async def test_it_counts_as_a_websocket_of_its_client(lab: Lab) -> None:
    gateway = await lab.gateway(network_test=TEST, limits={"websockets_per_address": 1})
    client = await opened(lab, gateway)
    second = await lab.client(gateway)
    answer = await handshake(second, ECHO)
    assert answer.status == 429
    assert gateway.gateway.quota.websockets == 1
    client.close()
    await until(lambda: gateway.gateway.quota.websockets == 0)


async def test_a_foreign_page_gets_none(lab: Lab) -> None:
    listed = TEST | {"allowed_origins": ["https://app.example"]}
    gateway = await lab.gateway(network_test=listed)
    client = await lab.client(gateway)
    assert (await handshake(client, ECHO, b"Origin: https://evil.example")).status == 403
    for origin in (b"Origin: https://localhost", b"Origin: https://app.example"):
        await opened(lab, gateway, origin)


@pytest.mark.parametrize(("how", "error"), [("close", "client_gone"), ("reset", "client_reset")])
async def test_a_client_that_leaves_without_a_close(lab: Lab, how: str, error: str) -> None:
    gateway = await lab.gateway(network_test=TEST)
    client = await opened(lab, gateway)
    getattr(client, how)()
    exchange = await gateway.observer.last()
    assert (exchange.closed_by, exchange.close_code, exchange.error) == ("client", None, error)
