"""Gateway, coturn and what is around them, on "one VM": `sigproxy serve` as a process."""

import asyncio
import os
import ssl
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.client import Client
from tests.lab.dns import Name
from tests.lab.lab import until
from tests.lab.pki import Pki
from tests.media.live import coturn, networks
from tests.media.live.coturn import NEXT_SECRET, REALM, RELAY_PORT, SECRET, Coturn
from tests.media.live.networks import BALANCED, GATEWAY, VENDOR, Namespace, Networks
from tests.media.live.servers import NAME, VENDOR_NAME, ConnectProxy, Rendezvous, names
from tests.media.live.turn_client import TurnClient
from tests.service.process import SERVE, START_S, Service, ran

KEY, TEST_KEY = "5d41402abc4b2a76", "b6d767d2f8ed5d21"  # for /-/ice, and for /-/network
ORIGIN = f"https://{NAME}"


@dataclass(slots=True)
class Site:
    networks: Networks
    pki: Pki
    gateway: Service
    coturn: Coturn
    printed: str  # by `sigproxy coturn`, and what the site's coturn has
    proxy: ConnectProxy
    certificate: Path
    _clients: list[TurnClient] = field(default_factory=list)

    @property
    def tls(self) -> ssl.SSLContext:
        return self.pki.client()

    async def turn(
        self,
        *,
        source: Namespace | None = None,
        address: str = GATEWAY,
        port: int = 443,
        header: bytes = b"",
        buffer: int = 0,
    ) -> TurnClient:
        """Connect as a TURN client over TLS; *header* is a balancer's, in front of everything."""
        source = source or self.networks.clients[0]
        sock = await source.connected(address, port, buffer)
        if header:
            await asyncio.get_running_loop().sock_sendall(sock, header)
        client = TurnClient(
            *await asyncio.open_connection(sock=sock, ssl=self.tls, server_hostname=NAME)
        )
        self._clients.append(client)
        return client

    async def http(self) -> Client:
        """Connect as a client of HTTP."""
        sock = await self.networks.clients[0].connected(GATEWAY, 443)
        context = {"ssl": self.tls, "server_hostname": NAME}
        return Client(*await asyncio.open_connection(sock=sock, **context))

    async def logged(self, *words: str, times: int = 1) -> None:
        """Wait for lines of the access log with all of *words*."""
        await until(lambda: len(self.lines(*words)) >= times, START_S)

    def lines(self, *words: str) -> list[str]:
        lines = self.gateway.logged.splitlines()
        return [line for line in lines if all(word in line for word in words)]

    def forget(self, client: TurnClient) -> None:
        """Let go of a client that has closed its connection."""
        self._clients.remove(client)

    def hang_up(self) -> None:
        for client in self._clients:
            client.close()
        self._clients.clear()


def obstacle() -> str | None:
    """Return why there can be no such site on this machine; None if there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    return coturn.obstacle() or networks.obstacle()


@asynccontextmanager
async def running(directory: Path) -> AsyncIterator[Site]:
    pki = Pki(directory)
    certificate = pki.write(NAME)
    certificate.chmod(0o600)
    async with AsyncExitStack() as stack:
        made = stack.enter_context(networks.made())
        for client in made.clients:
            await stack.enter_async_context(names(client, NAME, GATEWAY))
        known = await stack.enter_async_context(names(made.server, VENDOR_NAME, VENDOR))
        known.zone[NAME] = Name((GATEWAY,))  # as whoever runs the servers looks it up
        await stack.enter_async_context(Rendezvous().running(made.server, pki.upstream()))
        proxy = ConnectProxy(made.server)
        await stack.enter_async_context(proxy.running())
        gateway = Service(directory, document(directory, pki, certificate), pki)
        printed = await printed_conf(gateway)
        turnserver = Coturn(directory, made.server, printed)
        stack.push_async_callback(turnserver.kill)
        await turnserver.start()
        stack.push_async_callback(gateway.end)
        await gateway.start((*made.server.prefix, *SERVE))
        yield Site(made, pki, gateway, turnserver, printed, proxy, certificate)


@asynccontextmanager
async def in_its_place(site: Site, coturn: Coturn) -> AsyncIterator[None]:
    """Have another coturn in place of the site's."""
    await site.coturn.kill()
    try:
        await coturn.start()
        yield
    finally:
        await coturn.kill()
        await site.coturn.start()


async def printed_conf(gateway: Service, *options: str) -> str:
    """Return what `sigproxy coturn` prints for the gateway's configuration."""
    command = (sys.executable, "-m", "sigproxy", "coturn", "--config", str(gateway.config))
    code, out, err = await ran((*command, *options))
    assert (code, err) == (0, "")
    return out


def document(directory: Path, pki: Pki, certificate: Path, **server: Any) -> dict[str, Any]:
    """Return the gateway's configuration: one name and one port, for a vendor and for TURN."""
    secret = directory / "secret"
    secret.write_text(f"{SECRET}\n{NEXT_SECRET}\n")
    secret.chmod(0o600)
    return {
        "server": {
            "bind": [f"{GATEWAY}:443"],
            "certificate": str(certificate),
            "private_key": str(certificate),
            "drain_s": 3.0,  # a reload ends then what is relayed
        }
        | server,
        "upstream": {
            "nameservers": [f"{networks.RESOLVER}:53"],
            "ca_file": str(pki.ca_file),
            "allow_networks": [f"{VENDOR}/32"],
        },
        "turn": {
            "name": NAME,
            "addresses": [GATEWAY],
            "realm": REALM,
            "secret_file": str(secret),
            "relay": f"127.0.0.1:{RELAY_PORT}",
            "keys": [KEY],
            "allowed_origins": [ORIGIN],
            "credentials_per_address": "10000/hour",  # all tests have two addresses
        },
        "network_test": {"keys": [TEST_KEY], "requests_per_address": "10000/hour"},
        "route": [
            {"prefix": "/app", "dialect": "fixed", "upstream": f"https://{VENDOR_NAME}/"},
            {"prefix": "/acs", "presets": ["acs"]},  # a vendor with media servers, for "sfu"
        ],
    }


@asynccontextmanager
async def another(
    site: Site, directory: Path, command: Sequence[str] = SERVE, **server: Any
) -> AsyncIterator[Service]:
    """Run a gateway more, at an address of its own."""
    bind = [f"{BALANCED}:443"]
    ours = document(directory, site.pki, site.certificate, bind=bind, **server)
    service = Service(directory, ours, site.pki)
    try:
        await service.start((*site.networks.server.prefix, *command))
        yield service
    finally:
        await service.end()
