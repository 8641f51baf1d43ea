"""HAProxy's own reload."""

import pytest

from soak import messages
from tests.fleet import limits
from tests.fleet.networks import CLIENTS
from tests.fleet.site import Site
from tests.fleet.waiting import eventually
from tests.lab.client import Client
from tests.lab.frames import BINARY, frame, handshake, read_frame

pytestmark = [pytest.mark.fleet, pytest.mark.asyncio(loop_scope="session")]


async def _echo(client: Client, name: str, number: int) -> None:
    sent = messages.message(name, number, 120)
    client.send(frame(BINARY, sent, masked=True))
    assert (await read_frame(client)).payload == sent


async def test_a_reload_keeps_connections_and_counts(fleet: Site) -> None:
    active = fleet.active
    client = await limits.connected(fleet, CLIENTS[0])
    target = b"/up.example.com:%d/ws?name=reload" % fleet.vendor_port
    assert (await handshake(client, target)).status == 101
    await _echo(client, "reload", 1)
    [before] = active.haproxy[1:]
    active.reload()

    async def is_new() -> bool:
        workers = active.haproxy[1:]
        return len(workers) == 2 and before in workers and bool(await active.servers())

    await eventually(is_new)  # the old one stays for as long as its connections do

    async def is_told() -> bool:
        return CLIENTS[0] in await active.ask("show table balancers/clients")

    await eventually(is_told)  # by the old one, as by a peer
    await _echo(client, "reload", 2)
    (await limits.connected(fleet, CLIENTS[0])).close()
    client.vanish()
