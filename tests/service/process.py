"""`sigproxy` and gunicorn as processes: started, watched, and ended by their own pid."""

import asyncio
import json
import os
import random
import re
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.gateway.client import Client
from tests.gateway.lab import Lab, until
from tests.gateway.pki import Pki

ROOT = Path(__file__).parents[2]
START_S = 45.0  # for what must come of processes, on a busy machine
SERVE = (sys.executable, "-m", "sigproxy", "serve", "--config")
CHECK = (sys.executable, "-m", "sigproxy", "check", "--config")

Document = dict[str, Any]


def free_port() -> int:
    """Return a port that nobody listens on, below those that clients are given for themselves."""
    for port in random.sample(range(10_000, 30_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no port is free")


def toml(document: Mapping[str, Any]) -> str:
    """Return *document* as TOML, whose values are written as JSON's are."""
    lines = []
    for name, content in document.items():
        for table in content if isinstance(content, list) else [content]:
            lines.append(f"[[{name}]]" if isinstance(content, list) else f"[{name}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def ran(
    arguments: Sequence[str], environ: Mapping[str, str] | None = None
) -> "asyncio.Future[tuple[int, str, str]]":
    """Run a command to its end; return its exit code and what it wrote."""

    async def run() -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env=_environment(environ),
        )
        async with asyncio.timeout(START_S):
            out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    return asyncio.create_task(run())  # type: ignore[return-value]


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("SIGPROXY_")}
    return kept | dict(more or {})


class Service:
    """One `sigproxy serve` with its configuration file and what it says."""

    def __init__(self, directory: Path, document: Document, pki: Pki) -> None:
        self.config = directory / "sigproxy.toml"
        self.port = free_port()
        self.document = document
        document["server"] = {"bind": [f"127.0.0.1:{self.port}"], "workers": 1, "drain_s": 8.0} | (
            document.get("server", {})
        )
        self._pki = pki
        self._out, self._err = directory / "stdout", directory / "stderr"
        self._clients: list[Client] = []
        self._ended: asyncio.Task[int] | None = None
        self.write()

    def write(self) -> None:
        self.config.write_text(toml(self.document))

    async def start(
        self, command: Sequence[str] = SERVE, environ: Mapping[str, str] | None = None
    ) -> None:
        """Start it and wait until it is ready."""
        arguments = [*command, str(self.config)] if command is SERVE else command
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = await asyncio.create_subprocess_exec(
                *arguments, stdout=out, stderr=err, cwd=ROOT, env=_environment(environ)
            )
        self._ended = asyncio.create_task(self._process.wait())
        await until(lambda: self._is_up() or self._process.returncode is not None, START_S)
        assert self._process.returncode is None, self.said

    def _is_up(self) -> bool:
        announced = re.search(r" (\d+) worker\(s\)", said := self.said)
        return announced is not None and said.count("Booting worker") == int(announced[1])

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def said(self) -> str:
        """What it wrote to standard error."""
        return self._err.read_text()

    @property
    def logged(self) -> str:
        return self._out.read_text()

    def workers(self) -> list[int]:
        """Return the pids of our process's children, of which it alone has any."""
        return [
            pid
            for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
            if self._is_parent(pid)
        ]

    def _is_parent(self, pid: int) -> bool:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:  # it has ended
            return False
        return int(stat.rpartition(")")[2].split()[1]) == self.pid

    async def client(self) -> Client:
        tls = "certificate" in self.document["server"]
        client = await Client.open("127.0.0.1", self.port, self._pki.client() if tls else None)
        self._clients.append(client)
        return client

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def ended(self, within_s: float = START_S) -> int:
        """Return the exit code; fail if it runs on."""
        assert self._ended is not None
        await until(self._ended.done, within_s)
        return self._ended.result()

    async def says(self, text: str, times: int = 1) -> None:
        """Wait until it has said *text*."""
        try:
            await until(lambda: self.said.count(text) >= times)
        except AssertionError:
            raise AssertionError(f"{text!r} is not in:\n{self.said}") from None

    async def end(self) -> None:
        for client in self._clients:
            client.vanish()
        if self._ended is not None and not self._ended.done():
            workers = self.workers()
            self._process.kill()
            await self._ended
            for pid in workers:  # they see only within a second that their master has gone
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue


def settings(lab: Lab, **tables: Any) -> Document:
    """Return a configuration that reaches the lab's upstreams."""
    document = lab.document(False, tables.pop("route", None), tables)
    del document["server"]["drain_s"]
    return document | ({"server": tables["server"]} if "server" in tables else {"server": {}})
