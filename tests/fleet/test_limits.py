"""Limits for each client address, over all gateways and both balancers."""

import asyncio
import re
import socket
import ssl
from contextlib import ExitStack

import pytest

from tests.fleet.balancers import Balancer
from tests.fleet.conftest import RATE
from tests.fleet.gateways import NAME
from tests.fleet.networks import CLIENTS, SHARED
from tests.fleet.site import Site
from tests.lab.client import Client
from tests.media.live.networks import Namespace
from tests.service.process import START_S

pytestmark = [pytest.mark.fleet, pytest.mark.asyncio(loop_scope="session")]

CONNECTIONS = 1000  # contrib/haproxy/tcp.cfg: at a time, and in 10 s
PREFLIGHT = (b"Origin: https://app.example.com", b"Access-Control-Request-Method: POST")


def _made(machine: Namespace, source: str) -> socket.socket:
    with machine.inside():
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setblocking(False)
    made.bind((source, 0))
    return made


async def _client(site: Site, source: str) -> Client:
    made = _made(site.networks.clients, source)
    await asyncio.get_running_loop().sock_connect(made, (SHARED, 443))
    context = ssl.create_default_context(cafile=str(site.pki.ca_file))
    return Client(
        *await asyncio.open_connection(sock=made, ssl=context, server_hostname=NAME)
    )


async def _statuses(site: Site, source: str, count: int) -> list[int]:
    """Return what the answers to *count* preflights on one connection are."""
    client = await _client(site, source)
    target = b"/up.example.com:%d/x" % site.vendor_port
    found = [
        (await client.get(target, *PREFLIGHT, method=b"OPTIONS")).status for _ in range(count)
    ]
    client.close()
    return found


async def test_redis_counts_requests_for_all_gateways(fleet: Site) -> None:
    """Six connections are on three gateways, since they go where the fewest are."""
    limit = int(RATE.partition("/")[0])
    asked = await asyncio.gather(
        *(_statuses(fleet, CLIENTS[1], limit // 4) for _ in range(6))
    )
    statuses = [status for each in asked for status in each]
    assert set(statuses) == {204, 429}
    assert statuses.count(204) == pytest.approx(limit, rel=0.1)
    logged = [
        sum(f"{CLIENTS[1]} - - " in line for line in node.service.logged.splitlines())
        for node in fleet.nodes
    ]
    assert min(logged) > 0, logged


async def test_a_balancer_counts_connections_and_tells_the_other(fleet: Site) -> None:
    """More than a thousand at a time are cut, and the other balancer knows how many came."""
    loop = asyncio.get_running_loop()
    with ExitStack() as stack:
        made = [
            stack.enter_context(_made(fleet.networks.clients, CLIENTS[2]))
            for _ in range(CONNECTIONS + 200)
        ]
        for each in made:
            await loop.sock_connect(each, (SHARED, 443))
        cut = [asyncio.create_task(_is_cut(each)) for each in made]
        done, kept = await asyncio.wait(cut, timeout=4.0)  # a gateway waits 10 s for TLS
        for task in kept:
            task.cancel()
        await asyncio.wait(cut)
        assert len(kept) == pytest.approx(CONNECTIONS, rel=0.1)
        assert all(task.result() for task in done)
    [other] = [each for each in fleet.balancers if each is not fleet.active]
    async with asyncio.timeout(START_S):
        while await _rate_known(other) < CONNECTIONS:
            await asyncio.sleep(0.1)


async def _rate_known(balancer: Balancer) -> int:
    """Return how many connections in 10 s it has of the client that opened too many."""
    table = await balancer.ask("show table balancers/rates")
    found = re.search(rf"key=(?:::ffff:)?{re.escape(CLIENTS[2])} .*conn_rate\(10000\)=(\d+)", table)
    return int(found[1]) if found else 0


async def _is_cut(sock: socket.socket) -> bool:
    try:
        return not await asyncio.get_running_loop().sock_recv(sock, 1)
    except ConnectionError:
        return True
