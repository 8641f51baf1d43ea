"""What a unit of work costs on one gateway, two and three: a benchmark.

Each gateway has the same load, and its turn, since on a machine of its own it would not share cores
with the others: three at once on two cores cost 1.13 to 1.41 of one. CPU time is that of all
gateways all the time, so that what one does while it waits is in it. Gateways have a core for
themselves, and everything else has the others.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from benchmarks.accounting import cpu_s
from soak import child
from soak.samples import Cores
from tests.fleet.networks import GATEWAYS, SHARED
from tests.fleet.site import Site
from tests.fleet.story import say

CLIENTS = 15  # of each gateway; each does ten units a second
ROUNDS, SECONDS = 3, 6.0  # of each gateway
MOST = 1.05  # by one gateway's


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one unit, in microseconds of CPU: all gateways', and HAProxy's. *busy* is the cores'."""

    nodes: int
    gateways_us: float
    balancer_us: float
    units: int
    busy: float


@contextmanager
def apart() -> Iterator[None]:
    """Leave the last core to gateways: keep this process, and what it starts, off it."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(cores)[:-1] or cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _onto_their_core(site: Site) -> None:
    core = {max(range(os.cpu_count() or 1))}
    for pid in (pid for node in site.nodes for pid in node.pids):
        for thread in os.listdir(f"/proc/{pid}/task"):
            os.sched_setaffinity(int(thread), core)


async def measured(site: Site, rounds: int = ROUNDS, seconds: float = SECONDS) -> list[Cost]:
    document = {
        "host": SHARED,
        "port": 443,
        "vendor_port": site.vendor_port,
        "ca": str(site.pki.ca_file),
    }
    prefix = site.networks.clients.prefix
    found = []
    _onto_their_core(site)
    async with child.started(
        "steady", document, site.directory, package="tests.fleet", prefix=prefix
    ) as steady:
        for number in range(rounds):
            # The other way round each time: what drifts, drifts for all.
            order = range(1, len(GATEWAYS) + 1)
            for nodes in order if number % 2 == 0 else reversed(order):
                found.append(await _cost(site, steady, nodes, seconds))
                say(f"round {number + 1}: {found[-1]}")
    return found


async def _cost(site: Site, steady: child.Child, nodes: int, seconds: float) -> Cost:
    for number in range(1, nodes + 1):
        await _admit(site, number)
        await steady.ask("open", CLIENTS)
    await _admit(site, *range(1, nodes + 1))
    for group in range(nodes):
        await steady.ask("run", group, 1.0)  # what is done once is done
    roots = [node.service.pid for node in site.nodes[:nodes]]
    balancer = site.active.haproxy[0]
    before, balancer_before, cores = sum(map(cpu_s, roots)), cpu_s(balancer), Cores.now()
    units = sum([await steady.ask("run", group, seconds) for group in range(nodes)])
    spent, spent_there = sum(map(cpu_s, roots)) - before, cpu_s(balancer) - balancer_before
    busy = Cores.now().busy_since(cores)
    await steady.ask("close")
    return Cost(nodes, spent / units * 1e6, spent_there / units * 1e6, units, busy)


async def _admit(site: Site, *numbers: int) -> None:
    """Have HAProxy send clients to these gateways alone."""
    for number in range(1, len(GATEWAYS) + 1):
        state = "ready" if number in numbers else "maint"
        for balancer in site.balancers:
            await balancer.ask(f"set server gateways/gateway{number} state {state}")
    await site.until_ready(*numbers)


def ratios(costs: Sequence[Cost], nodes: int) -> list[float]:
    """Return what a unit costs on so many gateways by what it costs on one, round by round."""
    size = len({each.nodes for each in costs})
    rounds = [
        {each.nodes: each.gateways_us for each in costs[at : at + size]}
        for at in range(0, len(costs), size)
    ]
    return [each[nodes] / each[1] for each in rounds]


def too_much(costs: Sequence[Cost]) -> list[str]:
    """Return where a unit costs more than it may: only a quiet machine can be held to it."""
    return [
        f"with {nodes} gateways a unit of work costs {found:.3f} of what it costs with one"
        for nodes in sorted({each.nodes for each in costs})
        if (found := median(ratios(costs, nodes))) > MOST
    ]
