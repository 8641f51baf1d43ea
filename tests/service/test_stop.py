"""TERM and INT drain; a worker that dies is replaced."""

import asyncio
import os
import signal
from collections.abc import Callable

import pytest

from tests.lab.frames import close, echo_frames, handshake, read_frame, switching
from tests.lab.lab import Lab, until
from tests.lab.pki import Pki
from tests.lab.upstream import Peer, Upstream
from tests.lab.wire import response
from tests.service.process import Service

Make = Callable[..., Service]
RESTART = 1012

stopping = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])


async def slow_vendor(lab: Lab) -> tuple[Upstream, asyncio.Event]:
    """Return an upstream that takes WebSockets, and answers requests once the event is set."""
    go_on = asyncio.Event()

    async def script(peer: Peer) -> None:
        request = await peer.request()
        if request.get(b"upgrade"):
            peer.send(switching(request))
            await echo_frames(peer)
        else:
            await go_on.wait()
            peer.send(response(200, b"finished"))

    return await lab.upstream(script), go_on


@stopping
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_a_stop_drains(
    lab: Lab, service: Make, pki: Pki, number: signal.Signals, tls: bool
) -> None:
    upstream, go_on = await slow_vendor(lab)
    files = {"certificate": str(pki.certificate), "private_key": str(pki.private_key)}
    running = service(server=files if tls else {})
    await running.start()
    websocket, asking, idle = [await running.client() for _ in range(3)]
    await handshake(websocket, upstream.at("/ws"))
    assert (await idle.get(b"/-/live")).status == 200
    asking.ask(upstream.at("/slow"))
    await upstream.peer(1)
    await until(lambda: len(upstream.requests) == 2)

    running.signal(number)
    assert (await read_frame(websocket)).close_code == RESTART
    websocket.send(close(RESTART, masked=True))
    assert await websocket.closed() == b""
    assert await idle.closed() == b""
    with pytest.raises(ConnectionError):
        await running.client()
    go_on.set()
    answer = await asking.response()

    assert (answer.status, answer.body) == (200, b"finished")
    assert answer.get(b"connection") == b"close"
    assert await running.ended() == 0
    assert f"close_code={RESTART} closed_by=gateway" in running.logged
    assert "Traceback" not in running.said


@stopping
async def test_a_stop_with_nothing_under_way_is_quick(
    service: Make, number: signal.Signals
) -> None:
    running = service(server={"drain_s": 90.0})  # which it would wait for
    await running.start()

    running.signal(number)

    assert await running.ended() == 0
    assert "Traceback" not in running.said


async def test_a_stop_does_not_wait_for_ever(lab: Lab, service: Make) -> None:
    upstream = await lab.upstream(Peer.gone)
    running = service(server={"drain_s": 1.0})
    await running.start()
    client = await running.client()
    client.ask(upstream.at("/"))
    await upstream.peer()

    running.signal(signal.SIGTERM)

    await client.closed()
    assert await running.ended() == 0


async def test_a_killed_worker_is_replaced(lab: Lab, service: Make) -> None:
    upstream = await lab.upstream()
    running = service()
    await running.start()
    [killed] = running.workers()
    before = len(running.said.splitlines())

    os.kill(killed, signal.SIGKILL)

    await running.says("Booting worker", times=2)
    client = await running.client()
    assert (await client.get(upstream.at("/"))).status == 200
    [died, _] = running.said.splitlines()[before:]
    assert str(killed) in died
    assert "SIGKILL" in died
    [replacement] = running.workers()
    assert replacement != killed
