"""Gateways as processes, and the upstreams behind them, at the addresses of the benchmark."""

import json
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks import pki, places, proxies
from benchmarks.pki import Pki
from benchmarks.processes import running
from benchmarks.proxies import HAPROXY, PROXIES, SAMPLE, SIGPROXY
from tests.conformance import tools
from tests.conformance.model import Arrived, Row, Seen

__all__ = ["HAPROXY", "SAMPLE", "SIGPROXY", "Gateway", "Network", "obstacle", "started"]

START_S = 15.0
ANSWER_S = 3.0  # for the first byte of an answer
SILENCE_S = 0.3  # behind an answer: no other one comes
SETTLE_S = 0.03  # for what is on its way to the upstream when the client is answered


def obstacle() -> str | None:
    """Return why no gateway can be run here; None if one can."""
    if sys.platform != "linux":
        return "the suites need Linux, where all of 127.0.0.0/8 is loopback"
    return None


@dataclass(frozen=True, slots=True)
class Gateway:
    """One that listens, with TLS."""

    name: str
    address: tuple[str, int]
    ca: Path

    @property
    def own(self) -> str:
        return f"{places.PROXY_NAME}:{self.address[1]}"

    def url(self, port: int, path: str, scheme: str = "https") -> str:
        """Return the URL that leads to *path* at the upstream's *port*."""
        host, own = self.address
        return f"{scheme}://{host}:{own}{places.target(port, path)}"

    def connect(self) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=self.ca)
        plain = socket.create_connection(self.address, ANSWER_S)
        return context.wrap_socket(plain, server_hostname=places.PROXY_NAME)


class Network:
    """*gateways* by name; all of it is one upstream's."""

    def __init__(self, directory: Path, keys: Pki) -> None:
        self.directory = directory
        self.pki = keys
        self.gateways: dict[str, Gateway] = {}
        self.journal = directory / "journal"

    def arrived(self, since: int = 0) -> tuple[Arrived, ...]:
        """Return the whole requests that reached the upstream, without the first *since*."""
        lines = self.journal.read_text().splitlines()[since:]
        pairs = (json.loads(line) for line in lines)
        return tuple(
            Arrived(head.encode("latin-1"), body.encode("latin-1")) for head, body in pairs
        )

    def play(self, gateway: Gateway, row: Row) -> tuple[Row, Seen]:
        """Send the row's bytes; return the row as it was sent, and what came of it."""
        row = row.filled(places.target(places.FAST_PORT, ""), gateway.own)
        before = len(self.arrived())
        received = _exchanged(gateway, row.raw)
        time.sleep(SETTLE_S)
        return row, Seen(received, self.arrived(before))


def _exchanged(gateway: Gateway, raw: bytes) -> bytes:
    """Send *raw*; return what comes until the connection ends, or nothing more does."""
    received = b""
    with gateway.connect() as client, suppress(OSError):  # a reset is an end too
        with suppress(ConnectionError):  # what was answered before it was all sent
            client.sendall(raw)
        while part := client.recv(65536):
            received += part
            client.settimeout(SILENCE_S)
    return received


@contextmanager
def started(*names: str) -> Iterator[Network]:
    """Run the upstream and these gateways, in a directory of their own."""
    with (
        tempfile.TemporaryDirectory(prefix="sigproxy-conformance-") as path,
        ExitStack() as stack,
    ):
        network = Network(Path(path), pki.create(Path(path)))
        nameserver = stack.enter_context(_recording(network))
        for name in names:
            starting = proxies.started(PROXIES[name], network.directory, network.pki, nameserver)
            running = stack.enter_context(starting)
            network.gateways[name] = Gateway(name, running.address, network.pki.ca)
        yield network


@contextmanager
def _recording(network: Network) -> Iterator[str]:
    """Run the recording upstream; yield its name server's address."""
    ready = network.directory / "nameserver"
    module = [sys.executable, "-m", "tests.conformance.upstream"]
    command = [*module, str(network.pki.upstream), str(ready), str(network.journal)]
    address = (places.UPSTREAM_HOST, places.FAST_PORT)
    with running("recording", command, network.directory, places.load_cores(), [address]):
        yield ready.read_text()


@contextmanager
def libraries(network: Network) -> Iterator[None]:
    """Run the servers of npm's ws and socket.io behind the upstream's other two ports."""
    ports = (places.ECHO_PORT, places.FAR_PORT)
    options = {
        "host": places.UPSTREAM_HOST,
        "certificate": str(network.pki.upstream),
        "echo": places.ECHO_PORT,
        "socketio": places.FAR_PORT,
    }
    command = [*tools.node("servers.js"), json.dumps(options)]
    addresses = [(places.UPSTREAM_HOST, port) for port in ports]
    with running("libraries", command, network.directory, places.load_cores(), addresses):
        yield
