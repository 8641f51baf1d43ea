"""What `sigproxy init` writes, put in place as its README says, under a real systemd."""

import re
import ssl
from collections.abc import Iterator
from http.client import HTTPSConnection

import pytest

from tests.service import booted
from tests.service.booted import USER, Machine
from tests.service.process import START_S
from tests.service.test_booted import obstacle

INIT = ("init", "--preset", "acs", "--name", "gw.example", "--origin", "https://app.gw.example")


@pytest.fixture
def machine() -> Iterator[Machine]:
    if reason := obstacle():
        pytest.skip(reason)
    with booted.booted() as made:
        yield made


def commands(readme: str, title: str) -> list[str]:
    """Return the commands below *title*, but those that need the network."""
    block = re.split(r"^\d+\. ", readme.partition(title)[2], flags=re.MULTILINE)[0]
    lines = re.findall(r"^    (.*)$", block, re.MULTILINE)
    assert lines, readme
    return [line for line in lines if not line.startswith(("apt-get", "certbot", "curl"))]


def test_its_readme_leads_to_a_gateway_that_serves(machine: Machine) -> None:
    said = machine.sigproxy(*INIT)
    assert said.returncode == 0, said.stdout
    said = machine.sigproxy("check", "--config", str(booted.CONFIG))
    assert said.returncode == 0, said.stdout
    for name in ("README", "systemd/sigproxy.service"):
        # The program of this machine is a script, which finds the checkout.
        file = machine.path(f"/etc/sigproxy/{name}")
        file.write_text(re.sub(r"[^\s=]+ -m sigproxy", booted.COMMAND, file.read_text()))
    readme = machine.path("/etc/sigproxy/README").read_text()

    for title in ("A user for the service", "The units", "The service"):
        for line in commands(readme, title):
            said = machine.run("sh", "-c", line)
            assert said.returncode == 0, f"{line}: {said.stdout}\n{machine.journal()}"
            if " check " in line:
                assert f"user: {USER}, " in said.stdout
                assert "is self-signed" in said.stdout
                assert "ok; 1 route(s) on 0.0.0.0:443, [::]:443" in said.stdout

    certificate = machine.path("/etc/sigproxy/fullchain.pem").read_text()
    context = ssl.create_default_context(cadata=certificate)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    connection = HTTPSConnection("gw.example", context=context, timeout=START_S)
    connection.sock = context.wrap_socket(machine.connected(443), server_hostname="gw.example")
    connection.request("GET", "/-/ready")
    assert connection.getresponse().status == 200
    connection.close()
    assert machine.show("User") == USER
    machine.must("systemctl", "reload", "sigproxy")
