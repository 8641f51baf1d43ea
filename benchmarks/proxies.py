"""The proxies: what each needs, how it is configured and started."""

import json
import os
import resource
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

import sigproxy
from benchmarks import express, places
from benchmarks.pki import Pki
from benchmarks.processes import Address, first_line, running

CONF = Path(__file__).parent / "conf"
BEFORE_FOLDER = "BENCH_BEFORE"  # in the environment: a checkout to measure beside this one
SAMPLE_CONF = Path(__file__).parent.parent / "tests" / "parity" / "nginx.conf.in"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a proxy is started with."""

    directory: Path
    pki: Pki
    nameserver: str
    address: Address
    workers: int

    @property
    def listen(self) -> str:
        return "{}:{}".format(*self.address)

    def fill(self, text: str) -> str:
        """Return a template with its ``@NAME@`` replaced."""
        # HAProxy takes two descriptors for a connection through it and wants to know beforehand.
        connections = min(resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2 - 100, 20_000)
        values = {
            "DIR": self.directory,
            "LISTEN": self.listen,
            "CERTIFICATE": self.pki.proxy,
            "CA": self.pki.ca,
            "DNS": self.nameserver,
            "WORKERS": self.workers,
            "UPSTREAM": places.UPSTREAM_HOST,
            "FAST": places.FAST_PORT,
            "ECHO": places.ECHO_PORT,
            "FAR": places.FAR_PORT,
            "ORIGIN": places.ORIGIN,
            "CONNECTIONS": connections,
        }
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        return text

    def write(self, name: str, text: str) -> Path:
        path = self.directory / name
        path.write_text(self.fill(text))
        return path


@dataclass(frozen=True, slots=True)
class Proxy:
    """*missing* says what to install, or None; *command* writes the configuration."""

    name: str
    title: str
    port: int
    missing: Callable[[], str | None]
    version: Callable[[], str]
    command: Callable[[Setting], list[str]]


@dataclass(frozen=True, slots=True)
class Running:
    proxy: Proxy
    pid: int
    address: Address
    another: Callable[[int], AbstractContextManager["Running"]]  # of its kind, with a number


def _which(program: str) -> str | None:
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin")


def _needs(program: str, package: str) -> Callable[[], str | None]:
    def missing() -> str | None:
        return None if _which(program) else f"{program} is not installed: apt-get install {package}"

    return missing


def _nginx_version() -> str:
    return first_line(_which("nginx") or "nginx", "-v").removeprefix("nginx version: ")


def nginx_command(configuration: Path, directory: Path) -> list[str]:
    program = _which("nginx") or "nginx"
    return [program, "-c", str(configuration), "-e", str(directory / "error.log")]


def _sample(setting: Setting) -> list[str]:
    text = SAMPLE_CONF.read_text()
    # Its 4096 connections are two thousand WebSockets.
    text = text.replace("worker_connections 4096;", "worker_connections 32768;")
    text = text.replace("worker_processes 1;", "worker_processes @WORKERS@;")
    return nginx_command(setting.write("nginx.conf", text), setting.directory)


def _tuned(setting: Setting) -> list[str]:
    text = (CONF / "tuned.conf.in").read_text()
    return nginx_command(setting.write("nginx.conf", text), setting.directory)


def _haproxy(setting: Setting) -> list[str]:
    configuration = setting.write("haproxy.cfg", (CONF / "haproxy.cfg.in").read_text())
    return [_which("haproxy") or "haproxy", "-W", "-f", str(configuration)]


def _haproxy_version() -> str:
    return "HAProxy " + first_line(_which("haproxy") or "haproxy", "-v").split()[2]


def _express(setting: Setting) -> list[str]:
    host, port = setting.address
    options = {
        "host": host,
        "port": port,
        "certificate": str(setting.pki.proxy),
        "ca": str(setting.pki.ca),
        "upstream": places.UPSTREAM_HOST,
        "workers": setting.workers,
        "targets": [
            f"{places.UPSTREAM_NAME}:{upstream_port}"
            for upstream_port in (places.FAST_PORT, places.ECHO_PORT, places.FAR_PORT)
        ],
    }
    return [*express.command(), json.dumps(options)]


def _sigproxy(setting: Setting, upstream: str = "") -> list[str]:
    """Start sigproxy with its defaults; *upstream* has lines for that table."""
    text = (CONF / "sigproxy.toml.in").read_text()
    text = text.replace("[upstream]\n", f"[upstream]\n{upstream}")
    configuration = setting.write("sigproxy.toml", text)
    return [sys.executable, "-m", "sigproxy", "serve", "--config", str(configuration)]


def _shared(setting: Setting) -> list[str]:
    return _sigproxy(setting, upstream='reuse = "shared"\n')


def _before(setting: Setting) -> list[str]:
    """Start the sigproxy of another checkout, with the same interpreter, packages and settings.

    With ``-m``, Python looks into the working directory first, and only then into PYTHONPATH.
    """
    folder = Path(os.environ[BEFORE_FOLDER]).resolve()
    return ["env", f"--chdir={folder}", f"PYTHONPATH={folder}", *_sigproxy(setting)]


def _no_before() -> str | None:
    if os.environ.get(BEFORE_FOLDER):
        return None
    return f"{BEFORE_FOLDER} names no checkout: git worktree add FOLDER COMMIT"


def _sigproxy_version() -> str:
    return f"sigproxy {sigproxy.__version__}, aiohttp {version('aiohttp')}"


SIGPROXY, SHARED, BEFORE = "sigproxy", "shared", "before"
SAMPLE, TUNED, HAPROXY, EXPRESS = "sample", "tuned", "haproxy", "express"

PROXIES: Mapping[str, Proxy] = {
    proxy.name: proxy
    for proxy in (
        Proxy(SIGPROXY, "sigproxy", 9441, lambda: None, _sigproxy_version, _sigproxy),
        Proxy(SHARED, "sigproxy, shared", 9446, lambda: None, _sigproxy_version, _shared),
        Proxy(BEFORE, "sigproxy, before", 9447, _no_before, _sigproxy_version, _before),
        Proxy(
            SAMPLE, "NGINX, sample", 9442, _needs("nginx", "nginx-light"), _nginx_version, _sample
        ),
        Proxy(TUNED, "NGINX, tuned", 9443, _needs("nginx", "nginx-light"), _nginx_version, _tuned),
        Proxy(HAPROXY, "HAProxy", 9444, _needs("haproxy", "haproxy"), _haproxy_version, _haproxy),
        Proxy(
            EXPRESS,
            "http-proxy-middleware",
            9445,
            express.missing,
            express.version,
            _express,
        ),
    )
}


@contextmanager
def started(
    proxy: Proxy, directory: Path, pki: Pki, nameserver: str, workers: int = 1, number: int = 0
) -> Iterator[Running]:
    """Run *proxy* in a folder of its own below *directory*."""
    own = directory / f"{proxy.name}-{workers}-{number}"
    own.mkdir(exist_ok=True)
    # Two workers are another proxy, beside the first, and so is another of its kind.
    address = (places.PROXY_HOST, proxy.port + 100 * (workers - 1) + 10 * number)
    command = proxy.command(Setting(own, pki, nameserver, address, workers))
    cores = places.proxy_cores(workers)
    with running(proxy.name, command, own, cores, [address]) as pid:
        yield Running(
            proxy, pid, address, partial(started, proxy, directory, pki, nameserver, workers)
        )
