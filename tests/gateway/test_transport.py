"""Deadlines and back-pressure, apart from any protocol."""

import asyncio
from typing import cast

import pytest

from sigproxy.gateway.transport import TLS_AHEAD_BYTES, Deadline, Flow
from tests.lab.clock import Clock


class Transport(asyncio.Transport):
    """Writes down what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def pause_reading(self) -> None:
        self.told.append("pause")

    def resume_reading(self) -> None:
        self.told.append("resume")


class TlsTransport(Transport):
    """One that reads ahead, as those of asyncio and uvloop do."""

    def set_read_buffer_limits(self, high: int) -> None:
        self.told.append(f"ahead {high}")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fired() -> list[float]:
    return []


@pytest.fixture
def deadline(clock: Clock, fired: list[float]) -> Deadline:
    loop = cast(asyncio.AbstractEventLoop, clock)
    return Deadline(loop, lambda: fired.append(clock.now))


def test_a_deadline_fires_once_and_in_time(
    clock: Clock, deadline: Deadline, fired: list[float]
) -> None:
    deadline.set(5)
    clock.advance(60)
    assert fired == [105.0]


def test_a_deadline_that_is_moved_fires_at_the_later_time(
    clock: Clock, deadline: Deadline, fired: list[float]
) -> None:
    for _ in range(10):
        deadline.set(5)
        clock.advance(3)
    assert fired == []
    clock.advance(10)
    assert fired == [132.0]


def test_a_deadline_that_is_brought_forward_fires_at_the_earlier_time(
    clock: Clock, deadline: Deadline, fired: list[float]
) -> None:
    deadline.set(75)
    deadline.set(10)
    clock.advance(200)
    assert fired == [110.0]


def test_a_cleared_deadline_never_fires_and_may_be_set_again(
    clock: Clock, deadline: Deadline, fired: list[float]
) -> None:
    deadline.set(5)
    deadline.clear()
    clock.advance(60)
    assert fired == []
    deadline.set(5)
    clock.advance(60)
    assert fired == [165.0]


def test_a_cancelled_deadline_leaves_no_timer(clock: Clock, deadline: Deadline) -> None:
    deadline.set(5)
    deadline.cancel()
    assert clock.timers == []


def test_moving_a_deadline_makes_no_timer(clock: Clock, deadline: Deadline) -> None:
    for _ in range(1000):
        deadline.set(5)
        deadline.clear()
    assert clock.made == 1


async def test_reading_is_paused_and_resumed_once() -> None:
    transport = Transport()
    flow = Flow(asyncio.get_running_loop())
    flow.made(transport, 1024)
    flow.resume_reading()
    flow.pause_reading()
    flow.pause_reading()
    flow.resume_reading()
    flow.resume_reading()
    assert transport.told == ["pause", "resume"]


async def test_drain_waits_until_the_peer_takes_more() -> None:
    flow = Flow(asyncio.get_running_loop())
    flow.made(Transport(), 1024)
    await flow.drain()
    flow.pause_writing()
    writer = asyncio.create_task(flow.drain())
    await asyncio.sleep(0.01)
    assert not writer.done()
    flow.resume_writing()
    await writer


async def test_drain_ends_with_the_connection() -> None:
    flow = Flow(asyncio.get_running_loop())
    flow.made(Transport(), 1024)
    flow.pause_writing()
    writer = asyncio.create_task(flow.drain())
    await asyncio.sleep(0)
    flow.lost()
    with pytest.raises(ConnectionResetError):
        await writer
    with pytest.raises(ConnectionResetError):
        await flow.drain()


async def test_a_writer_that_gives_up_does_not_disturb_the_next() -> None:
    flow = Flow(asyncio.get_running_loop())
    flow.made(Transport(), 1024)
    flow.pause_writing()
    first = asyncio.create_task(flow.drain())
    await asyncio.sleep(0)
    first.cancel()
    second = asyncio.create_task(flow.drain())
    await asyncio.sleep(0)
    flow.resume_writing()
    await second
    assert first.cancelled()


async def test_a_tls_transport_reads_no_more_than_a_record_ahead() -> None:
    """256 KiB by default: what a client sends behind a long poll would stay in memory."""
    transport = TlsTransport()

    Flow(asyncio.get_running_loop()).made(transport, 1024)

    assert transport.told == [f"ahead {TLS_AHEAD_BYTES}"]
