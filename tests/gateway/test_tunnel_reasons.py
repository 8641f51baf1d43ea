"""A WebSocket that ends says why: in the record, and where it can, to both sides."""

import asyncio
import ssl
from typing import Any

import pytest

from sigproxy.exchange import Exchange, Side
from sigproxy.gateway import tunnel
from sigproxy.gateway.tunnel_side import lost
from tests.gateway.test_tunnel_ends import Opened, both_listeners, is_over, opened
from tests.lab.client import Client
from tests.lab.frames import BINARY, PING, TEXT, Frame, close, echo_frames, frame, read_frame
from tests.lab.lab import Lab, until
from tests.lab.upstream import Peer

GOING_AWAY = 1001


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel, "HALF_CLOSE_S", 0.2)
    monkeypatch.setattr(tunnel, "FLUSH_S", 0.3)
    monkeypatch.setattr(tunnel, "CLOSE_HANDSHAKE_S", 0.5)


async def record_of(opening: Opened) -> Exchange:
    gateway, upstream, _ = opening
    await is_over(gateway, upstream)
    return gateway.observer.ends[0]


class Vendor:
    """An upstream's script that keeps the frames it gets; it answers a Close if it *answers*."""

    def __init__(self, *, answers: bool = True) -> None:
        self.frames: list[Frame] = []
        self._answers = answers

    async def __call__(self, peer: Peer) -> None:
        while True:
            received = await read_frame(peer)
            self.frames.append(received)
            if received.close_code is None:
                peer.send(frame(received.opcode, received.payload))
            elif self._answers:
                return peer.send(frame(8, received.payload))
            else:
                return await peer.gone()


async def idle(lab: Lab, vendor: Vendor, *, tls: bool = False) -> Opened:
    """Return a WebSocket that was busy for longer than its idle time, and is silent now."""
    opening = await opened(lab, vendor, tls=tls, limits={"websocket_idle_s": 0.6})
    client = opening[2]
    for _ in range(8):
        client.send(frame(PING, b"", masked=True))
        await read_frame(client)
        await asyncio.sleep(0.1)
    return opening


def told(frame_: Frame) -> tuple[int | None, bytes]:
    return frame_.close_code, frame_.payload[2:]


@both_listeners
async def test_silence_is_told_to_both_sides(lab: Lab, tls: bool) -> None:
    vendor = Vendor()
    opening = await idle(lab, vendor, tls=tls)
    client = opening[2]

    assert told(await read_frame(client)) == (GOING_AWAY, b"no byte for 0.6 s")
    client.send(close(GOING_AWAY, masked=True))
    assert await client.closed() == b""

    record = await record_of(opening)
    assert (record.error, record.detail) == ("websocket_idle", "no byte either way for 0.6 s")
    assert (record.close_code, record.closed_by) == (GOING_AWAY, "gateway")
    assert told(vendor.frames[-1]) == (GOING_AWAY, b"no byte for 0.6 s")
    assert [each.opcode for each in vendor.frames].count(8) == 1  # not the client's answer as well


@both_listeners
@pytest.mark.parametrize("answers", [True, False])
async def test_silence_of_sides_that_do_not_answer(lab: Lab, tls: bool, answers: bool) -> None:
    vendor = Vendor(answers=answers)
    opening = await idle(lab, vendor, tls=tls)
    client = opening[2]

    assert (await read_frame(client)).close_code == GOING_AWAY
    assert await client.closed() == b""
    record = await record_of(opening)
    assert (record.error, record.close_code) == ("websocket_idle", GOING_AWAY)


async def test_nothing_is_passed_on_behind_the_close(lab: Lab) -> None:
    vendor = Vendor(answers=False)
    opening = await idle(lab, vendor)
    gateway, upstream, client = opening
    assert (await read_frame(client)).close_code == GOING_AWAY
    await until(lambda: vendor.frames[-1].close_code)

    client.send(frame(TEXT, b"too late", masked=True))
    upstream.peers[0].send(frame(TEXT, b"too late"))

    assert await client.closed() == b""
    await is_over(gateway, upstream)
    assert vendor.frames[-1].close_code == GOING_AWAY


