"""Resolvers on the test's loop, with name servers and files of the test's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

from sigproxy.gateway.upstream.resolver import Resolver
from sigproxy.policies.targets import AddressPolicy
from tests.lab.dns import Dns, Name
from tests.ports import free_port

HOST = "up.example.com"
NOWHERE = Path("/nonexistent")
ALLOWED = AddressPolicy((ip_network("127.0.0.0/8"), ip_network("::1/128")))


@asynccontextmanager
async def name_server(address: str = "127.0.0.1", *, tcp: bool = False) -> AsyncIterator[Dns]:
    dns = Dns()
    await dns.start(address, tcp=tcp)
    dns.zone[HOST] = Name(("127.0.0.1",))
    yield dns
    dns.close()


@asynccontextmanager
async def resolver(
    *servers: str, timeout_s: float = 5.0, hosts: Path = NOWHERE, resolv_conf: Path = NOWHERE
) -> AsyncIterator[Resolver]:
    made = Resolver(servers, ALLOWED.admit, timeout_s, hosts, resolv_conf)
    yield made
    await made.close()


def closed_port() -> str:
    """Return an address at which nothing listens, nor will: no port that the kernel gives away."""
    return f"127.0.0.1:{free_port()}"
