"""How far ahead a peer may send: it opens with content, on both sides, and with nothing else."""

import socket
from collections.abc import Callable, Iterator

import pytest

from sigproxy.gateway.downstream import listener
from sigproxy.gateway.receive_window import EARNED_BYTES, NARROW_BYTES, ReceiveWindow, narrow
from sigproxy.gateway.upstream import client as upstream
from tests.lab.frames import (
    BINARY,
    echo_frames,
    frame,
    handshake,
    read_frame,
    switching,
)
from tests.lab.lab import Lab, until
from tests.lab.upstream import Peer
from tests.lab.wire import CHUNKED, chunk, response

SO_BUF_LOCK, SENDING_IS_LOCKED, RECEIVING_IS_LOCKED = (
    72,
    1,
    2,
)  # asm-generic/socket.h, linux/socket.h
LARGE = b"x" * (2 * EARNED_BYTES)
TINY = chunk(b"x") * EARNED_BYTES

with socket.socket() as tried:
    try:
        tried.getsockopt(socket.SOL_SOCKET, SO_BUF_LOCK)
    except OSError:
        pytest.skip("this kernel cannot widen a window again", allow_module_level=True)


def is_narrow(sock: socket.socket) -> bool:
    return sock.getsockopt(socket.SOL_SOCKET, SO_BUF_LOCK) == RECEIVING_IS_LOCKED


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, socket.socket]]:
    """The gateway's sockets of a test with one client: "client" and "upstream"."""
    seen: dict[str, socket.socket] = {}

    def watching(side: str) -> Callable[[socket.socket], None]:
        def watched(sock: socket.socket) -> None:
            narrow(sock)
            seen[side] = sock.dup()

        return watched

    monkeypatch.setattr(listener, "narrow", watching("client"))
    monkeypatch.setattr(upstream, "narrow", watching("upstream"))
    yield seen
    for sock in seen.values():
        sock.close()


def sending(head: bytes, body: bytes) -> Callable[[Peer], object]:
    async def vendor(peer: Peer) -> None:
        await peer.request()
        peer.send(head + body)

    return vendor


async def test_a_small_exchange_leaves_both_narrow(
    lab: Lab, sockets: dict[str, socket.socket]
) -> None:
    vendor = await lab.upstream()
    client = await lab.client(await lab.gateway())
    assert (await client.get(vendor.at("/"))).status == 200
    assert is_narrow(sockets["client"])
    assert is_narrow(sockets["upstream"])
    size = sockets["upstream"].getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    assert size == 2 * NARROW_BYTES  # socket(7): the kernel doubles it


async def test_content_opens_it(lab: Lab, sockets: dict[str, socket.socket]) -> None:
    vendor = await lab.upstream(sending(response(200, LARGE), b""))
    client = await lab.client(await lab.gateway())
    answer = await client.get(vendor.at("/"), method=b"POST", body=LARGE)
    assert len(answer.body) == len(LARGE)
    assert not is_narrow(sockets["client"])
    assert not is_narrow(sockets["upstream"])


@pytest.mark.parametrize("fast", [False, True])
async def test_a_client_s_over_tls_opens_if_the_operator_wants_it(
    lab: Lab, sockets: dict[str, socket.socket], fast: bool
) -> None:
    vendor = await lab.upstream()
    gateway = await lab.gateway(tls=True, limits={"fast_uploads": fast})
    client = await lab.client(gateway)
    assert (await client.get(vendor.at("/"), method=b"POST", body=LARGE)).status == 200
    assert is_narrow(sockets["client"]) is not fast


async def test_framing_does_not(lab: Lab, sockets: dict[str, socket.socket]) -> None:
    head = response(200, b"", CHUNKED, framed=False)
    vendor = await lab.upstream(sending(head, TINY + chunk(b"")))
    client = await lab.client(await lab.gateway())
    assert len((await client.get(vendor.at("/"))).body) == EARNED_BYTES
    assert is_narrow(sockets["upstream"])


async def test_messages_of_a_websocket_open_it(lab: Lab, sockets: dict[str, socket.socket]) -> None:
    async def echo(peer: Peer) -> None:
        peer.send(switching(await peer.head()))
        await echo_frames(peer)

    vendor = await lab.upstream(echo)
    client = await lab.client(await lab.gateway())
    await handshake(client, vendor.at("/"))
    assert is_narrow(sockets["client"])
    for _ in range(2):
        client.send(frame(BINARY, LARGE, masked=True))
        assert len((await read_frame(client)).payload) == len(LARGE)
    await until(lambda: not is_narrow(sockets["client"]) and not is_narrow(sockets["upstream"]))


@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"])
async def test_who_leaves_with_chunks_to_follow_takes_none_of_them_along(
    lab: Lab, before: bytes
) -> None:
    """The socket has gone by the turn in which so many small chunks would open the window."""
    head = response(200, b"", CHUNKED, b"Connection: close", framed=False)

    async def script(peer: Peer) -> None:
        await peer.request()
        peer.send(before + head + chunk(b"x" * 20) * 2000 + chunk(b""))
        peer.writer.close()

    vendor = await lab.upstream(script)
    client = await lab.client(await lab.gateway())
    answer = await client.get(vendor.at("/"))
    assert (len(answer.body), answer.complete) == (40_000, True)


def test_framing_of_days_is_no_debt() -> None:
    with socket.socket() as sock:
        narrow(sock)
        window = ReceiveWindow(sock)
        for _ in range(100_000):
            window.earn(6, 0)
        assert is_narrow(sock)
        window.earn(0, EARNED_BYTES)
        assert not is_narrow(sock)


def test_a_receive_buffer_that_the_operator_has_set_stays() -> None:
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8000)
        narrow(sock)
        ReceiveWindow(sock).earn(0, EARNED_BYTES)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == 16_000
        assert is_narrow(sock)


def test_a_send_buffer_that_the_operator_has_set_stays() -> None:
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8000)
        narrow(sock)
        ReceiveWindow(sock).earn(0, EARNED_BYTES)
        assert sock.getsockopt(socket.SOL_SOCKET, SO_BUF_LOCK) == SENDING_IS_LOCKED


def test_a_socket_that_has_gone_or_is_no_network_s_is_no_error() -> None:
    sock = socket.socket()
    window = ReceiveWindow(sock)
    sock.close()
    window.earn(0, EARNED_BYTES)
    with socket.socket(socket.AF_UNIX) as local:
        narrow(local)
        assert not is_narrow(local)
