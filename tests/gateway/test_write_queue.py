"""Many small writes that nobody takes stop the writer before their bytes would."""

import asyncio
from collections.abc import Callable

from sigproxy.gateway.downstream.connection import DownstreamProtocol
from sigproxy.gateway.reader import RESPONSE_PART_BYTES
from sigproxy.gateway.write_queue import MOST_WRITES, WriteQueue
from tests.lab.frames import BINARY, frame, handshake, switching
from tests.lab.lab import Lab, until
from tests.lab.upstream import Peer
from tests.lab.wire import response


class Transport(asyncio.Transport):
    """Takes nothing until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = 0
        self.most_bytes: int | None = None

    def write(self, data: object) -> None:
        assert isinstance(data, bytes)
        self.waiting += len(data)

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.most_bytes = high


def test_so_many_writes_are_the_last_until_all_is_taken() -> None:
    transport = Transport()
    queue = WriteQueue(transport, 1000)
    for _ in range(MOST_WRITES - 1):
        queue.write(b"x")
    assert transport.most_bytes == 1000
    queue.write(b"x")
    assert transport.most_bytes == 0
    transport.waiting = 0
    queue.resumed()
    assert transport.most_bytes == 1000


def test_what_is_taken_at_once_is_not_counted() -> None:
    transport = Transport()
    queue = WriteQueue(transport, 1000)
    for _ in range(3 * MOST_WRITES):
        queue.write(b"x")
        transport.waiting = 0
        queue.write(b"")
    assert transport.most_bytes == 1000


async def dripping(peer: Peer, until_full: Callable[[], bool], piece: bytes) -> None:
    while not until_full():
        peer.send(piece)
        await asyncio.sleep(0)


async def test_a_response_in_small_pieces_waits_for_its_client(lab: Lab) -> None:
    gateway = await lab.gateway()

    def connection() -> DownstreamProtocol:
        return next(iter(gateway.server.connections))

    async def vendor(peer: Peer) -> None:
        await peer.head()
        peer.send(response(200, b"", b"Content-Length: 100000000", framed=False))
        await dripping(peer, lambda: connection().flow.writing_paused, b"xx")
        await peer.gone()

    upstream = await lab.upstream(vendor)
    client = await lab.client(gateway, buffer=4096)
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    client.ask(upstream.at("/"))
    # The kernel takes some thousand writes before, each with its turn of both loops.
    await until(lambda: gateway.connections > 0 and connection().flow.writing_paused, 90.0)
    transport = connection().transport
    assert transport is not None
    assert (
        transport.get_write_buffer_size() < RESPONSE_PART_BYTES // 2
    )  # where bytes alone count, more


async def test_messages_in_small_pieces_all_arrive(lab: Lab) -> None:
    """However often the queue has been full meanwhile."""
    count = 20 * MOST_WRITES

    async def vendor(peer: Peer) -> None:
        peer.send(switching(await peer.head()))
        for number in range(count):
            peer.send(frame(BINARY, b"%04d" % number))
            await asyncio.sleep(0)
        await peer.gone()

    upstream = await lab.upstream(vendor)
    client = await lab.client(await lab.gateway(), buffer=4096)
    await handshake(client, upstream.at("/"))
    expected = b"".join(frame(BINARY, b"%04d" % number) for number in range(count))
    assert await client.reader.readexactly(len(expected)) == expected
