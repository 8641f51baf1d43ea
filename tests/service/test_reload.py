"""HUP: a new configuration in new workers, or the old one if the new one is bad."""

import asyncio
import base64
import hmac
import shutil
import signal
import ssl
from collections.abc import Callable
from pathlib import Path

import trustme

from tests.lab.client import Client
from tests.lab.dns import Name
from tests.lab.frames import (
    TEXT,
    Frame,
    close,
    frame,
    handshake,
    ok_or_echo,
    read_frame,
)
from tests.lab.lab import Lab, until
from tests.lab.pki import Pki
from tests.lab.upstream import Peer, Upstream
from tests.lab.wire import response
from tests.service.admin import reloaded
from tests.service.process import Service, serve_with

Make = Callable[..., Service]
OTHER = "up.example.net"
NESTING = "sigproxy.config.nesting"


async def vendor(lab: Lab) -> Upstream:
    lab.dns.zone[OTHER] = Name(("127.0.0.1",))

    return await lab.upstream(ok_or_echo)


async def status(running: Service, target: bytes) -> int:
    client = await running.client()
    answer = await client.get(target)
    client.close()
    return answer.status


async def test_new_targets_take_effect(lab: Lab, service: Make) -> None:
    upstream = await vendor(lab)
    running = service()
    await running.start()
    assert await status(running, upstream.at("/", OTHER)) == 403

    running.document["route"][0]["targets"].append("*.example.net:*")
    running.write()
    await reloaded(running)

    assert await status(running, upstream.at("/", OTHER)) == 200
    assert await status(running, upstream.at("/")) == 200
    running.signal(signal.SIGTERM)
    assert await running.ended() == 0


async def test_a_websocket_is_told_while_new_clients_are_served(lab: Lab, service: Make) -> None:
    upstream = await vendor(lab)
    running = service()
    await running.start()
    websocket = await running.client()
    await handshake(websocket, upstream.at("/ws"))
    websocket.send(frame(TEXT, b"before", masked=True))
    assert await read_frame(websocket) == Frame(TEXT, b"before")

    running.signal(signal.SIGHUP)
    statuses = []
    goodbye = asyncio.create_task(read_frame(websocket))
    while not goodbye.done():
        statuses.append(await status(running, upstream.at("/")))
        await asyncio.sleep(0.02)

    assert (await goodbye).close_code == 1012
    websocket.send(close(1012, masked=True))
    assert await websocket.closed() == b""
    assert set(statuses) == {200}
    assert await status(running, upstream.at("/")) == 200


async def test_no_request_is_lost_over_a_reload(lab: Lab, service: Make) -> None:
    upstream = await vendor(lab)
    running = service(server={"workers": 2})
    await running.start()
    answered: list[int] = []
    reload = asyncio.create_task(reloaded(running))

    async def asking() -> None:
        answered.append(await status(running, upstream.at("/")))
        while not reload.done():
            answered.append(await status(running, upstream.at("/")))
        answered.append(await status(running, upstream.at("/")))  # by new workers

    await asyncio.gather(reload, *(asking() for _ in range(4)))

    assert set(answered) == {200}


async def signed_with(running: Service, *secrets: str) -> str | None:
    """Return which of *secrets* signed a credential of the gateway's."""
    client = await running.client()
    answer = await client.get(b"/-/ice?sdk=webrtc&format=uberti")
    client.close()
    username, password = answer.json["username"], answer.json["password"]
    digests = {each: hmac.digest(each.encode(), username.encode(), "sha1") for each in secrets}
    signed = [each for each in secrets if base64.b64encode(digests[each]).decode() == password]
    return signed[0] if signed else None


async def test_the_secret_of_turn_changes_without_a_restart(service: Make, tmp_path: Path) -> None:
    old, new = "0123456789abcdef" * 2, "fedcba9876543210" * 2
    running, file = service(), tmp_path / "turn-secret"
    file.write_text(old)
    file.chmod(0o600)
    turn = {"name": "gw.example", "secret_file": str(file), "open": True}
    running.document["turn"] = turn
    running.write()
    await running.start()
    assert await signed_with(running, old, new) == old

    file.write_text(f"{new}\n{old}\n")
    await reloaded(running)

    assert await signed_with(running, old, new) == new
    file.write_text("too-short")
    running.signal(signal.SIGHUP)
    await running.says("turn.secret_file")
    assert await signed_with(running, old, new) == new
    assert old not in running.said + running.logged
    assert "too-short" not in running.said


