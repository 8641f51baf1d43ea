"""What reaches the real coturn through the gateway, however it comes; and what is left without."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.lab.lab import until
from tests.media.live.coturn import SECRET
from tests.media.live.networks import BALANCED
from tests.media.live.site import Site, another
from tests.media.live.turn_client import BINDING, TurnClient, credential, message
from tests.service.process import START_S, Service

pytestmark = [pytest.mark.media, pytest.mark.asyncio(loop_scope="session")]

MANY = 500
DRAINING = "the old ones drain"
CUT_OFF = ("event=turn", "cut_off_by_shutdown")


async def test_coturn_knows_the_clients_own_address(site: Site) -> None:
    for client in site.networks.clients:
        turn = await site.turn(source=client)
        assert await turn.binding() == (client.address, turn.port)


async def test_a_request_may_be_split_at_every_byte(site: Site) -> None:
    address = site.networks.clients[0].address
    size = len(message(BINDING))
    clients = [await site.turn() for _ in range(1, size)]
    cuts = zip(clients, range(1, size), strict=True)
    found = await asyncio.gather(*(client.binding(cut=cut) for client, cut in cuts))
    assert [place[0] for place in found] == [address] * len(clients)


async def test_so_may_one_that_allocates(site: Site) -> None:
    """Of some 170 bytes, behind what the gateway looks at."""
    client = await site.turn()
    assert await client.allocate(*credential(SECRET), cut=97) == 0
    address = site.networks.clients[1].address
    for cut in range(1, 20):
        assert await client.binding(cut=cut)
    assert await client.permission(address) == 0


@pytest_asyncio.fixture(loop_scope="session")
async def behind(site: Site, tmp_path: Path) -> AsyncIterator[Service]:
    """Run a gateway more, for connections of a balancer."""
    trusted = {"proxy_protocol": True, "trusted_proxies": ["192.0.33.0/24"]}
    async with another(site, tmp_path, **trusted) as service:
        yield service


@pytest.mark.parametrize("split", [False, True], ids=["whole", "split"])
async def test_behind_a_balancer_it_is_whom_that_names(
    site: Site, behind: Service, split: bool
) -> None:
    header = b"PROXY TCP4 192.0.35.7 192.0.32.3 4711 443\r\n"
    client = await site.turn(address=BALANCED, header=header)
    assert (await client.binding(cut=7 if split else 0))[0] == "192.0.35.7"
    assert await client.allocate(*credential(SECRET)) == 0


async def test_without_coturn_http_goes_on(site: Site) -> None:
    http = await site.http()
    established = await site.turn()
    await established.binding()
    before = len(site.lines("turn_unreachable"))

    await site.coturn.kill()
    try:
        assert await established.closed() == b""
        client = await site.turn()
        await client.send(message(BINDING))
        assert await client.closed() == b""
        await until(lambda: len(site.lines("turn_unreachable")) > before, START_S)
        assert "tcp-proxy-port" in site.lines("turn_unreachable")[-1]
        assert (await http.get(b"/-/ready")).status == 200
    finally:
        http.close()
        await site.coturn.start()
    assert await (await site.turn()).allocate(*credential(SECRET)) == 0


async def test_a_reload_lets_relays_go_on_for_a_while(site: Site) -> None:
    old = await site.turn()
    assert await old.allocate(*credential(SECRET)) == 0
    cut_off = len(site.lines(*CUT_OFF))

    before = site.gateway.said.count(DRAINING)
    site.gateway.signal(signal.SIGHUP)
    await until(lambda: site.gateway.said.count(DRAINING) > before, START_S)
    assert await (await site.turn()).allocate(*credential(SECRET)) == 0
    assert await old.permission(site.networks.clients[1].address) == 0

    assert await old.closed() == b""
    await site.logged(*CUT_OFF, times=cut_off + 1)


async def test_five_hundred_come_at_once(site: Site) -> None:
    clients = await asyncio.gather(*(site.turn() for _ in range(MANY)))
    shown = [credential(SECRET) for _ in clients]
    found = await asyncio.gather(
        *(client.allocate(*each) for client, each in zip(clients, shown, strict=True))
    )
    assert found == [0] * MANY
    assert len({client.relayed for client in clients}) == MANY
    pairs = zip(clients[::2], clients[1::2], strict=True)
    await asyncio.gather(*(_speak(*pair) for pair in pairs))


async def _speak(one: TurnClient, other: TurnClient) -> None:
    for client in (one, other):
        assert await client.permission(one.relayed[0]) == 0
    await one.relay(other.relayed, b"among many")
    assert await other.relayed_to_us() == (one.relayed, b"among many")
