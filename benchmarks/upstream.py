"""The upstream: NGINX for what is small and fast, a process of ours for the rest."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import places
from benchmarks.pki import Pki
from benchmarks.processes import running
from benchmarks.proxies import CONF, nginx_command

JSON = '{"name":"value","list":[1,2,3],"text":"' + "x" * 59 + '"}'
FIVE_MB = 5_000_000
assert len(JSON) == 100


@contextmanager
def started(directory: Path, pki: Pki, host: str = places.UPSTREAM_HOST) -> Iterator[str]:
    """Run the upstream at *host*; yield the address of its name server."""
    own = directory / "upstream"
    own.mkdir()
    with _fast(own, pki, host), _helper(own, pki, host) as nameserver:
        yield nameserver


@contextmanager
def _fast(own: Path, pki: Pki, host: str) -> Iterator[None]:
    (own / "five").write_bytes(bytes(FIVE_MB))
    address = (host, places.FAST_PORT)
    values = {
        "DIR": own,
        "LISTEN": "{}:{}".format(*address),
        "CERTIFICATE": pki.upstream,
        "JSON": JSON,
    }
    text = (CONF / "upstream.conf.in").read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    configuration = own / "nginx.conf"
    configuration.write_text(text)
    command = nginx_command(configuration, own)
    with running("upstream", command, own, places.load_cores(), [address]):
        yield


@contextmanager
def _helper(own: Path, pki: Pki, host: str) -> Iterator[str]:
    ready = own / "helper.json"
    command = [sys.executable, "-m", "benchmarks.helper", str(pki.upstream), str(ready), host]
    ports = (places.ECHO_PORT, places.FAR_PORT)
    addresses = [(host, port) for port in ports]
    with running("helper", command, own, places.load_cores(), addresses):
        while not ready.exists():  # written before the first of them listens
            time.sleep(0.05)
        yield json.loads(ready.read_text())["nameserver"]
