"""Round trips of packets over TURN: a client's, through its relay to a peer that sends them back.

Packets come in bursts, as those of a video's frame do. The second of a burst is what coturn holds
back where nobody acknowledges the first at once.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import cast

from tests.media.live.coturn import SECRET, Coturn
from tests.media.live.networks import BALANCED, Namespace
from tests.media.live.site import Site, document, printed_conf
from tests.media.live.turn_client import Place, TurnClient, credential
from tests.service.process import Service

TICK_S = 0.02  # between two bursts of one way
BURST, BYTES = 3, 200
LEAVE_S = 1.0  # for the last to come back
TLS_PORT = 5349
_NUMBER = struct.Struct("!I")

Millis = list[float]


@asynccontextmanager
async def echoing(namespace: Namespace) -> AsyncIterator[Place]:
    """Run a peer that sends back whatever comes; yield where it is."""
    loop = asyncio.get_running_loop()
    bound = namespace.bound(socket.SOCK_DGRAM, namespace.address, 0)
    transport, _ = await loop.create_datagram_endpoint(_Echo, sock=bound)
    try:
        yield bound.getsockname()
    finally:
        transport.close()


class _Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Place) -> None:
        self._transport.sendto(data, addr)


@asynccontextmanager
async def direct(site: Site, directory: Path) -> AsyncIterator[None]:
    """Run another coturn, whose own TLS port clients dial: what the gateway prints for that."""
    ours = document(directory, site.pki, site.certificate)
    ours["turn"] = {key: value for key, value in ours["turn"].items() if key != "relay"} | {
        "addresses": [BALANCED],
        "tls_port": TLS_PORT,
    }
    text = await printed_conf(Service(directory, ours, site.pki))
    for key in ("cert", "pkey"):
        text = "".join(
            f"{key}={site.certificate}\n" if line.startswith(f"{key}=") else line
            for line in text.splitlines(keepends=True)
        )
    coturn = Coturn(directory, site.networks.server, text, (BALANCED, TLS_PORT))
    try:
        await coturn.start()
        yield
    finally:
        await coturn.kill()


async def allocated(client: TurnClient, peer: Place) -> TurnClient:
    """Return the client with a relay that leads to *peer*."""
    assert await client.allocate(*credential(SECRET)) == 0
    assert await client.permission(peer[0]) == 0
    return client


async def measured(ways: Mapping[str, TurnClient], peer: Place, bursts: int) -> dict[str, Millis]:
    """Return how long each packet took that came back, in ms, by way; the ways take turns."""
    began: dict[str, list[float]] = {name: [] for name in ways}
    took: dict[str, Millis] = {name: [] for name in ways}

    async def hear(name: str, client: TurnClient) -> None:
        while len(took[name]) < bursts * BURST:
            _, data = await client.relayed_to_us()
            (number,) = _NUMBER.unpack_from(data)
            took[name].append((perf_counter() - began[name][number]) * 1000)

    async def speak() -> None:
        at = perf_counter()
        for _ in range(bursts):
            for name, client in ways.items():
                await asyncio.sleep(max(0.0, at - perf_counter()))
                at += TICK_S / len(ways)
                for _ in range(BURST):
                    began[name].append(perf_counter())
                    number = _NUMBER.pack(len(began[name]) - 1)
                    await client.relay(peer, number.ljust(BYTES, b"m"))

    hearing = [asyncio.create_task(hear(*each)) for each in ways.items()]
    try:
        await speak()
        await asyncio.wait(hearing, timeout=LEAVE_S)
    finally:
        for task in hearing:
            task.cancel()
        await asyncio.wait(hearing)
    return took
