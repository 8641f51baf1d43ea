"""What ends a TURN connection, and what does not: a renewed certificate, a stop, a stall."""

import asyncio
import signal
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from soak.samples import sample
from tests.lab.lab import until
from tests.media.live.coturn import SECRET, Coturn, without
from tests.media.live.networks import BALANCED
from tests.media.live.site import Site, another, in_its_place
from tests.media.live.turn_client import Place, TurnClient, credential
from tests.service.process import SERVE, START_S, serve_with

pytestmark = [pytest.mark.media, pytest.mark.asyncio(loop_scope="session")]

STALL_S = 1.0
MOST_KIB = 4096  # that a client which takes nothing may cost a worker
FLOOD_BYTES = 32 * 2**20
PACKET = b"p" * 1100
SMALL_BUFFER = 4096


async def relaying(site: Site, address: str, *, buffer: int = 0) -> TurnClient:
    """Return a client that relays to and from the other client's network."""
    client = await site.turn(address=address, buffer=buffer)
    assert await client.allocate(*credential(SECRET)) == 0
    assert await client.permission(site.networks.clients[1].address) == 0
    return client


def peer_of(site: Site) -> socket.socket:
    """Return what sends and gets media in the other client's network."""
    other = site.networks.clients[1]
    return other.bound(socket.SOCK_DGRAM, other.address, 0)


async def echoed(client: TurnClient, peer: socket.socket, data: bytes) -> None:
    """Send *data* from the client through its relay, and back."""
    loop = asyncio.get_running_loop()
    await client.relay(peer.getsockname(), data)
    while True:
        came, place = await loop.sock_recvfrom(peer, 2048)
        if place == client.relayed:
            break
    assert came == data
    await loop.sock_sendto(peer, data, client.relayed)
    assert await client.relayed_to_us() == (peer.getsockname(), data)


async def test_a_renewed_certificate_is_for_new_connections_alone(site: Site) -> None:
    with peer_of(site) as peer:
        old = await site.turn()
        assert await old.allocate(*credential(SECRET)) == 0
        assert await old.permission(site.networks.clients[1].address) == 0
        before = old.certificate
        workers = site.gateway.workers()

        site.pki.write(site.certificate.stem)  # of the same name and authority, in the same place
        async with asyncio.timeout(START_S):
            while (new := await site.turn()).certificate == before:
                new.close()
                await asyncio.sleep(0.1)

        assert site.gateway.workers() == workers
        await echoed(old, peer, b"of the old one")
        assert await new.allocate(*credential(SECRET)) == 0
        assert await new.permission(site.networks.clients[1].address) == 0
        await echoed(new, peer, b"of the new one")
        assert old.certificate == before


async def test_a_stop_ends_relays_last(site: Site, tmp_path: Path) -> None:
    async with another(site, tmp_path, SERVE, drain_s=2.0) as gateway:
        with peer_of(site) as peer:
            client = await relaying(site, BALANCED)
            gateway.signal(signal.SIGTERM)
            await until(lambda: _refuses(site), START_S)
            await echoed(client, peer, b"while it drains")
            assert await client.closed() == b""
            assert await gateway.ended() == 0
        [line] = [each for each in gateway.logged.splitlines() if "event=turn" in each]
        assert "error=cut_off_by_shutdown" in line


def _refuses(site: Site) -> bool:
    client = site.networks.clients[0]
    with client.inside(), socket.socket() as asking:
        return asking.connect_ex((BALANCED, 443)) != 0


async def test_a_client_that_stalls_costs_little_disturbs_nobody_and_is_cut(
    site: Site, tmp_path: Path
) -> None:
    command = serve_with({"sigproxy.gateway.relay_side.STALL_S": STALL_S})
    fast = Coturn(tmp_path, site.networks.server, without(site.printed, "max-bps"))
    async with in_its_place(site, fast), another(site, tmp_path, command) as gateway:
        with peer_of(site) as peer, peer_of(site) as flooder:
            stalled = await relaying(site, BALANCED, buffer=SMALL_BUFFER)
            other = await relaying(site, BALANCED)
            await echoed(other, peer, b"before")
            [worker] = gateway.workers()
            before = sample(0.0, 0, gateway.pid, [worker]).workers[0].kib

            stalled.stall()
            flood = asyncio.create_task(_flood(flooder, stalled.relayed))
            most = before
            rounds = 0
            while not flood.done() or "client_stalled" not in gateway.logged:
                await echoed(other, peer, b"meanwhile %d" % rounds)
                rounds += 1
                most = max(most, sample(0.0, 0, gateway.pid, [worker]).workers[0].kib)
                await asyncio.sleep(0.01)
            await flood

            assert most - before < MOST_KIB
            await stalled.closed()
            await echoed(other, peer, b"after")
        assert gateway.workers() == [worker]
        [line] = [each for each in gateway.logged.splitlines() if "event=turn" in each]
        assert "error=client_stalled" in line


async def _flood(sock: socket.socket, place: Place) -> None:
    loop = asyncio.get_running_loop()
    for number in range(FLOOD_BYTES // len(PACKET)):
        with suppress(OSError):  # the kernel's queue is full
            await loop.sock_sendto(sock, PACKET, place)
        if not number % 32:
            await asyncio.sleep(0.001)