async def test_access_keys_change_without_a_restart(
    lab: Lab, service: Make, tmp_path: Path
) -> None:
    upstream = await vendor(lab)
    running, keys = service(), tmp_path / "keys"
    keys.write_text("first-key-0001\n")
    running.document["route"][0]["keys_file"] = str(keys)
    running.write()
    await running.start()
    first, second = (b"/" + key + upstream.at("/") for key in (b"first-key-0001", b"second-key-02"))
    assert [await status(running, each) for each in (first, second)] == [200, 403]

    keys.write_text("second-key-02\n")
    await reloaded(running)

    assert [await status(running, each) for each in (first, second)] == [403, 200]
    running.signal(signal.SIGTERM)
    assert await running.ended() == 0
    assert "-key-0" not in running.logged + running.said


async def test_a_bad_configuration_changes_nothing(lab: Lab, service: Make) -> None:
    upstream = await vendor(lab)
    running = service()
    await running.start()
    websocket = await running.client()
    await handshake(websocket, upstream.at("/ws"))
    workers = running.workers()

    running.document["server"]["drian_s"] = 5
    running.document["route"][0]["redirects"] = "sometimes"
    running.write()
    running.signal(signal.SIGHUP)
    await running.says("not reloaded")

    assert f"{running.config}: server.drian_s: unknown key; did you mean drain_s?" in running.said
    assert f"{running.config}: route[0].redirects: 'sometimes'" in running.said
    assert running.workers() == workers
    assert await status(running, upstream.at("/")) == 200
    websocket.send(frame(TEXT, b"still here", masked=True))
    assert await read_frame(websocket) == Frame(TEXT, b"still here")
    websocket.close()

    del running.document["server"]["drian_s"]
    del running.document["route"][0]["redirects"]
    running.write()
    await reloaded(running)
    assert await status(running, upstream.at("/")) == 200


async def test_a_new_certificate_is_served(service: Make, pki: Pki, tmp_path: Path) -> None:
    files = {"certificate": tmp_path / "cert.pem", "private_key": tmp_path / "key.pem"}
    shutil.copy(pki.certificate, files["certificate"])
    shutil.copy(pki.private_key, files["private_key"])
    running = service(server={key: str(path) for key, path in files.items()})
    await running.start()
    assert await status(running, b"/-/live") == 200

    other = trustme.CA()
    leaf = other.issue_cert("localhost")
    leaf.private_key_pem.write_to_path(str(files["private_key"]))
    leaf.cert_chain_pems[0].write_to_path(str(files["certificate"]))
    await reloaded(running)

    trust = ssl.create_default_context(cadata=other.cert_pem.bytes().decode())
    client = await Client.open("127.0.0.1", running.port, trust)
    assert (await client.get(b"/-/live")).status == 200
    client.close()


async def test_an_empty_file_changes_nothing(lab: Lab, service: Make) -> None:
    upstream = await vendor(lab)
    running = service()
    await running.start()

    running.config.write_text("")
    running.signal(signal.SIGHUP)
    await running.says("not reloaded")

    assert f"{running.config}: the file: is empty; put its settings back" in running.said
    assert await status(running, upstream.at("/")) == 200


async def test_old_workers_drain_as_long_as_they_were_told(lab: Lab, service: Make) -> None:
    """They send no heartbeat meanwhile; the new drain_s must not make them dead for that."""
    go_on = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await go_on.wait()
        peer.send(response(200, b"late"))

    upstream = await lab.upstream(script)
    running = service(server={"drain_s": 40.0})
    # A worker is dead to gunicorn after drain_s and these.
    await running.start(serve_with({f"{NESTING}.EXIT_S": 2, f"{NESTING}.SILENCE_S": 1}))
    client = await running.client()
    client.ask(upstream.at("/"))
    await until(lambda: upstream.requests)

    running.document["server"]["drain_s"] = 1.0  # 4 s in all
    running.write()
    running.signal(signal.SIGHUP)
    await running.says("the old ones drain")
    await asyncio.sleep(6.0)
    go_on.set()

    assert (await client.response()).body == b"late"
    assert "WORKER TIMEOUT" not in running.said
