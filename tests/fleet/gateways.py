"""A gateway and the coturn beside it, on a machine of their own."""

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fleet import filled
from tests.fleet.networks import VENDOR
from tests.lab.lab import until
from tests.lab.pki import Pki
from tests.media.live.coturn import Coturn
from tests.media.live.networks import Namespace
from tests.media.live.site import printed_conf
from tests.service.process import SERVE, START_S, Service

NAME = "gateway.example"  # what clients dial, as in conf/examples/fleet.toml
TARGETS = "*.example.com:*"
PAGE = "https://page.example.com:8443/"
MANY = "100000/minute"


def document(
    machine: Namespace, certificate: Path, ca: Path, secret: Path, tables: Mapping[str, Any]
) -> dict[str, Any]:
    """Return conf/examples/fleet.toml with this run's files, vendor and name server.

    *tables* are changes of it, by their section.
    """
    example = filled.gateway()
    changes: dict[str, dict[str, Any]] = {
        "server": {
            "certificate": str(certificate),
            "private_key": str(certificate),
            "workers": 1,
        },
        "turn": {"secret_file": str(secret), "addresses": [machine.address]},
        "limits": {"request_rate": MANY},
        "upstream": {
            "nameservers": [f"{VENDOR}:53"],
            "ca_file": str(ca),
            "allow_networks": [f"{VENDOR}/32"],
        },
    }
    [vendors] = example.pop("route")
    routes = [
        {"targets": [TARGETS]},
        {"prefix": "/acs", **vendors},
        {"prefix": "/page", "dialect": "fixed", "upstream": PAGE},
    ]
    found = {name: dict(table) for name, table in example.items()}
    for name in {*changes, *tables}:
        found[name] = found.get(name, {}) | changes.get(name, {}) | dict(tables.get(name, {}))
    return {**found, "route": routes}


@dataclass(slots=True)
class Node:
    """One of the gateways; *secret* is the TURN secret that all of them have."""

    machine: Namespace
    service: Service
    directory: Path
    coturn: Coturn | None = None

    @classmethod
    def made(
        cls, machine: Namespace, directory: Path, pki: Pki, configuration: dict[str, Any]
    ) -> "Node":
        directory.mkdir()
        return cls(machine, Service(directory, configuration, pki), directory)

    @property
    def pids(self) -> list[int]:
        return [self.service.pid, *self.service.workers()]

    async def start(self) -> None:
        if self.coturn is None:
            self.coturn = Coturn(self.directory, self.machine, await printed_conf(self.service))
        await self.start_coturn()
        await self.service.start((*self.machine.prefix, *SERVE))

    async def start_coturn(self) -> None:
        assert self.coturn is not None
        await self.coturn.start()

    async def drain(self) -> int:
        """Stop the gateway, as `systemctl stop` does; return its exit code."""
        self.service.signal(signal.SIGTERM)
        drain_s = float(self.service.document["server"]["drain_s"])
        return await self.service.ended(drain_s + START_S)

    async def kill(self) -> None:
        """Have all of it gone at once."""
        assert self.coturn is not None
        for pid in self.pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await self.coturn.kill()
        await self.service.ended()

    async def reload(self) -> None:
        """Return once the workers from before have gone."""
        before = set(self.service.workers())
        self.service.signal(signal.SIGHUP)
        drain_s = float(self.service.document["server"]["drain_s"])
        await until(lambda: not before & set(self.service.workers()), drain_s + START_S)

    async def end(self) -> None:
        await self.service.end()
        if self.coturn is not None:
            await self.coturn.kill()
