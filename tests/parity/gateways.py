"""The two gateways, as processes: NGINX with the sample configuration, and sigproxy."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.orphans import end_with_parent
from tests.parity.certificates import Certificates
from tests.parity.session import Endpoint
from tests.parity.upstream.server import DNS_ADDRESS

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
START_S = 45.0
STOP_S = 10.0

ONE_ROUTE = """
[[route]]
prefix = "/"
dialect = "path"
targets = ["*.com:*", "*.net:*"]
allowed_origins = ["https://app.example"]
"""
CONFIGURATION = """\
[server]
bind = ["{bind}"]
workers = 1
certificate = "{certificate}"
private_key = "{certificate}"

[upstream]
nameservers = ["{nameserver}"]
ca_file = "{ca_file}"
allow_networks = {networks}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a gateway listens, whom it asks for names, and into which networks it may dial."""

    address: tuple[str, int]
    nameserver: str = "{}:{}".format(*DNS_ADDRESS)
    networks: tuple[str, ...] = ("127.44.0.0/24", "::1/128")

    @property
    def listen(self) -> str:
        return "{}:{}".format(*self.address)


NGINX = Place(("127.0.0.1", 19443))
SIGPROXY = Place(("127.0.0.1", 19444))


def nginx_program() -> str | None:
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")


@contextmanager
def nginx(directory: Path, certificates: Certificates, place: Place = NGINX) -> Iterator[Endpoint]:
    """Run NGINX with ``nginx.conf.in``."""
    program = nginx_program()
    assert program is not None
    values = {
        "@DIR@": str(directory),
        "@LISTEN@": place.listen,
        "@CERTIFICATE@": str(certificates.gateway_file),
        "@DNS@": place.nameserver,
    }
    text = (HERE / "nginx.conf.in").read_text()
    for name, value in values.items():
        text = text.replace(name, value)
    configuration = directory / "nginx.conf"
    configuration.write_text(text)
    errors = directory / "error.log"
    command = [program, "-c", str(configuration), "-e", str(errors)]
    with _running("nginx", command, place.address, directory):
        yield Endpoint("nginx", place.address, certificates.ca_file)


@contextmanager
def sigproxy(
    directory: Path,
    certificates: Certificates,
    routes: str = ONE_ROUTE,
    place: Place = SIGPROXY,
) -> Iterator[Endpoint]:
    """Run ``sigproxy serve`` from this checkout."""
    configuration = directory / "sigproxy.toml"
    configuration.write_text(
        CONFIGURATION.format(
            bind=place.listen,
            certificate=certificates.gateway_file,
            nameserver=place.nameserver,
            ca_file=certificates.ca_file,
            networks=json.dumps(place.networks),
        )
        + routes
    )
    command = [sys.executable, "-m", "sigproxy", "serve", "--config", str(configuration)]
    with _running("sigproxy", command, place.address, directory):
        yield Endpoint("sigproxy", place.address, certificates.ca_file)


@contextmanager
def _running(
    name: str, command: Sequence[str], address: tuple[str, int], directory: Path
) -> Iterator[None]:
    """Run *command* until the block ends; its output is in ``NAME.log``."""
    _check_free(name, address)
    log = directory / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent,
        )
        try:
            await_listener(name, process, address, log)
            yield
        finally:
            stop(process)


def _check_free(name: str, address: tuple[str, int]) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            host, port = address
            raise RuntimeError(f"{name} needs {host}:{port}: {error.strerror}") from error


def await_listener(
    name: str, process: subprocess.Popen[bytes], address: tuple[str, int], log: Path
) -> None:
    give_up = time.monotonic() + START_S
    while time.monotonic() < give_up and process.poll() is None:
        try:
            socket.create_connection(address, 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{name} did not start:\n{log.read_text(errors='replace')[-2000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