async def test_a_side_in_the_middle_of_a_frame_is_not_told(lab: Lab) -> None:
    """A Close within a frame would be data; the other side still gets its own."""
    vendor = Vendor()
    opening = await opened(lab, vendor, limits={"websocket_idle_s": 0.5})
    _, upstream, client = opening
    upstream.peers[0].send(frame(BINARY, b"x" * 100)[:50])
    assert len(await client.reader.readexactly(50)) == 50

    assert await client.closed() == b""

    record = await record_of(opening)
    assert (record.error, record.close_code) == ("websocket_idle", GOING_AWAY)
    assert told(vendor.frames[-1]) == (GOING_AWAY, b"no byte for 0.5 s")


async def test_a_stop_says_nothing_behind_the_close_of_an_idle_one(lab: Lab) -> None:
    opening = await idle(lab, Vendor(answers=False))
    gateway, _, client = opening
    assert (await read_frame(client)).close_code == GOING_AWAY

    stopping = gateway.stopping()

    assert await client.closed() == b""
    await stopping
    assert gateway.observer.ends[0].error == "websocket_idle"


async def fin(peer: Peer) -> None:
    await read_frame(peer)


async def rst(peer: Peer) -> None:
    await read_frame(peer)
    peer.reset()


@both_listeners
@pytest.mark.parametrize(
    ("leave", "error", "said"),
    [
        (fin, "upstream_gone", "the upstream closed the connection without a Close frame"),
        (rst, "upstream_reset", "the upstream reset the connection (RST)"),
    ],
)
async def test_how_an_upstream_leaves(
    lab: Lab, tls: bool, leave: Any, error: str, said: str
) -> None:
    opening = await opened(lab, leave, tls=tls)
    client = opening[2]

    client.send(frame(TEXT, b"go", masked=True))
    await client.closed()

    record = await record_of(opening)
    assert (record.error, record.closed_by, record.close_code) == (error, "upstream", None)
    assert (record.detail or "").startswith(f"{said}, 0.")
    assert (record.detail or "").endswith(" s after the last byte")


def finish(client: Client) -> None:
    client.close()


def reset(client: Client) -> None:
    client.reset()


@both_listeners
@pytest.mark.parametrize(
    ("leave", "error"), [(finish, "client_gone"), (reset, "client_reset")], ids=["FIN", "RST"]
)
async def test_how_a_client_leaves(lab: Lab, tls: bool, leave: Any, error: str) -> None:
    opening = await opened(lab, Peer.gone, tls=tls)

    leave(opening[2])

    record = await record_of(opening)
    assert (record.error, record.closed_by) == (error, "client")


@both_listeners
async def test_an_end_that_was_announced_is_no_error(lab: Lab, tls: bool) -> None:
    opening = await opened(lab, echo_frames, tls=tls)
    client = opening[2]

    client.send(close(1000, masked=True))
    await client.closed()

    record = await record_of(opening)
    assert (record.error, record.detail, record.close_code) == (None, None, 1000)


async def test_a_stop_within_a_frame_says_so(lab: Lab) -> None:
    opening = await opened(lab, Peer.gone)
    gateway, upstream, client = opening
    upstream.peers[0].send(frame(BINARY, b"x" * 100)[:50])
    assert len(await client.reader.readexactly(50)) == 50

    await gateway.stop()

    record = gateway.observer.ends[0]
    assert (record.error, record.close_code) == ("cut_off_by_shutdown", None)


@pytest.mark.parametrize(
    ("side", "error", "token", "said"),
    [
        ("client", TimeoutError(110, "Connection timed out"), "client_vanished", "timed out"),
        ("upstream", OSError(113, "No route to host"), "upstream_vanished", "No route to host"),
        ("upstream", ConnectionResetError(104, "reset"), "upstream_reset", "(RST)"),
        ("client", BrokenPipeError(32, "Broken pipe"), "client_gone", "without a Close frame"),
        ("upstream", ssl.SSLError(1, "bad record"), "upstream_gone", "bad record"),
        ("upstream", None, "upstream_gone", "without a Close frame"),
    ],
)
def test_what_the_kernel_says(side: Side, error: Exception | None, token: str, said: str) -> None:
    found, detail = lost(side, error)
    assert found == token
    assert said in detail
    assert side in detail
