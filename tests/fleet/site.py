"""The whole fleet: two balancers, three gateways with coturn, a Redis, a vendor, clients."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soak import child
from soak.child import Child
from tests.fleet import balancers, filled, gateways, networks
from tests.fleet.balancers import TAKEN_OVER_S, Balancer
from tests.fleet.gateways import NAME, Node
from tests.fleet.networks import BALANCERS, STORE, VENDOR, Networks
from tests.fleet.waiting import eventually
from tests.lab import redis_server
from tests.lab.dns import Dns, Name
from tests.lab.lab import until
from tests.lab.pki import Pki
from tests.media.live import coturn
from tests.media.live.coturn import SECRET
from tests.media.live.networks import Namespace
from tests.orphans import end_with_parent
from tests.service.process import START_S

NAMES = ("up.example.com", "other.example.com", "page.example.com")
REDIS_PORT = 6379


class Store:
    """Redis on a machine of its own; it keeps nothing on a disk."""

    def __init__(self, machine: Namespace) -> None:
        self.machine = machine
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        own = ("--bind", STORE, "--port", str(REDIS_PORT), "--protected-mode", "no", "--save", "")
        self._process = await asyncio.create_subprocess_exec(
            *(*self.machine.prefix, "redis-server", *own),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            preexec_fn=end_with_parent,
        )
        await until(self._answers, START_S)

    def _answers(self) -> bool:
        with self.machine.inside(), socket.socket() as probe:
            return probe.connect_ex((STORE, REDIS_PORT)) == 0

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@dataclass(slots=True)
class Site:
    networks: Networks
    pki: Pki
    certificate: Path
    directory: Path
    balancers: list[Balancer]
    nodes: list[Node]
    store: Store
    vendor: Child
    vendor_port: int

    @property
    def active(self) -> Balancer:
        """Return the balancer that has the address that clients dial."""
        [found] = [each for each in self.balancers if each.has_the_address]
        return found

    async def until_ready(self, *numbers: int, backend: str = "gateways") -> None:
        """Wait until each balancer that lives sends clients to just these gateways."""
        wanted = {f"gateway{number}" for number in numbers}

        async def is_ready() -> bool:
            found = [
                {name for name, row in (await each.servers(backend)).items() if _is_up(row)}
                for each in self.balancers
                if each.pids
            ]
            return all(each == wanted for each in found)

        await eventually(is_ready)

    async def until_taken_over(self, balancer: Balancer) -> None:
        """Wait until *balancer* has the address."""
        await until(lambda: balancer.has_the_address, TAKEN_OVER_S)


def _is_up(row: Mapping[str, str]) -> bool:
    return row["status"].startswith("UP")


def obstacle() -> str | None:
    """Return why there can be no fleet on this machine; None if there can."""
    reasons = (
        balancers.obstacle() or coturn.obstacle() or redis_server.obstacle(),
        None if shutil.which("openssl") else "openssl is not installed: apt-get install openssl",
    )
    return next(filter(None, reasons), None) or networks.obstacle()


@asynccontextmanager
async def running(
    directory: Path, file: Path = filled.TCP, tables: Mapping[str, Any] | None = None
) -> AsyncIterator[Site]:
    """Run a fleet behind one of contrib/haproxy's *file*s.

    *tables* are changes of conf/examples/fleet.toml.
    """
    pki = Pki(directory)
    certificate = pki.write(NAME, "localhost")
    secret = directory / "secret"
    secret.write_text(f"{SECRET}\n")
    secret.chmod(0o600)
    async with AsyncExitStack() as stack:
        made = stack.enter_context(networks.made())
        await _names(stack, made.vendor)
        vendor = await stack.enter_async_context(
            child.started(
                "upstream",
                {"certificate": str(pki.write(*NAMES)), "host": VENDOR},
                directory,
                prefix=made.vendor.prefix,
            )
        )
        store = Store(made.store)
        stack.push_async_callback(store.kill)
        await store.start()
        nodes = []
        for number, machine in enumerate(made.gateways, 1):
            ours = gateways.document(machine, certificate, pki.ca_file, secret, tables or {})
            node = Node.made(machine, directory / f"gateway{number}", pki, ours)
            stack.push_async_callback(node.end)
            nodes.append(node)
        await asyncio.gather(*(node.start() for node in nodes))
        pair = await _balancers(stack, made, directory, file, pki, certificate)
        site = Site(
            made, pki, certificate, directory, pair, nodes, store, vendor, await vendor.ask("begin")
        )
        await site.until_taken_over(pair[0])
        await pair[1].start()
        await site.until_ready(1, 2, 3)
        yield site


async def _names(stack: AsyncExitStack, machine: Namespace) -> None:
    dns = Dns()
    dns.zone |= {name: Name((VENDOR,), ttl=5) for name in NAMES}
    await dns.start(sock=machine.bound(socket.SOCK_DGRAM, VENDOR, 53))
    stack.callback(dns.close)


async def _balancers(
    stack: AsyncExitStack,
    made: Networks,
    directory: Path,
    file: Path,
    pki: Pki,
    certificate: Path,
) -> list[Balancer]:
    """Start the first balancer, so that it is the one with the address; return both."""
    more = {}
    if file == filled.HTTP2:
        more = {
            "/etc/haproxy/gateway.pem": str(certificate),
            "/etc/ssl/certs/ca-certificates.crt": str(pki.ca_file),
        }
    pair = [
        Balancer(number, made.balancers[number], directory, file, more)
        for number in range(len(BALANCERS))
    ]
    for each in pair:
        stack.push_async_callback(each.end)
    await pair[0].start()
    return pair
