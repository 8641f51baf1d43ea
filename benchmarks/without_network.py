"""CPU of an exchange alone: no sockets, no TLS, no kernel; fake transports on both sides.

    python -m benchmarks.without_network                   this checkout
    python -m benchmarks.without_network --beside FOLDER   and another one, turn by turn

The access log is written, to nowhere. Each figure is the best of TIMES rounds: what disturbs only
adds. FOLDER is a checkout of sigproxy (git worktree add FOLDER COMMIT), run by the same interpreter
with the same packages.
"""

import argparse
import asyncio
import importlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TIMES = 12
EXCHANGES = 3000
ORIGIN = b"https://app.example"
SETTINGS = """
[server]
public_names = ["gw.example"]
[access_log]
path = "{log}"
format = "combined"
[[route]]
targets = ["*.example.com"]
allowed_origins = ["{origin}"]
"""
# What a browser sends, as benchmarks/load does.
BROWSER = (
    b"Host: gw.example\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate, br\r\n"
    b"Accept-Language: en\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0\r\n"
    b"Referer: https://app.example/call\r\nOrigin: " + ORIGIN + b"\r\n"
)
SMALL = (
    b"GET /api.example.com/v1/x?y=1 HTTP/1.1\r\n" + BROWSER + b"Authorization: Bearer abc\r\n\r\n"
)
PREFLIGHT = (
    b"OPTIONS /api.example.com/v1/x HTTP/1.1\r\n"
    + BROWSER
    + b"Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-token\r\n\r\n"
)
RESPONSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Mon, 01 Jan 2026 00:00:00 GMT\r\n"
    b"Server: vendor\r\nCache-Control: no-store\r\nContent-Length: 18\r\n\r\n"
    b'{"status": "fine"}'
)
KINDS = {"a small request": SMALL, "a preflight": PREFLIGHT}
# Where each thing is now, and where it was.
PLACES = {
    "build_gateway": ("assembly.gateway", "assembly"),
    "DownstreamProtocol": ("gateway.downstream.connection", "gateway.downstream"),
    "Connection": ("gateway.upstream.connection", "gateway.connection"),
    "Upstream": ("gateway.upstream.client", "gateway.upstream"),
    "Resolver": ("gateway.upstream.resolver", "gateway.resolver"),
    "client_context": ("gateway.upstream.tls", "gateway.tls"),
}


class Resumed:
    """A TLS connection of which there is nothing to learn."""

    session_reused = True


class Fake(asyncio.Transport):
    """Hands on what is written."""

    def __init__(self, written: Callable[[bytes], object], sock: socket.socket) -> None:
        super().__init__({"socket": sock, "peername": ("192.0.2.1", 1), "ssl_object": Resumed()})
        self.written = written

    def write(self, data: Any) -> None:
        self.written(data)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return False

    def close(self) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def found(name: str) -> Any:
    for place in PLACES[name]:
        try:
            return getattr(importlib.import_module(f"sigproxy.{place}"), name)
        except (ImportError, AttributeError):
            continue
    raise ImportError(name)


def reading(protocol: Any) -> Callable[[bytes], None]:
    """Return how *protocol* is given what a transport reads."""
    if not isinstance(protocol, asyncio.BufferedProtocol):
        return protocol.data_received  # type: ignore[no-any-return]

    def read(data: bytes) -> None:
        protocol.get_buffer(-1)[: len(data)] = data
        protocol.buffer_updated(len(data))

    return read


@asynccontextmanager
async def driven(
    kind: str, log: str, tables: str = ""
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Yield what plays one exchange on one connection; *tables* are more of the configuration."""
    config = importlib.import_module("sigproxy.config")
    text = SETTINGS.format(log=log, origin=ORIGIN.decode()) + tables
    file = Path(log).with_name("sigproxy.toml")
    file.write_text(text)
    settings = config.load(file, {})
    gateway = found("build_gateway")(settings, found("client_context")(None, None))
    loop = asyncio.get_running_loop()
    upstream_sock, client_sock = socket.socketpair()
    ended = asyncio.Event()

    async def dial(self: Any, authority: Any, addresses: Any, *_: Any) -> Any:
        connection = found("Connection")(authority, loop)

        def answer(data: bytes) -> None:
            loop.call_soon(connection.data_received, RESPONSE)

        connection.connection_made(Fake(answer, upstream_sock))
        connection.address = addresses[0]
        return connection

    found("Upstream")._dial = dial
    found("Resolver").known = lambda self, host: ("192.0.2.9",)
    protocol = found("DownstreamProtocol")(gateway, set(), 75.0, loop, "192.0.2.1")

    def answered(data: bytes) -> None:
        if not data.startswith(b"HTTP/1.1 20"):
            raise RuntimeError(f"answers {data[:200]!r}")
        ended.set()

    protocol.connection_made(Fake(answered, client_sock))
    read, request = reading(protocol), KINDS[kind]

    async def exchange() -> None:
        ended.clear()
        read(request)
        await ended.wait()
        if protocol.task is not None:
            await protocol.task

    yield exchange
    protocol.connection_lost(None)
    await gateway.upstream.close()
    gateway.observers.closed()
    for sock in (upstream_sock, client_sock):
        sock.close()


async def seconds(kind: str, log: str) -> float:
    """Return how long one exchange takes, over EXCHANGES on one connection."""
    async with driven(kind, log) as exchange:
        for _ in range(200):  # the first ones warm up
            await exchange()
        began = time.process_time()
        for _ in range(EXCHANGES):
            await exchange()
        return (time.process_time() - began) / EXCHANGES


def measure() -> dict[str, float]:
    """Return one round's figures in us, for the sigproxy that is imported here."""
    try:
        from uvloop import run
    except ImportError:
        from asyncio import run
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        log = str(Path(directory) / "access.log")
        return {kind: 1e6 * run(seconds(kind, log)) for kind in KINDS}


def rounds(checkouts: Sequence[Path], times: int) -> Iterator[tuple[Path, dict[str, float]]]:
    for number in range(times):
        for checkout in checkouts if number % 2 else checkouts[::-1]:
            command = [sys.executable, str(Path(__file__)), "--alone"]
            environ = {**os.environ, "PYTHONPATH": str(checkout)}
            done = subprocess.run(
                command, cwd=checkout, env=environ, capture_output=True, text=True, check=True
            )
            yield checkout, json.loads(done.stdout)


def best(checkouts: Sequence[Path], times: int) -> dict[Path, dict[str, float]]:
    found: dict[Path, list[dict[str, float]]] = {checkout: [] for checkout in checkouts}
    for checkout, figures in rounds(checkouts, times):
        found[checkout].append(figures)
    return {
        checkout: {kind: min(each[kind] for each in taken) for kind in KINDS}
        for checkout, taken in found.items()
    }


def table(least: dict[Path, dict[str, float]], times: int) -> Iterator[str]:
    own, *others = least.values()
    heads = [folder.name for folder in least] + ["ratio"] * bool(others)
    yield f"| CPU without network, best of {times} | {' | '.join(heads)} |"
    yield "|---|" + "--:|" * len(heads)
    for kind in KINDS:
        cells = [f"{each[kind]:.1f} us" for each in least.values()]
        cells += [f"{own[kind] / other[kind]:.2f}" for other in others]
        yield f"| {kind} | {' | '.join(cells)} |"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.without_network")
    parser.add_argument("--beside", type=Path, metavar="FOLDER")
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.alone:
        print(json.dumps(measure()))
        return 0
    checkouts = [ROOT, *([chosen.beside.resolve()] if chosen.beside else [])]
    print("\n".join(table(best(checkouts, chosen.times), chosen.times)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
