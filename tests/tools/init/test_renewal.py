"""What `sigproxy init` writes, certbot renews: with an authority that speaks ACME (pebble)."""

import asyncio
import json
import os
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.lab.dns import Name
from tests.lab.lab import Lab, until
from tests.orphans import end_with_parent
from tests.ports import free_port
from tests.service.process import START_S, child, ran

HOST = "gateway.example"
SERVED_S = 10.0  # after certbot has ended
CERTBOT_S = 120.0
_MISSING = [name for name in ("certbot", "pebble", "openssl") if shutil.which(name) is None]
pytestmark = [
    pytest.mark.root,
    pytest.mark.timeout(400),
    pytest.mark.skipif(
        bool(_MISSING), reason=f"not installed: apt-get install {' '.join(_MISSING)}"
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="certbot and the ports need root"),
]


async def listens(port: int) -> None:
    async with asyncio.timeout(START_S):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)


async def ended(process: "asyncio.subprocess.Process") -> None:
    if process.returncode is None:
        process.terminate()
    await asyncio.wait_for(process.wait(), START_S)


@pytest.fixture
async def authority(lab: Lab, tmp_path: Path) -> AsyncIterator[str]:
    """Run pebble; return its directory's URL. It looks names up at the lab's name server."""
    lab.dns.zone[HOST] = Name(("127.0.0.1",))
    port = free_port()
    certificate, key = lab.pki.certificate, lab.pki.private_key
    document = {
        "listenAddress": f"127.0.0.1:{port}",
        "managementListenAddress": f"127.0.0.1:{free_port()}",
        "certificate": str(certificate),
        "privateKey": str(key),
        "httpPort": 80,
        "tlsPort": 443,
    }
    file = tmp_path / "pebble.json"
    file.write_text(json.dumps({"pebble": document}))
    # By default it waits, refuses nonces and reuses authorizations at random, to try clients.
    quiet = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "0"}
    command = ("pebble", "-config", str(file), "-dnsserver", lab.dns.address)
    process = await child(command, tmp_path / "pebble.log", quiet)
    try:
        await listens(port)
        yield f"https://localhost:{port}/dir"
    finally:
        await ended(process)


async def certbot(lab: Lab, folder: Path, *arguments: str) -> None:
    places = (f"--{kind}-dir={folder / 'certbot' / kind}" for kind in ("config", "work", "logs"))
    # certbot trusts the authority's own TLS certificate by this variable.
    environ = dict(os.environ) | {"REQUESTS_CA_BUNDLE": str(lab.pki.ca_file)}
    process = await asyncio.create_subprocess_exec(
        *("certbot", *arguments, *places, "--non-interactive"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environ,
        preexec_fn=end_with_parent,
    )
    said, _ = await asyncio.wait_for(process.communicate(), CERTBOT_S)
    assert process.returncode == 0, said.decode()


def pem_served() -> str:
    return ssl.get_server_certificate(("127.0.0.1", 8443), timeout=5.0)


async def served_other_than(before: str) -> str:
    """Return the certificate that replaces *before*, within the time that is promised."""
    began = time.monotonic()
    while (now := await asyncio.to_thread(pem_served)) == before:
        assert time.monotonic() - began < SERVED_S, "the one before is served still"
        await asyncio.sleep(0.1)
    return now


async def test_the_first_certificate_and_its_renewal_are_served(
    lab: Lab, authority: str, tmp_path: Path
) -> None:
    folder = tmp_path / "set-up"
    sigproxy = (sys.executable, "-m", "sigproxy")
    code, _, said = await ran((*sigproxy, "init", "--preset", "acs", "--name", HOST, str(folder)))
    assert code == 0, said
    serve = (*sigproxy, "serve", "--config", str(folder / "sigproxy.toml"))
    log = tmp_path / "gateway.log"
    gateway = await child(serve, log)
    try:
        # Before that, the check of the configuration tries the port.
        await until(lambda: "Listening at" in log.read_text(), START_S)
        own = await asyncio.to_thread(pem_served)
        assert own == (folder / "fullchain.pem").read_text()

        hook = ("--deploy-hook", str(folder / "certbot" / "deploy-hook"))
        account = ("--agree-tos", "--register-unsafely-without-email", "--server", authority)
        await certbot(lab, tmp_path, "certonly", "--standalone", "-d", HOST, *account, *hook)
        first = await served_other_than(own)

        await certbot(lab, tmp_path, "renew", "--force-renewal", "--no-random-sleep-on-renew")
        second = await served_other_than(first)
        # Its workers serve it; the master tells, when it has seen it too.
        said = f"{folder}/fullchain.pem: renewed, valid until"
        await until(lambda: log.read_text().count(said) == 2, START_S)
    finally:
        await ended(gateway)

    assert len({own, first, second}) == 3
    assert second in (folder / "fullchain.pem").read_text()
    assert (folder / "privkey.pem").stat().st_mode & 0o777 == 0o640


async def test_the_hook_leaves_other_names_alone(tmp_path: Path) -> None:
    folder = tmp_path / "set-up"
    sigproxy = (sys.executable, "-m", "sigproxy")
    await ran((*sigproxy, "init", "--preset", "acs", "--name", HOST, str(folder)))
    before = (folder / "fullchain.pem").read_text()
    lineage = tmp_path / "live"
    lineage.mkdir()
    for name in ("fullchain.pem", "privkey.pem"):
        (lineage / name).write_text(f"another {name}\n")

    hook = str(folder / "certbot" / "deploy-hook")
    for domains, expected in (("www.example", before), (f"a.example {HOST}", "another")):
        environ = {"RENEWED_DOMAINS": domains, "RENEWED_LINEAGE": str(lineage)}
        assert (await ran((hook,), environ))[0] == 0
        assert (folder / "fullchain.pem").read_text().startswith(expected)
