"""Limits for each client address, over all gateways and both balancers."""

import re

import pytest

from tests.fleet import limits
from tests.fleet.balancers import Balancer
from tests.fleet.limits import CONNECTIONS, RATE
from tests.fleet.networks import CLIENTS
from tests.fleet.site import Site
from tests.fleet.waiting import eventually

pytestmark = [pytest.mark.fleet, pytest.mark.asyncio(loop_scope="session")]


async def test_redis_counts_requests_for_all_gateways(fleet: Site) -> None:
    """Each of them has a third of the connections, and lets through what the others left."""
    statuses = await limits.requests(fleet)
    assert set(statuses) == {204, 429}
    assert statuses.count(204) == pytest.approx(RATE, rel=0.1)
    logged = [
        sum(f"{CLIENTS[1]} - - " in line for line in node.service.logged.splitlines())
        for node in fleet.nodes
    ]
    assert min(logged) > 0, logged


async def test_a_balancer_counts_connections_and_tells_the_other(fleet: Site) -> None:
    kept, cut = await limits.connections(fleet)
    assert kept == pytest.approx(CONNECTIONS, rel=0.1)
    assert cut > 0
    [other] = [each for each in fleet.balancers if each is not fleet.active]

    async def is_told() -> bool:
        return await _known(other) >= CONNECTIONS

    await eventually(is_told)


async def _known(balancer: Balancer) -> int:
    """Return how many connections in 10 s it has of the client that opened too many."""
    table = await balancer.ask("show table balancers/clients")
    address = rf"key=(?:::ffff:)?{re.escape(CLIENTS[2])} "
    found = re.search(rf"{address}.*conn_rate\(10000\)=(\d+)", table)
    return int(found[1]) if found else 0
