"""coturn beside the demo's gateway, and two of its clients on the gateway's own port."""

import asyncio
import secrets
import shutil
import socket
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sigproxy.media.coturn.conf import conf
from sigproxy.media.coturn.options import CoturnOptions
from sigproxy.tools.demo.steps import Outcome, Scene
from sigproxy.tools.turn_client import TurnClient, TurnError

TITLE = "TURN on the gateway's own port"
MISSING = "coturn is not installed (Debian: apt-get install coturn), so this is left out"
NAME = "localhost"
_HOST = "127.0.0.1"
_START_S = 10.0
# Only here: elsewhere loopback is what nobody may reach through a relay.
_ON_LOOPBACK = "allow-loopback-peers\nuserdb={folder}/turndb\npidfile={folder}/turn.pid\n"


@dataclass(frozen=True, slots=True)
class Coturn:
    """*relay*: where it expects the gateway."""

    relay: str
    secret: str


def is_installed() -> bool:
    return shutil.which("turnserver") is not None


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Coturn | None]:
    """Run coturn; None where it is not installed."""
    if not is_installed():
        yield None
        return
    secret, udp_port, relay_port = secrets.token_hex(32), _free_port(), _free_port()
    options = CoturnOptions(
        NAME, (secret,), _HOST, udp_port=udp_port, relay=(_HOST, relay_port), policy="deny-private"
    )
    file = folder / "turnserver.conf"
    file.touch(mode=0o600)
    file.write_text(conf(options) + _ON_LOOPBACK.format(folder=folder))
    process = await asyncio.create_subprocess_exec(
        *("turnserver", "-c", str(file)), stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        await _until_it_listens(relay_port)
        yield Coturn(f"{_HOST}:{relay_port}", secret)
    finally:
        process.terminate()
        await process.wait()


async def echo(scene: Scene) -> Outcome:
    """Get a credential, and send a datagram from one client's relay to another's and back."""
    async with scene.session.get(scene.url("/-/ice?sdk=webrtc&mode=tls")) as answer:
        server = (await answer.json())["iceServers"][0]
    host, _, port = scene.gateway.rpartition(":")
    clients = [await TurnClient.open(host, int(port), scene.tls) for _ in range(2)]
    first, second = clients
    try:
        here, there = [
            await each.allocate(server["username"], server["credential"]) for each in clients
        ]
        await first.permit(there)
        await second.permit(here)
        first.send(there, b"hello")
        peer, data = await second.receive()
        second.send(peer, b"echo of " + data)
        _, echoed = await first.receive()
    except TurnError as error:
        return Outcome("two allocations over TLS", str(error), ok=False)
    finally:
        for each in clients:
            each.close()
    return Outcome(
        f"GET /-/ice?sdk=webrtc&mode=tls, then two allocations at {scene.gateway}",
        f"{answer.status}   relays at {here.ip}:{here.port} and :{there.port}   {echoed!r}",
        echoed == b"echo of hello",
        "the first byte after TLS tells STUN from HTTP: one name, one port, one certificate",
    )


def _free_port() -> int:
    with socket.create_server((_HOST, 0)) as server:
        return int(server.getsockname()[1])


async def _until_it_listens(port: int) -> None:
    async with asyncio.timeout(_START_S):
        while True:
            try:
                _, writer = await asyncio.open_connection(_HOST, port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                return writer.close()
