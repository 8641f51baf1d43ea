"""Who takes less than a body may come with is noticed: in an answer, behind the last one, a tunnel.

`limits.body_rate_bytes_s` decides.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import nullcontext
from typing import cast

import pytest

from sigproxy.assembly.gateway import build_gateway
from sigproxy.config import Settings
from sigproxy.exchange import Exchange
from sigproxy.gateway.downstream.connection import LINGERING_S, DownstreamProtocol
from sigproxy.gateway.downstream.request import ClientStalled
from sigproxy.gateway.forward_context import ForwardContext
from sigproxy.gateway.stall import (
    SETTLE_S,
    STALL_S,
    StallWatch,
    acknowledged,
    unacknowledged,
)
from sigproxy.gateway.transport import Flow
from sigproxy.gateway.tunnel import Tunnel
from sigproxy.gateway.upstream.tls import client_context
from sigproxy.policies.limits import Limits
from tests.lab.clock import Clock
from tests.lab.lab import until
from tests.lab.socketless import CLIENT, Written

MIB = 1024 * 1024

# (body_rate_bytes_s, what is taken in STALL_S, whether that is too little)
rates = pytest.mark.parametrize(
    ("rate", "taken", "is_stalled"),
    [
        (240, 14_400, False),
        (240, 14_399, True),
        (480, 14_400, True),
        (480, 28_800, False),
        (1, 60, False),
        (1, 59, True),
    ],
)


class Holding(Written):
    """Holds what its peer has not taken: *left* bytes."""

    left = MIB

    def get_write_buffer_size(self) -> int:
        return self.left

    def take(self, count: int) -> None:
        self.left -= count


@pytest.fixture
def transport() -> Iterator[Holding]:
    with socket.socket(socket.AF_UNIX) as sock:  # of which no kernel counts anything
        yield Holding(sock)


@pytest.fixture
def watch(stalls: list[float], clock: Clock) -> StallWatch:
    """240 bytes a second, which are looked for once in 60 s."""
    loop = cast(asyncio.AbstractEventLoop, clock)
    return StallWatch(loop, 240, 60.0, lambda: stalls.append(clock.now))


@pytest.fixture
def stalls() -> list[float]:
    """When the watch has called back; the clock begins at 100."""
    return []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def loops_clock(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Sets the time of the loop that runs the test."""
    loop = asyncio.get_running_loop()
    for name in ("time", "call_at", "call_later"):
        monkeypatch.setattr(loop, name, getattr(clock, name))
    return clock


def test_who_takes_nothing_has_stalled_after_one_look(
    watch: StallWatch, transport: Holding, clock: Clock, stalls: list[float]
) -> None:
    watch.start(transport)
    clock.advance(SETTLE_S + 59.9)
    assert stalls == []
    clock.advance(600)
    assert stalls == [100 + SETTLE_S + 60]


def test_who_takes_enough_is_looked_at_again(
    watch: StallWatch, transport: Holding, clock: Clock, stalls: list[float]
) -> None:
    watch.start(transport)
    clock.advance(SETTLE_S)
    for _ in range(5):
        transport.take(14_400)
        clock.advance(60)
    assert stalls == []
    clock.advance(60)
    assert stalls == [100 + SETTLE_S + 6 * 60]


