"""What is streamed is not kept: the gateway runs in a process of its own, and is weighed."""

import asyncio
from pathlib import Path

from tests.gateway.test_leaks import Load, Served, served
from tests.lab.lab import Lab, until
from tests.lab.upstream import Peer
from tests.lab.wire import response

MIB = 2**20
FLAT_KIB = 8 * 1024


class Vendor:
    """Takes uploads and counts their bytes; gives downloads of more than anybody may keep."""

    def __init__(self) -> None:
        self.taken = 0
        self.given = 0

    async def __call__(self, peer: Peer) -> None:
        request = await peer.head()
        if request.method == b"GET":
            await self._give(peer)
        while part := await peer.reader.read(65536):
            self.taken += len(part)
            if self.taken == 16 * MIB:
                peer.send(response(200, b"whole", b"Connection: close"))

    async def _give(self, peer: Peer) -> None:
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        while self.given < 128 * MIB:
            peer.send(bytes(65536))
            await peer.writer.drain()
            self.given += 65536
        await peer.gone()

    async def stalled(self) -> None:
        """Return once nothing more of the download is taken."""
        before = -1
        while before != self.given:
            before = self.given
            await asyncio.sleep(0.3)


async def grown_kib(gateway: Served, before_kib: int) -> int:
    return (await gateway.figures())["kib"] - before_kib


async def test_20_unbounded_bodies_are_not_kept(lab: Lab, tmp_path: Path) -> None:
    vendor = Vendor()
    upstream = await lab.upstream(vendor)
    async with served(lab, tmp_path / "access.log") as gateway:
        load = Load(gateway, upstream, lab.pki.client())
        first = await load.client(0)
        assert (await first.get(b"/-/live")).status == 200
        before_kib = (await gateway.figures())["kib"]

        first.ask(upstream.at("/"), b"Content-Length: %d" % (16 * MIB), method=b"POST")
        for _ in range(15):
            first.send(bytes(MIB))
            await first.drain()
        await until(lambda: vendor.taken == 15 * MIB)
        assert await grown_kib(gateway, before_kib) < FLAT_KIB
        first.send(bytes(MIB))
        assert (await first.response()).body == b"whole"

        deaf = await load.client(0)
        deaf.writer.transport.pause_reading()  # type: ignore[attr-defined]
        deaf.ask(upstream.at("/"))
        await until(lambda: vendor.given)
        await vendor.stalled()
        assert await grown_kib(gateway, before_kib) < FLAT_KIB
        deaf.reset()
        first.close()
