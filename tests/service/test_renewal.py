"""A certificate renewed on disk: served by every worker, without a signal."""

import asyncio
import os
import shutil
import signal
import ssl
import sys
from collections.abc import Callable
from pathlib import Path

import trustme

from tests.gateway.turn import turn_beside
from tests.lab.client import Client
from tests.lab.frames import TEXT, Frame, echo_frames, frame, handshake, read_frame, upgraded
from tests.lab.lab import Lab, until
from tests.lab.pki import Pki
from tests.lab.turn import BINDING, TurnServer
from tests.lab.wire import within
from tests.service.process import ROOT, START_S, Service, serve_with

Make = Callable[..., Service]

POLL_EVERY_S, POLLS = 0.2, 10  # the master looks once a second at most
WATCHFUL = serve_with({"sigproxy.renewal.POLL_EVERY_S": POLL_EVERY_S})


class Disk:
    """Where the gateway finds its pair."""

    def __init__(self, directory: Path, pki: Pki) -> None:
        self.certificate, self.private_key = directory / "cert.pem", directory / "key.pem"
        shutil.copy(pki.certificate, self.certificate)
        shutil.copy(pki.private_key, self.private_key)

    @property
    def server(self) -> dict[str, object]:
        return {"certificate": str(self.certificate), "private_key": str(self.private_key)}

    def renew(self) -> ssl.SSLContext:
        """Put another authority's pair in place; return the context of who trusts that alone."""
        authority = trustme.CA()
        leaf = authority.issue_cert("localhost")
        leaf.private_key_pem.write_to_path(str(self.private_key))
        leaf.cert_chain_pems[0].write_to_path(str(self.certificate))
        return ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())


async def serves(running: Service, worker: int, trust: ssl.SSLContext) -> bool:
    """Return whether *worker* serves a new connection with a certificate that *trust* takes."""
    with running.only(worker):
        try:
            client = await Client.open("127.0.0.1", running.port, trust)
        except ssl.SSLCertVerificationError:
            return False
        assert (await client.get(b"/-/live")).status == 200
        client.close()
    return True


async def all_serve(running: Service, trust: ssl.SSLContext) -> None:
    """Wait until every worker does."""
    async with within(START_S):
        for worker in running.workers():
            while not await serves(running, worker, trust):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def test_all_workers_serve_it_and_nobody_is_disturbed(
    lab: Lab, service: Make, pki: Pki, tmp_path: Path
) -> None:
    disk = Disk(tmp_path, pki)
    upstream = await lab.upstream(upgraded(echo_frames))
    running = service(server={"workers": 2, **disk.server})
    await running.start(WATCHFUL)
    websocket = await running.client()
    await handshake(websocket, upstream.at("/"))
    workers = running.workers()

    trust = disk.renew()
    await all_serve(running, trust)

    assert running.workers() == workers
    websocket.send(frame(TEXT, b"still here", masked=True))
    assert await read_frame(websocket) == Frame(TEXT, b"still here")
    await running.says(f"{disk.certificate}: renewed, valid until 3000")

    os.kill(workers[0], signal.SIGKILL)
    await running.says("Booting worker", times=3)
    await until(lambda: len(running.workers()) == 2)
    for worker in running.workers():
        assert await serves(running, worker, trust)
    await asyncio.sleep(POLLS * POLL_EVERY_S)
    assert running.said.count("renewed, valid until") == 1


async def test_what_is_relayed_goes_on(service: Make, pki: Pki, tmp_path: Path) -> None:
    disk, server = Disk(tmp_path, pki), TurnServer()
    await server.start()
    running = service(server=disk.server)
    running.document["turn"] = turn_beside(tmp_path) | {"relay": f"127.0.0.1:{server.port}"}
    running.write()
    await running.start(WATCHFUL)
    old = await running.client()
    assert await echoed(old, BINDING) == BINDING

    trust = disk.renew()
    await all_serve(running, trust)

    assert await echoed(old, b"still here") == b"still here"
    new = await Client.open("127.0.0.1", running.port, trust)
    assert await echoed(new, BINDING) == BINDING
    assert len(server.sessions) == 2
    new.close()
    await server.close()


async def echoed(client: Client, data: bytes) -> bytes:
    client.send(data)
    async with within():
        return await client.reader.readexactly(len(data))


async def test_half_a_pair_is_said_once_and_changes_nothing(
    service: Make, pki: Pki, tmp_path: Path
) -> None:
    disk = Disk(tmp_path, pki)
    running = service(server={"workers": 2, **disk.server})
    await running.start(WATCHFUL)

    shutil.copy(pki.foreign_key(), disk.private_key)
    await running.says("the certificate is not renewed: the key in ")
    await asyncio.sleep(POLLS * POLL_EVERY_S)

    assert running.said.count("is not renewed") == 1
    assert "; name the pair; in a chain the server's own certificate comes first; " in running.said
    assert "the one before is served still, and valid until 3000" in running.said
    for worker in running.workers():
        assert await serves(running, worker, pki.client())

    trust = disk.renew()
    await all_serve(running, trust)
    await running.says("renewed, valid until")  # the master sees it in its own time
    assert running.said.count("renewed, valid until") == 1


async def test_plain_gunicorn_takes_it_up_too(service: Make, pki: Pki, tmp_path: Path) -> None:
    disk = Disk(tmp_path, pki)
    running = service(server=disk.server)
    command = (sys.executable, "-m", "gunicorn", "-c", str(ROOT / "conf" / "gunicorn.conf.py"))
    await running.start(command, {"SIGPROXY_CONFIG": str(running.config)})
    [worker] = running.workers()
    assert await serves(running, worker, pki.client())

    trust = disk.renew()
    await all_serve(running, trust)

    await until(lambda: running.said.count("renewed, valid until") == 1)
