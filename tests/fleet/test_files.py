"""The files of contrib/ are what HAProxy takes, and agree with one another."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.fleet import balancers, filled
from tests.fleet.filled import GATEWAY, HTTP2, KEEPALIVED, TCP
from tests.fleet.networks import BALANCERS, GATEWAYS, SHARED
from tests.lab.pki import Pki
from tests.service.process import ran


@pytest.mark.skipif(balancers.HAPROXY is None, reason="needs HAProxy: apt-get install haproxy")
@pytest.mark.parametrize("file", [TCP, HTTP2], ids=lambda file: file.stem)
async def test_haproxy_takes_it(file: Path, pki: Pki, tmp_path: Path) -> None:
    changes = {"/etc/haproxy/gateway.pem": str(pki.write("gateway.example"))}
    changes["/etc/ssl/certs/ca-certificates.crt"] = str(pki.ca_file)
    written = tmp_path / "haproxy.cfg"
    written.write_text(filled.filled(file, changes if file == HTTP2 else {}))
    code, out, err = await ran(
        (str(balancers.HAPROXY), "-c", "-L", "balancer1", "-f", str(written))
    )
    said = [line for line in (out + err).splitlines() if "NOTICE" not in line]
    assert (code, said) == (0, ["Configuration file is valid"])


@pytest.mark.parametrize("file", [TCP, HTTP2], ids=lambda file: file.stem)
def test_the_addresses_are_the_same_in_all_files(file: Path) -> None:
    text = file.read_text()
    for name in re.findall(r"^backend (gateways\w*)", text, re.MULTILINE):
        part = text.partition(f"\nbackend {name}\n")[2].partition("\n\n")[0]
        assert tuple(re.findall(r"^ +server \S+ (\S+):8443", part, re.MULTILINE)) == GATEWAYS
    assert tuple(re.findall(r"^ +peer \S+ (\S+):", text, re.MULTILINE)) == BALANCERS
    known = {*BALANCERS, SHARED}
    assert set(re.findall(r"203\.0\.113\.\d+", KEEPALIVED.read_text())) == known
    example = tomllib.loads(GATEWAY.read_text())
    assert tuple(example["server"]["trusted_proxies"]) == BALANCERS
    assert example["turn"]["addresses"] == [GATEWAYS[0]]


def test_haproxy_sees_a_drain_in_time() -> None:
    """Which takes as many checks as may fail, and one that has just begun."""
    server = tomllib.loads(GATEWAY.read_text())["server"]
    for file in (TCP, HTTP2):
        for every_s, failures in re.findall(r"check inter (\d+)s fall (\d+)", file.read_text()):
            assert int(every_s) * (int(failures) + 1) < server["drain_notice_s"]
