"""`sigproxy` and gunicorn as processes: started, watched, and ended by their own pid."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import sleep
from typing import Any

from tests.lab.client import Client
from tests.lab.lab import Lab, until
from tests.lab.pki import Pki
from tests.orphans import end_with_parent
from tests.ports import free_port
from tests.service.forked import SIGPROXY, Forked

__all__ = ["free_port"]

ROOT = Path(__file__).parents[2]
START_S = 45.0  # for what must come of processes, on a busy machine
SERVE = (*SIGPROXY, "serve", "--config")
CHECK = (*SIGPROXY, "check", "--config")

Document = dict[str, Any]


def serve_with(constants: Mapping[str, object]) -> tuple[str, ...]:
    """Return SERVE with other constants, as ``{"sigproxy.renewal.POLL_EVERY_S": 0.1}``."""
    lines = ["import importlib"]
    for name, value in constants.items():
        module, _, constant = name.rpartition(".")
        lines.append(f"assert hasattr(place := importlib.import_module({module!r}), {constant!r})")
        lines.append(f"place.{constant} = {value!r}")
    lines += ["from sigproxy.cli import main", "main(prog_name='sigproxy')"]
    return (sys.executable, "-c", "\n".join(lines), *SERVE[3:])


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

    # PYTHONPATH is read when an interpreter starts.
    if tuple(arguments[:3]) == SIGPROXY and "PYTHONPATH" not in (environ or {}):
        return asyncio.create_task(_ran(arguments[3:], environ))  # type: ignore[return-value]

    async def run() -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env=_environment(environ),
            preexec_fn=end_with_parent,
        )
        async with _in_time(process):
            out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    return asyncio.create_task(run())  # type: ignore[return-value]


@asynccontextmanager
async def _in_time(process: "asyncio.subprocess.Process | Forked") -> AsyncIterator[None]:
    """Give *process* START_S to end; then kill it."""
    try:
        async with asyncio.timeout(START_S):
            yield
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _ran(arguments: Sequence[str], environ: Mapping[str, str] | None) -> tuple[int, str, str]:
    with NamedTemporaryFile("r") as out, NamedTemporaryFile("r") as err:
        process = Forked(arguments, Path(out.name), Path(err.name), ROOT, _environment(environ))
        async with _in_time(process):
            code = await process.wait()
        return code, out.read(), err.read()


async def child(
    command: Sequence[str], output: Path, environ: Mapping[str, str] | None = None
) -> "asyncio.subprocess.Process":
    """Start a command that runs until it is ended; what it writes goes to *output*."""
    with output.open("wb") as out:
        return await asyncio.create_subprocess_exec(
            *command,
            stdout=out,
            stderr=out,
            cwd=ROOT,
            env=_environment(environ),
            preexec_fn=end_with_parent,
        )


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("SIGPROXY_")}
    return kept | dict(more or {})


def _stat(pid: int) -> list[str]:
    """Return state, parent and what follows (proc_pid_stat(5)); nothing once it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _halt(pid: int) -> None:
    """Stop a process, and return once it stands still."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
    while _stat(pid)[:1] not in (["T"], ["Z"], []):
        sleep(0.001)


@contextmanager
def _halted(pids: Collection[int]) -> Iterator[None]:
    try:
        for pid in pids:
            _halt(pid)
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


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
        self, command: Sequence[str] = (), environ: Mapping[str, str] | None = None
    ) -> None:
        """Start it, by default without a command, and wait until it is ready."""
        self._process = await self._started(command, _environment(environ))
        self._ended = asyncio.create_task(self._process.wait())
        await until(lambda: self._is_up() or self._process.returncode is not None, START_S)
        assert self._process.returncode is None, self.said

    async def _started(
        self, command: Sequence[str], environ: Mapping[str, str]
    ) -> "asyncio.subprocess.Process | Forked":
        with self._out.open("wb") as out, self._err.open("wb") as err:
            if not command:
                serve = ("serve", "--config", str(self.config))
                return Forked(serve, self._out, self._err, ROOT, environ)
            arguments = [*command, str(self.config)] if command[-1] == "--config" else command
            return await asyncio.create_subprocess_exec(
                *arguments,
                stdout=out,
                stderr=err,
                cwd=ROOT,
                env=environ,
                preexec_fn=end_with_parent,
            )

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
        pids = map(int, filter(str.isdigit, os.listdir("/proc")))
        return [pid for pid in pids if _stat(pid)[1:2] == [str(self.pid)]]

    def zombies(self) -> list[int]:
        """Return those of our process's children that have ended, and it does not know yet."""
        return [pid for pid in self.workers() if _stat(pid)[:1] == ["Z"]]

    @contextmanager
    def only(self, worker: int) -> Iterator[None]:
        """Let no other than *worker* accept connections: its siblings stand still meanwhile.

        Of several workers any may take a connection, and one may take them all.
        """
        with _halted([pid for pid in self.workers() if pid != worker]):
            yield

    @contextmanager
    def halted(self) -> Iterator[None]:
        """Let our process itself stand still meanwhile, not its workers."""
        with _halted([self.pid]):
            yield

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
            if "COVERAGE_PROCESS_CONFIG" in os.environ:  # what is killed does not tell what it ran
                self.signal(signal.SIGQUIT)
                with suppress(AssertionError):
                    await self.ended(within_s=5.0)
            with suppress(ProcessLookupError):
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
