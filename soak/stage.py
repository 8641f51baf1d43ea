"""Everything that a soak needs, on loopback: names, the vendor, the service, the clients."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from soak import child
from soak.child import Child
from soak.gateway import VENDOR
from soak.plan import Plan
from soak.upstream import OTHER
from tests.lab.dns import Dns, Name
from tests.lab.pki import Pki
from tests.service.process import Service

WORKERS = 2
DRAIN_S = 30.0  # the default
# Less than the default of 30, so that connections come and go, and the end is soon settled.
POOL_IDLE_S = 3.0
TTL_S = 5
MANY = 100_000


@dataclass(frozen=True, slots=True)
class Stage:
    service: Service
    upstream: Child
    load: Child
    access_log: Path


@asynccontextmanager
async def built(plan: Plan, directory: Path) -> AsyncIterator[Stage]:
    """Yield the stage; when the block ends, so do all of its processes."""
    pki = Pki(directory)
    async with AsyncExitStack() as stack:
        dns = Dns()
        await dns.start()
        stack.callback(dns.close)
        dns.zone |= {name: Name(("127.0.0.1",), ttl=TTL_S) for name in (VENDOR, OTHER)}
        certificate = {"certificate": str(pki.write(VENDOR, OTHER))}
        upstream = await stack.enter_async_context(
            child.started("upstream", certificate, directory)
        )
        service = _service(pki, dns, directory)
        stack.push_async_callback(service.end)
        await service.start()
        document = {
            "port": service.port,
            "vendor_port": await upstream.ask("begin"),
            "ca": str(pki.ca_file),
            "plan": asdict(plan),
        }
        load = await stack.enter_async_context(child.started("load", document, directory))
        yield Stage(service, upstream, load, directory / "access.log")


def _service(pki: Pki, dns: Dns, directory: Path) -> Service:
    document = {
        "server": {
            "workers": WORKERS,
            "drain_s": DRAIN_S,
            "certificate": str(pki.certificate),
            "private_key": str(pki.private_key),
        },
        "upstream": {
            "nameservers": [dns.address],
            "ca_file": str(pki.ca_file),
            "allow_networks": ["127.0.0.0/8"],
            "pool_idle_s": POOL_IDLE_S,
        },
        # All the clients are one address.
        "limits": {"connections_per_address": MANY, "websockets_per_address": MANY},
        "access_log": {"path": str(directory / "access.log")},
        "route": [{"targets": ["*.example.com:*"]}],
    }
    return Service(directory, document, pki)
