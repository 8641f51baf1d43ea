"""HAProxy and keepalived as processes, with the configuration of contrib/."""

import asyncio
import csv
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.fleet import networks
from tests.fleet.filled import KEEPALIVED, filled
from tests.fleet.networks import BALANCERS, SHARED
from tests.lab.lab import until
from tests.media.live.networks import Namespace
from tests.orphans import end_with_parent
from tests.service.process import START_S

PLACES = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"
HAPROXY, VRRP = shutil.which("haproxy", path=PLACES), shutil.which("keepalived", path=PLACES)
TAKEN_OVER_S = 15.0


def obstacle() -> str | None:
    if HAPROXY is None:
        return "haproxy is not installed: apt-get install haproxy"
    if VRRP is None:
        return "keepalived is not installed: apt-get install keepalived"
    return None


class Balancer:
    """One machine; *number* is 0 or 1. *file* is its HAProxy's, one of contrib/haproxy."""

    def __init__(
        self,
        number: int,
        machine: Namespace,
        directory: Path,
        file: Path,
        more: Mapping[str, str],
    ) -> None:
        self.name = f"balancer{number + 1}"
        self.machine = machine
        self._directory = directory
        self._socket = directory / f"{self.name}.sock"
        changes = {
            "log /dev/log local0 info": "log stdout format raw local0 info",
            "/run/haproxy/admin.sock": str(self._socket),
            "maxconn 20000": "maxconn 4000",  # descriptors that a test may have
        }
        self._haproxy = self._written("haproxy.cfg", filled(file, changes | dict(more)))
        mine, other = BALANCERS[number], BALANCERS[1 - number]
        self._vrrp = self._written(
            "keepalived.conf", filled(KEEPALIVED, {BALANCERS[0]: mine, BALANCERS[1]: other})
        )
        self._processes: list[asyncio.subprocess.Process] = []

    def _written(self, name: str, text: str) -> Path:
        path = self._directory / f"{self.name}-{name}"
        path.write_text(text)
        return path

    @property
    def said(self) -> str:
        return "".join(
            path.read_text(errors="replace")
            for path in sorted(self._directory.glob(f"{self.name}-*.log"))
        )

    async def start(self) -> None:
        assert HAPROXY is not None
        assert VRRP is not None
        pid = [str(self._directory / f"{self.name}-{what}.pid") for what in ("a", "b", "c")]
        await self._run("haproxy", HAPROXY, "-W", "-db", "-L", self.name, "-f", self._haproxy)
        await until(self._listens, START_S)
        names = ("-p", pid[0], "-r", pid[1], "-c", pid[2])
        await self._run("keepalived", VRRP, "-n", "-l", "-P", "-f", self._vrrp, *names)

    def _listens(self) -> bool:
        assert self._processes[0].returncode is None, self.said
        return self._socket.is_socket()

    async def _run(self, name: str, *command: str | Path) -> None:
        with (self._directory / f"{self.name}-{name}.log").open("ab") as log:
            self._processes.append(
                await asyncio.create_subprocess_exec(
                    *(*self.machine.prefix, *map(str, command)),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    preexec_fn=end_with_parent,
                )
            )

    @property
    def pids(self) -> list[int]:
        """Return HAProxy's and keepalived's processes, with those that they started."""
        masters = [each.pid for each in self._processes if each.returncode is None]
        return [*masters, *(child for pid in masters for child in children(pid))]

    @property
    def haproxy(self) -> list[int]:
        """Return the pids of HAProxy's master and workers."""
        master = self._processes[0].pid
        return [master, *children(master)]

    def reload(self) -> None:
        """Have HAProxy start anew with its file, as `systemctl reload` does."""
        self._processes[0].send_signal(signal.SIGUSR2)

    async def end(self) -> None:
        """Kill all of it, so that it can say nothing to anybody."""
        for pid in self.pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in self._processes:
            await process.wait()
        self._processes.clear()
        self._socket.unlink(missing_ok=True)

    async def vanish(self) -> None:
        """Be a machine without power: its cable is silent from one moment to the next."""
        networks.unplug(self.machine)
        await self.end()
        with suppress(AssertionError):  # keepalived may have taken it off
            networks.ip(self.machine, "address", "delete", f"{SHARED}/24", "dev", "eth0")

    async def come_back(self) -> None:
        networks.plug(self.machine)
        await self.start()

    @property
    def has_the_address(self) -> bool:
        return SHARED in networks.addresses(self.machine)

    async def ask(self, command: str) -> str:
        """Ask HAProxy's socket; files are the same in all networks."""
        reader, writer = await asyncio.open_unix_connection(str(self._socket))
        writer.write(command.encode() + b"\n")
        answer = await reader.read()
        writer.close()
        return answer.decode()

    async def servers(self, backend: str = "gateways") -> dict[str, dict[str, str]]:
        """Return the statistics of each gateway."""
        lines = (await self.ask("show stat")).removeprefix("# ").splitlines()
        rows: Sequence[dict[str, str]] = list(csv.DictReader(lines))
        not_servers = ("FRONTEND", "BACKEND")
        return {
            row["svname"]: row
            for row in rows
            if row["pxname"] == backend and row["svname"] not in not_servers
        }


def children(pid: int) -> list[int]:
    """Return the pids of its children (proc_pid_task_children(5))."""
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
