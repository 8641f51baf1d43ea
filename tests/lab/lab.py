"""Gateways from the production factory, and the network around them, all on loopback."""

import asyncio
import os
import random
import socket
import ssl
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from sigproxy.config import Settings
from sigproxy.config.keys import with_files
from sigproxy.exchange import Exchange
from sigproxy.gateway.handler import Gateway
from sigproxy.runner import Runner, Site
from tests.lab.client import Client
from tests.lab.dns import Dns, Name
from tests.lab.pki import Pki
from tests.lab.upstream import OK, Script, Upstream
from tests.lab.wire import WAIT_S, within

NAME = "up.example.com"


async def until(condition: Callable[[], object], wait_s: float = WAIT_S) -> None:
    """Return once *condition* holds; fail if it never does."""
    async with within(wait_s):
        while not condition():  # noqa: ASYNC110  # of things that tell nobody
            await asyncio.sleep(0.005)


def tasks() -> set["asyncio.Task[object]"]:
    """Return every task but the one that asks."""
    return asyncio.all_tasks() - {asyncio.current_task()}  # type: ignore[arg-type]


def listening(host: str) -> socket.socket:
    """Return a listener as gunicorn gives its workers one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, 0), family=family)


def open_files() -> int:
    """Return how many files this process has open: also what earlier tests left to be closed.

    c-ares closes its sockets in a thread, so there may be fewer of those later, and never more.
    """
    return len(os.listdir("/proc/self/fd"))


SYN_SENT, LISTEN = "02", "0A"


def _tcp() -> list[list[str]]:
    """Return the columns of each IPv4 socket of this network (proc_pid_net_tcp(5))."""
    lines = Path("/proc/thread-self/net/tcp").read_text().splitlines()[1:]
    return [line.split() for line in lines]


def _place(address: str, port: int) -> str:
    return f"{int.from_bytes(socket.inet_aton(address), sys.byteorder):08X}:{port:04X}"


def dials(address: str, port: int) -> int:
    """Return how many connections to that place are being opened."""
    wanted = [_place(address, port), SYN_SENT]
    return sum(columns[2:4] == wanted for columns in _tcp())


def queued(port: int, address: str = "127.0.0.1") -> int:
    """Return how many connections wait there that nobody has accepted."""
    place = _place(address, port)
    [listener] = [each for each in _tcp() if each[1] == place and each[3] == LISTEN]
    return int(listener[4].partition(":")[2], 16)


class Recorder:
    """An observer that keeps every record."""

    def __init__(self) -> None:
        self.opens: list[Exchange] = []
        self.ends: list[Exchange] = []
        self.failures: list[Exchange] = []
        self.is_closed = False

    def opened(self, exchange: Exchange) -> None:
        self.opens.append(exchange)

    def ended(self, exchange: Exchange) -> None:
        self.ends.append(exchange)

    def failed(self, exchange: Exchange) -> None:
        self.failures.append(exchange)

    def closed(self) -> None:
        self.is_closed = True

    async def last(self, count: int = 1) -> Exchange:
        """Return the latest record once *count* exchanges have ended."""
        await until(lambda: len(self.ends) >= count)
        return self.ends[-1]


class Running:
    """A gateway that listens."""

    def __init__(self, runner: Runner, observer: Recorder, context: ssl.SSLContext | None) -> None:
        self.runner = runner
        self.observer = observer
        self._context = context
        self.host = "127.0.0.1"
        self._stopping: asyncio.Task[None] | None = None

    async def listen(self, host: str, context: ssl.SSLContext | None) -> None:
        self.host = host
        await self.runner.setup()
        assert self.runner.server is not None
        self.server = self.runner.server  # the runner forgets it when it stops
        await Site(self.runner, listening(host), lambda: context).start()
        self.port = int(self.runner.addresses[0][1])

    @property
    def gateway(self) -> Gateway:
        assert self.runner.gateway is not None
        return self.runner.gateway

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self.server.connections)

    async def client(self, buffer: int = 0, source: str = "", header: bytes = b"") -> Client:
        return await Client.open(self.host, self.port, self._context, buffer, source, header)

    def stopping(self) -> "asyncio.Task[None]":
        """Begin to stop, as a worker does; return what is done when it has."""
        if self._stopping is None:
            self._stopping = asyncio.create_task(self.runner.cleanup())
        return self._stopping

    async def stop(self) -> None:
        await self.stopping()


class Lab:
    """Makes upstreams, names for them and gateways to them; takes all of it down again."""

    def __init__(self, pki: Pki) -> None:
        self.pki = pki
        self.dns = Dns()
        self._stack = AsyncExitStack()
        self._clients: list[Client] = []

    async def __aenter__(self) -> "Lab":
        await self.dns.start()
        self._stack.callback(self.dns.close)
        self.dns.zone[NAME] = Name(("127.0.0.1",))
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients:
            client.vanish()
        await self._stack.aclose()

    async def upstream(
        self,
        script: Script = OK,
        *,
        context: ssl.SSLContext | None = None,
        tls: bool = True,
        address: str = "127.0.0.1",
        port: int = 0,
    ) -> Upstream:
        """Start an upstream; *context* None: one with a right certificate for every name."""
        if tls and context is None:
            context = self.pki.upstream()
        upstream = Upstream(script, context)
        await upstream.start(address, port)
        self._stack.push_async_callback(upstream.close)
        return upstream

    async def agoras_upstream(self, script: Script = OK) -> Upstream:
        """Start an upstream on one of Agora's ports: the query dialect asks for no other."""
        for port in random.sample(range(4000, 5000), 100):
            with suppress(OSError):
                return await self.upstream(script, port=port)
        raise AssertionError("none of Agora's ports is free")

    async def gateway(
        self,
        *,
        tls: bool = False,
        host: str = "127.0.0.1",
        observer: Recorder | None = None,
        observed: bool = True,
        route: dict[str, Any] | list[dict[str, Any]] | None = None,
        **tables: dict[str, Any],
    ) -> Running:
        """Start a gateway; *tables* are those of the configuration file.

        One that is not *observed* writes its access log, as in production.
        """
        settings, problems = with_files(Settings.model_validate(self.document(tls, route, tables)))
        assert problems == []
        observer = observer or Recorder()
        context = self.pki.gateway() if tls else None
        runner = Runner(settings, (observer,) if observed else None)
        running = Running(runner, observer, self.pki.client() if tls else None)
        self._stack.push_async_callback(running.stop)
        await running.listen(host, context)
        return running

    def document(
        self,
        tls: bool,
        route: dict[str, Any] | list[dict[str, Any]] | None,
        tables: dict[str, dict[str, Any]],
    ) -> dict[str, Any]:
        """Return what a configuration file would say."""
        upstream = {
            "nameservers": [self.dns.address],
            "ca_file": str(self.pki.ca_file),
            "allow_networks": ["127.0.0.0/8"],
        }
        server: dict[str, Any] = {"drain_s": 5.0}
        if tls:
            server["certificate"] = str(self.pki.certificate)
            server["private_key"] = str(self.pki.private_key)
        routes = route if isinstance(route, list) else [route or {}]
        return {
            **tables,
            "server": server | tables.get("server", {}),
            "upstream": upstream | tables.get("upstream", {}),
            "route": [{"targets": ["*.example.com:*"]} | each for each in routes],
        }

    async def client(
        self, running: Running, buffer: int = 0, source: str = "", header: bytes = b""
    ) -> Client:
        """Connect to the gateway; the connection is closed at the test's end.

        *header* is a balancer's, in front of everything.
        """
        client = await running.client(buffer, source, header)
        self._clients.append(client)
        return client
