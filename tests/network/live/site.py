"""The media suite's site with the network test switched on, and what can be broken of it."""

import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sigproxy.gateway.downstream.tls import server_context
from sigproxy.presets import PRESETS
from tests.lab.dns import Dns, Name
from tests.lab.lab import until
from tests.lab.pki import Pki
from tests.media.live import networks, servers
from tests.media.live import site as media
from tests.media.live.coturn import Coturn, without
from tests.media.live.networks import BALANCED, GATEWAY, PROXY, VENDOR, Namespace, Networks
from tests.media.live.servers import NAME, ConnectProxy, Rendezvous
from tests.network.live import middlebox
from tests.network.live.middlebox import Look
from tests.service.process import SERVE, START_S, Service

KEY, OTHER_KEY = "0a1b2c3d4e5f6071", "7c211433f0207159"
FOREIGN = "foreign.example"  # as which a proxy offers the gateway
VENDOR_HOST = "edge.skype.com"  # one of those that every call of ACS needs
HOSTS = PRESETS["acs"].essential


@dataclass(slots=True)
class Site:
    """*client* is where the browser is, *vendors* the name server that the gateway asks."""

    networks: Networks
    pki: Pki
    gateway: Service
    coturn: Coturn
    printed: str
    proxy: ConnectProxy
    certificate: Path
    vendors: Dns

    @property
    def client(self) -> Namespace:
        return self.networks.clients[0]

    def lines(self, *words: str) -> list[str]:
        """Return the lines of the access log with all of *words*."""
        lines = self.gateway.logged.splitlines()
        return [line for line in lines if all(word in line for word in words)]

    def mend(self) -> None:
        """Undo what a test has closed or broken."""
        self.client.close_off(())
        for host in HOSTS:
            self.vendors.zone[host] = Name((VENDOR,), ttl=0)

    def break_vendor(self) -> None:
        self.vendors.zone[VENDOR_HOST] = Name((PROXY,), ttl=0)  # where no port 443 is open

    async def only_key(self, key: str) -> None:
        """Have the gateway reload, with *key* alone for the test."""
        before = set(self.gateway.workers())
        self.gateway.document["network_test"]["keys"] = [key]
        self.gateway.write()
        self.gateway.signal(signal.SIGHUP)
        await until(lambda: (now := set(self.gateway.workers())) and not before & now, START_S)

    @asynccontextmanager
    async def middlebox(self, look: Look, certificate: Path | None = None) -> AsyncIterator[None]:
        """Have a box that opens TLS, with *certificate*, or with one that the browser trusts."""
        shown = certificate or self.certificate
        own = server_context(shown, shown)
        contexts = (own, self.pki.client())
        async with middlebox.running(self.networks.server, BALANCED, contexts, NAME, look):
            yield

    def divert(self) -> None:
        """Lead HTTPS to the gateway through the box, until everything is mended."""
        rule = f"ip daddr {GATEWAY} tcp dport 443 dnat to {BALANCED}:443"
        nat = f"""
            table ip box {{
                chain out {{
                    type nat hook output priority -100
                    {rule}
                }}
            }}"""
        networks.run(*self.client.prefix, "nft", "-f", "-", given=nat)

    @asynccontextmanager
    async def other_coturn(self, directory: Path, secret: str) -> AsyncIterator[None]:
        """Have a coturn that knows another secret than the gateway."""
        text = without(self.printed, "static-auth-secret")
        conf = f"{text}static-auth-secret={secret}\n"
        other = Coturn(directory, self.networks.server, conf)
        await self.coturn.kill()
        try:
            await other.start()
            yield
        finally:
            await other.kill()
            await self.coturn.start()


@asynccontextmanager
async def running(directory: Path) -> AsyncIterator[Site]:
    pki = Pki(directory)
    certificate = pki.write(NAME, FOREIGN)
    certificate.chmod(0o600)
    async with AsyncExitStack() as stack:
        made = stack.enter_context(networks.made())
        asked = await stack.enter_async_context(servers.names(made.clients[0], NAME, GATEWAY))
        asked.zone[FOREIGN] = Name((BALANCED,))
        vendors = await stack.enter_async_context(servers.names(made.server, NAME, GATEWAY))
        await stack.enter_async_context(Rendezvous().running(made.server, pki.upstream()))
        proxy = ConnectProxy(made.server)
        await stack.enter_async_context(proxy.running())
        gateway = Service(directory, document(directory, pki, certificate), pki)
        printed = await media.printed_conf(gateway)
        coturn = Coturn(directory, made.server, printed)
        stack.push_async_callback(coturn.kill)
        await coturn.start()
        stack.push_async_callback(gateway.end)
        await gateway.start((*made.server.prefix, *SERVE))
        site = Site(made, pki, gateway, coturn, printed, proxy, certificate, vendors)
        site.mend()
        yield site


def document(directory: Path, pki: Pki, certificate: Path) -> dict[str, Any]:
    """Return the gateway's configuration: the media suite's, a vendor that is there, the test."""
    found = media.document(directory, pki, certificate)
    found["upstream"]["allow_networks"] = [f"{VENDOR}/32", f"{PROXY}/32"]
    found["route"] = [{"presets": ["acs"], "allowed_origins": ["https://app.example"]}]
    found["network_test"] = {
        "keys": [KEY],
        "allowed_origins": ["https://app.example"],
        "requests_per_address": "10000/hour",
    }
    return found
