"""A gateway as a process between a vendor and clients of which some attack."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from soak.samples import sample
from tests.lab.client import Client
from tests.lab.lab import Lab
from tests.lab.pki import Pki
from tests.lab.upstream import Script, Upstream
from tests.service.process import SERVE, Service, settings

PART_BYTES = 256 * 1024
STALL_S = 20.0  # longer than any pause that the gateway makes: the wait for a body, for a closing


class Sender(Protocol):
    """Whoever attacks: a client, or the vendor."""

    async def send(self, data: bytes) -> None:
        """Return once most of *data* is on its way; raise OSError once the connection has ended."""


class Side:
    """A sender that is one side of a connection."""

    def __init__(self, side: Any) -> None:
        self._side = side

    async def send(self, data: bytes) -> None:
        self._side.send(data)
        await self._side.writer.drain()
        if self._side.writer.is_closing():
            raise ConnectionResetError


@dataclass(frozen=True, slots=True)
class Poured:
    """How it went: bytes sent, and whether the gateway ended the connection."""

    sent: int
    is_cut: bool


async def pour(
    sender: Sender, parts: Iterable[bytes], *, stall_s: float = STALL_S, most_s: float = 600.0
) -> Poured:
    """Send *parts* until the gateway cuts the connection, or takes nothing more for *stall_s*."""
    sent = 0
    loop = asyncio.get_running_loop()
    end_s = loop.time() + most_s
    for part in parts:
        try:
            async with asyncio.timeout(min(stall_s, end_s - loop.time())):
                await sender.send(part)
        except TimeoutError:
            return Poured(sent, is_cut=False)
        except OSError:
            return Poured(sent, is_cut=True)
        sent += len(part)
        await asyncio.sleep(0)
    return Poured(sent, is_cut=False)


def repeated(piece: bytes, size: int) -> Iterable[bytes]:
    """Yield *piece* over and over, *size* bytes in all, in parts of PART_BYTES."""
    part = piece * max(1, min(size, PART_BYTES) // len(piece))
    for _ in range(max(1, size // len(part))):
        yield part


async def drained(side: Any) -> None:
    """Read until the connection ends."""
    with suppress(OSError):
        while await side.reader.read(PART_BYTES):
            pass


class Scene:
    """The gateway, the vendor and the clients."""

    def __init__(self, lab: Lab, upstream: Upstream, service: Service, *, tls: bool) -> None:
        self.lab = lab
        self.upstream = upstream
        self.service = service
        self.tls = tls
        self._clients: list[Client] = []

    @property
    def port(self) -> int:
        return self.service.port

    async def client(self, buffer: int = 0) -> Client:
        context = self.lab.pki.client() if self.tls else None
        client = await Client.open("127.0.0.1", self.port, context, buffer)
        self._clients.append(client)
        return client

    def kib(self) -> int:
        """Return the worker's resident memory."""
        return sample(0.0, 0, self.service.pid, self.service.workers()).kib

    def leave(self) -> None:
        for client in self._clients:
            client.vanish()


@asynccontextmanager
async def scene(
    pki: Pki, script: Script, *, tls: bool = False, stdout: Path | None = None, **tables: Any
) -> AsyncIterator[Scene]:
    """Yield a gateway of one worker before a vendor that follows *script*."""
    async with Lab(pki) as lab:
        upstream = await lab.upstream(script)
        server = tables.pop("server", {}) | {"workers": 1}
        if tls:
            server |= {"certificate": str(pki.certificate), "private_key": str(pki.private_key)}
        with tempfile.TemporaryDirectory(prefix="sigproxy-attacks-") as directory:
            service = Service(Path(directory), settings(lab, server=server, **tables), pki)
            made = Scene(lab, upstream, service, tls=tls)
            try:
                await service.start(_command(service, stdout))
                yield made
            finally:
                made.leave()
                await service.end()


def _command(service: Service, stdout: Path | None) -> tuple[str, ...]:
    if stdout is None:
        return SERVE
    command = ("sh", "-c", 'out=$0; exec >"$out"; exec "$@"', str(stdout), *SERVE)
    return (*command, str(service.config))