def test_what_a_kernel_takes_at_first_does_not_count(
    watch: StallWatch, transport: Holding, clock: Clock, stalls: list[float]
) -> None:
    watch.start(transport)
    clock.advance(SETTLE_S / 2)
    transport.take(MIB // 2)
    clock.advance(SETTLE_S / 2 + 60)
    assert len(stalls) == 1


def test_there_is_no_waiting_for_who_has_taken_all(
    watch: StallWatch, transport: Holding, clock: Clock, stalls: list[float]
) -> None:
    watch.start(transport)
    clock.advance(SETTLE_S)
    transport.take(MIB)
    clock.advance(60)
    assert stalls == [100 + SETTLE_S + 60]


def test_without_time_to_settle_the_first_look_is_at_once(
    watch: StallWatch, transport: Holding, clock: Clock, stalls: list[float]
) -> None:
    transport.take(MIB)
    watch.start(transport, settle_s=0.0)
    clock.advance(0)
    assert stalls == [100]


@pytest.mark.parametrize("after_s", [0, SETTLE_S, SETTLE_S + 30])
def test_a_watch_that_is_stopped_leaves_no_timer(
    watch: StallWatch, transport: Holding, clock: Clock, stalls: list[float], after_s: float
) -> None:
    watch.start(transport)
    clock.advance(after_s)
    watch.stop()
    assert clock.timers == []
    clock.advance(600)
    assert stalls == []


async def test_what_the_kernel_holds_is_counted() -> None:
    """It is taken first: for minutes nothing of ours need be."""
    ours, theirs = socket.socketpair()
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=ours)
    transport.write(b"x" * 4_000_000)
    await until(lambda: unacknowledged(transport) > transport.get_write_buffer_size())
    before = unacknowledged(transport)

    theirs.setblocking(True)
    read = sum(len(theirs.recv(65536)) for _ in range(4))
    await until(lambda: unacknowledged(transport) <= before - read // 2)
    transport.abort()
    theirs.close()


def downstream(transport: Holding, rate: int) -> DownstreamProtocol:
    """Return a client's connection that must not be written to for now."""
    limits = {"body_rate_bytes_s": rate, "header_timeout_s": 300}  # no request comes
    settings = Settings.model_validate(
        {"route": [{"targets": ["*.example.com"]}], "limits": limits}
    )
    gateway = build_gateway(settings, client_context(None, None), ())
    loop = asyncio.get_running_loop()
    connection = DownstreamProtocol(gateway, set(), 75.0, loop, CLIENT)
    connection.connection_made(transport)
    connection.pause_writing()
    return connection


@rates
async def test_a_client_that_takes_its_answer_too_slowly(
    loops_clock: Clock, transport: Holding, rate: int, taken: int, is_stalled: bool
) -> None:
    connection = downstream(transport, rate)
    writer = asyncio.create_task(connection.drain())
    await asyncio.sleep(0)
    loops_clock.advance(SETTLE_S)
    transport.take(taken)
    loops_clock.advance(STALL_S)
    await asyncio.sleep(0)
    assert writer.done() == is_stalled
    connection.resume_writing()
    with pytest.raises(ClientStalled) if is_stalled else nullcontext():
        await writer
    assert transport.is_closed == is_stalled
    connection.connection_lost(None)


@rates
async def test_a_client_that_takes_its_last_answer_too_slowly(
    loops_clock: Clock, transport: Holding, rate: int, taken: int, is_stalled: bool
) -> None:
    ended: list[float] = []
    transport.abort = lambda: ended.append(loops_clock.now)  # type: ignore[method-assign]
    connection = downstream(transport, rate)
    connection.close()
    began_s = loops_clock.now
    loops_clock.advance(LINGERING_S)
    transport.take(taken)
    loops_clock.advance(STALL_S)
    assert ended == ([began_s + LINGERING_S + STALL_S] if is_stalled else [])
    connection.connection_lost(None)
    assert loops_clock.timers == []


async def test_a_closed_connection_that_holds_nothing_ends_once_it_has_lingered(
    loops_clock: Clock, transport: Holding
) -> None:
    """A client that never answers TLS's closing alert."""
    ended: list[float] = []
    transport.abort = lambda: ended.append(loops_clock.now)  # type: ignore[method-assign]
    connection = downstream(transport, 240)
    transport.take(MIB)
    connection.close()
    began_s = loops_clock.now
    loops_clock.advance(600)
    assert ended == [began_s + LINGERING_S]
    connection.connection_lost(None)


def made_tunnel(exchange: Exchange, rate: int, *transports: Written) -> Tunnel:
    """Return a tunnel between the client's transport and the upstream's."""
    limits = Limits(body_rate_bytes_s=rate)
    context = ForwardContext(exchange, *[None] * 6)._replace(limits=limits)  # type: ignore[arg-type]
    sides = [(each, Flow(asyncio.get_running_loop())) for each in transports]
    for transport, flow in sides:
        flow.made(transport, 1024)
    return Tunnel(context, *sides)


@rates
@pytest.mark.parametrize("name", ["client", "upstream"])
async def test_who_takes_a_websocket_too_slowly(
    loops_clock: Clock, transport: Holding, rate: int, taken: int, is_stalled: bool, name: str
) -> None:
    exchange = Exchange(id="1", started_at=0.0, started_s=0.0, peer="")
    other = Written(transport.get_extra_info("socket"))
    transports = (transport, other) if name == "client" else (other, transport)
    tunnel = made_tunnel(exchange, rate, *transports)
    side = tunnel.client if name == "client" else tunnel.upstream
    side.pause_writing()
    loops_clock.advance(SETTLE_S)
    transport.take(taken)
    loops_clock.advance(STALL_S)
    assert exchange.error == (f"{name}_stalled" if is_stalled else None)
    side.resume_writing()
    assert loops_clock.timers == []


async def test_what_counts_is_what_the_peers_kernel_has_acknowledged() -> None:
    """With TLS, bytes that wait to be handed to the kernel are in no count of the transport's."""
    accepted: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    server = await asyncio.start_server(lambda _, writer: accepted.put_nowait(writer), "127.0.0.1")
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    written = await accepted.get()
    transport = cast(asyncio.Transport, written.transport)
    before = acknowledged(transport)
    written.write(b"x" * 1000)
    await until(lambda: acknowledged(transport) - before == 1000)
    assert unacknowledged(transport) == 0
    await reader.readexactly(1000)
    for each in (writer, written):
        each.close()
    server.close()
