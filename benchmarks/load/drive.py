"""Run one load against one proxy, and read the proxy's accounts before and after."""

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from benchmarks import accounting
from benchmarks.places import ORIGIN, PROXY_NAME, load_cores
from benchmarks.processes import ROOT, Address
from benchmarks.proxies import Running
from tests.parity.gateways import stop

WRK = "wrk"
WRK_SCRIPT = Path(__file__).parent / "wrk.lua"
CONNECTING_S = 0.5  # before wrk.lua begins to count
TOLERATED = 0.01  # failures among units


class Failed(Exception):
    """A proxy cannot do the work, or not all of it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a load reports, and what the proxy spent meanwhile."""

    figures: dict[str, float]
    cpu_s: float

    @property
    def units(self) -> float:
        return self.figures["units"]

    @property
    def seconds(self) -> float:
        return self.figures["seconds"]


@dataclass(frozen=True, slots=True)
class Wrk:
    """Keep-alive connections that ask one thing again and again."""

    target: str
    method: str = "GET"
    body: int = 0
    connections: int = 64
    fields: tuple[str, ...] = ()

    def run(self, proxy: Running, ca: Path, seconds: float) -> Measured:
        host, port = proxy.address
        url = f"https://{host}:{port}{self.target}"
        fields = (f"Host={PROXY_NAME}", f"Origin={ORIGIN}", *self.fields)
        duration_s = math.ceil(seconds + CONNECTING_S)
        options = ("-t1", f"-c{self.connections}", f"-d{duration_s}s", "-s", str(WRK_SCRIPT))
        command = [WRK, *options, url, "--", self.method, str(self.body), *fields]
        before_s = after_s = accounting.cpu_s(proxy.pid)
        lines = []
        with _process(command) as process:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line)
                if line == "begun\n":
                    before_s = accounting.cpu_s(proxy.pid)
                elif line.startswith("{"):
                    after_s = accounting.cpu_s(proxy.pid)
        return _checked(_last_json("".join(lines)), after_s - before_s)


@dataclass(frozen=True, slots=True)
class Raw:
    """One of our own clients' modes."""

    mode: str
    target: str
    connections: int
    count: int = 0
    size: int = 0
    rate: float = 0.0
    requests: int = 1
    second: Address | None = None

    def run(self, proxy: Running, ca: Path, seconds: float) -> Measured:
        with self.opened(proxy, ca, seconds) as load:
            before_s = accounting.cpu_s(proxy.pid)
            figures = load.go()
            after_s = accounting.cpu_s(proxy.pid)
        return _checked(figures, after_s - before_s)

    @contextmanager
    def opened(self, proxy: Running, ca: Path, seconds: float) -> Iterator["Load"]:
        """Start the client, yield once it has connected."""
        order: dict[str, Any] = {
            "address": proxy.address,
            "ca": str(ca),
            "target": self.target,
            "seconds": seconds,
            "connections": self.connections,
            "count": self.count,
            "size": self.size,
            "rate": self.rate,
            "requests": self.requests,
            "second": self.second,
        }
        command = [sys.executable, "-m", "benchmarks.load", self.mode, json.dumps(order)]
        with _process(command) as process:
            load = Load(process)
            load.await_ready()
            yield load


class Load:
    """A client process that has connected, or will have."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        self._stdin: IO[str] = process.stdin
        self._stdout: IO[str] = process.stdout

    def await_ready(self) -> None:
        if self._stdout.readline() != "ready\n":
            raise Failed(self._why())

    def tell(self) -> None:
        """Give the word, and wait for nothing."""
        self._stdin.write("go\n")
        self._stdin.flush()

    def go(self) -> dict[str, float]:
        self.tell()
        line = self._stdout.readline()
        if not line:
            raise Failed(self._why())
        return dict(json.loads(line))

    def _why(self) -> str:
        assert self._process.stderr is not None
        lines = self._process.stderr.read().strip().splitlines()
        return lines[-1] if lines else "the client ended without a word"


@contextmanager
def _process(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    cores = load_cores()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    with process:
        try:
            yield process
        finally:
            stop(process)


def _last_json(output: str) -> dict[str, float]:
    lines = output.strip().splitlines()
    if not lines or not lines[-1].startswith("{"):
        raise Failed(lines[-1] if lines else "wrk ended without a word")
    return dict(json.loads(lines[-1]))


def _checked(figures: dict[str, float], cpu_s: float) -> Measured:
    units, failed = figures["units"], figures["failed"]
    if not units or failed > TOLERATED * units:
        raise Failed(f"{failed:.0f} of {units + failed:.0f} failed")
    return Measured(figures, cpu_s)


def missing() -> str | None:
    return None if shutil.which(WRK) else "wrk is not installed: apt-get install wrk"
