"""What one client address may do with the fleet, tried until it is refused."""

import asyncio
import socket
import ssl
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from sigproxy.gateway.admission.rate import REDIS_PAUSE_S
from tests.fleet.gateways import NAME
from tests.fleet.networks import CLIENTS, SHARED
from tests.fleet.site import Site
from tests.lab.client import Client
from tests.media.live.networks import Namespace

CONNECTIONS = 1000  # contrib/haproxy/tcp.cfg: at a time, and in 10 s
RATE = 1200  # a minute, which these tests set
LANES = 6  # connections of one client, which are on all three gateways
PREFLIGHT = (b"Origin: https://app.example.com", b"Access-Control-Request-Method: POST")
KEPT_S = 4.0  # a gateway waits 10 s for TLS to begin


@dataclass(frozen=True, slots=True)
class Limits:
    """*passed* requests of those that one client made in a minute; *kept* connections."""

    rate: int
    passed: int
    connections: int
    kept: int


async def until_counted(site: Site) -> None:
    """Wait until every gateway counts in Redis again.

    One that has lost it, or has waited too long for it, asks it only after REDIS_PAUSE_S.
    """
    lanes = [await connected(site, CLIENTS[0]) for _ in range(LANES)]
    before = -1
    while (now := _failures(site)) != before:
        before = now
        await asyncio.sleep(REDIS_PAUSE_S + 1)
        for lane in lanes:
            await lane.get(_target(site), *PREFLIGHT, method=b"OPTIONS")
    for lane in lanes:
        lane.close()


def _failures(site: Site) -> int:
    return sum(node.service.said.count("request_rate_redis") for node in site.nodes)


def _target(site: Site) -> bytes:
    return b"/up.example.com:%d/x" % site.vendor_port


async def requests(site: Site, source: str = CLIENTS[1], count: int = 300) -> list[int]:
    """Return the statuses of the answers to so many requests on each of LANES connections."""
    await until_counted(site)
    asked = await asyncio.gather(*(_statuses(site, source, count) for _ in range(LANES)))
    return [status for each in asked for status in each]


async def connected(site: Site, source: str) -> Client:
    """Return a connection over TLS from one of the clients' addresses."""
    made = _made(site.networks.clients, source)
    await asyncio.get_running_loop().sock_connect(made, (SHARED, 443))
    context = ssl.create_default_context(cafile=str(site.pki.ca_file))
    return Client(*await asyncio.open_connection(sock=made, ssl=context, server_hostname=NAME))


async def _statuses(site: Site, source: str, count: int) -> list[int]:
    client = await connected(site, source)
    target = _target(site)
    found = [(await client.get(target, *PREFLIGHT, method=b"OPTIONS")).status for _ in range(count)]
    client.close()
    return found


async def connections(site: Site, more: int = 200) -> tuple[int, int]:
    """Open *more* than are allowed; return how many are kept, and how many are cut."""
    with ExitStack() as stack:
        made = [
            stack.enter_context(_made(site.networks.clients, CLIENTS[2]))
            for _ in range(CONNECTIONS + more)
        ]
        opened = [each for each in made if await _is_opened(each)]
        waiting = [asyncio.create_task(_ended(each)) for each in opened]
        _, kept = await asyncio.wait(waiting, timeout=KEPT_S)
        for task in kept:
            task.cancel()
        await asyncio.wait(waiting)
    return len(kept), len(made) - len(kept)


def _made(machine: Namespace, source: str) -> socket.socket:
    with machine.inside():
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setblocking(False)
    made.bind((source, 0))
    return made


async def _is_opened(sock: socket.socket) -> bool:
    try:
        await asyncio.get_running_loop().sock_connect(sock, (SHARED, 443))
    except ConnectionError:  # HAProxy was so quick
        return False
    return True


async def _ended(sock: socket.socket) -> None:
    with suppress(ConnectionError):
        assert not await asyncio.get_running_loop().sock_recv(sock, 1)


async def tried(site: Site) -> Limits:
    passed = (await requests(site)).count(204)
    kept, _ = await connections(site)
    return Limits(RATE, passed, CONNECTIONS, kept)


def wrongs(found: Limits) -> list[str]:
    """Return which limits do not hold within a tenth."""
    seen = (("requests", found.passed, found.rate), ("connections", found.kept, found.connections))
    return [
        f"{what}: {count} passed, {limit} may"
        for what, count, limit in seen
        if abs(count - limit) > limit / 10
    ]
