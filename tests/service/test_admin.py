"""The admin listener: its pages, over reloads and to the end of a stop."""

import asyncio
import signal
import socket
import sys
from contextlib import closing

import pytest

from tests.lab.frames import TEXT, close, frame, handshake, read_frame
from tests.lab.lab import Lab
from tests.lab.wire import WAIT_S
from tests.service.admin import Make, Watched, asked, folder, reloaded, vendor
from tests.service.process import Service, free_port, ran

# An idle worker waits some 3 s for late arrivals; a WebSocket keeps the other for longer than that.
PATIENT = (
    "from sigproxy.gateway import tunnel\n"
    "tunnel.CLOSE_HANDSHAKE_S = 60.0\n"
    "from sigproxy.cli import main\n"
    "main(prog_name='sigproxy')\n"
)


async def start_patiently(running: Service) -> None:
    """Start it with a minute for a client to answer a Close."""
    running.document["server"]["drain_s"] = 90.0
    running.write()
    await running.start((sys.executable, "-c", PATIENT, "serve", "--config", str(running.config)))


async def test_a_worker_that_drains_does_not_make_the_gateway_unready(
    lab: Lab, watched: Watched
) -> None:
    upstream = await vendor(lab)
    running = watched.running
    await start_patiently(running)
    websocket = await running.client()
    await handshake(websocket, upstream.at("/ws"))

    running.signal(signal.SIGHUP)
    assert (await read_frame(websocket)).close_code == 1012
    await watched.shows(workers=3, draining=1, websockets_open=1)

    for worker in running.workers():  # the one that drains as well
        with running.only(worker):
            assert (await watched.page(b"/-/ready")).status == 200
    websocket.send(close(1012, masked=True))
    assert await websocket.closed() == b""
    await watched.shows(workers=2, draining=0, websockets_open=0)
    seen = await watched.scraped()
    assert seen['websocket_closes_total{by="gateway",code="1012"}'] == 1


async def test_readiness_fails_during_a_stop_and_the_listener_closes_last(
    lab: Lab, watched: Watched
) -> None:
    upstream = await vendor(lab)
    running = watched.running
    await start_patiently(running)
    await watched.shows(workers=2)
    place = folder(running.workers()[0])
    assert (await watched.page(b"/-/ready")).body == b'{"status": "ready"}\n'
    websocket = await running.client()
    await handshake(websocket, upstream.at("/ws"))
    websocket.send(frame(TEXT, b"hello", masked=True))
    await read_frame(websocket)

    running.signal(signal.SIGTERM)
    assert (await read_frame(websocket)).close_code == 1012
    async with asyncio.timeout(WAIT_S):  # for the other worker too
        while (answer := await watched.page(b"/-/ready")).status != 503:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert answer.body == b'{"status": "draining"}\n'
    assert (await watched.page(b"/-/live")).status == 200
    await watched.shows(workers=1, draining=1, websockets_open=1)  # the idle one has ended
    seen = await watched.scraped()
    assert seen['websocket_bytes_total{direction="received"}'] == 11

    websocket.send(close(1012, masked=True))
    assert await running.ended() == 0
    with pytest.raises(ConnectionError):
        await watched.page(b"/-/live")
    assert not place.exists()
    assert "Traceback" not in running.said


async def test_each_listener_has_its_own_pages(lab: Lab, watched: Watched) -> None:
    upstream = await vendor(lab)
    await watched.running.start()

    assert (await asked(watched.running.port, b"/-/metrics")).status == 404
    for target in (upstream.at("/"), b"/", b"/-/metrics/", b"/-/%6detrics", b"/-/admin"):
        answer = await watched.page(target)
        assert answer.status == 404
        assert (
            answer.body
            == b"the pages here are /-/status, /-/status.json, /-/metrics, /-/live and /-/ready\n"
        )
    posted = await watched.page(b"/-/live", b"POST")
    assert (posted.status, posted.get(b"allow")) == (405, b"GET, HEAD, OPTIONS")
    assert (await watched.page(b"/-/ready", b"OPTIONS")).status == 200
    assert (await watched.page(b"/-/metrics", b"HEAD")).status == 200
    metrics = await watched.page(b"/-/metrics")
    assert (metrics.get(b"content-type") or b"").startswith(b"text/plain; version=")
    assert not upstream.requests


async def test_a_reload_moves_adds_and_removes_the_listener(lab: Lab, service: Make) -> None:
    upstream = await vendor(lab)
    running = service()
    await running.start()
    watched = Watched(running)
    await reloaded(running)
    await watched.get(upstream.at("/"))
    await watched.shows(served=1, workers=1)

    before, watched.port = watched.port, free_port()
    running.document["admin"]["bind"] = f"127.0.0.1:{watched.port}"
    running.write()
    await reloaded(running)
    await watched.shows(served=1, workers=1)
    with pytest.raises(ConnectionError):
        await asked(before, b"/-/live")

    del running.document["admin"]
    running.write()
    await reloaded(running)
    with pytest.raises(ConnectionError):
        await watched.page(b"/-/live")
    running.signal(signal.SIGTERM)
    assert await running.ended() == 0


async def test_a_reload_to_a_port_that_is_taken_changes_nothing(watched: Watched) -> None:
    running = watched.running
    await running.start()
    workers = running.workers()
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        bind = f"127.0.0.1:{other.getsockname()[1]}"
        running.document["admin"]["bind"] = bind
        running.write()
        running.signal(signal.SIGHUP)
        await running.says("not reloaded")

    assert f"{running.config}: admin.bind: {bind} is taken by another program; stop" in running.said
    assert running.workers() == workers
    assert (await watched.page(b"/-/ready")).status == 200


async def test_without_it_nothing_of_it_is_loaded() -> None:
    script = "import sys, sigproxy.service.master; print('prometheus_client' in sys.modules)"
    assert await ran([sys.executable, "-c", script]) == (0, "False\n", "")


async def test_no_room_for_the_metrics_is_said_before_anything_is_opened(watched: Watched) -> None:
    script = (
        "import errno, os, sys, tempfile\n"
        "def mkdtemp(**_): raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))\n"
        "tempfile.mkdtemp = mkdtemp\n"
        "from sigproxy.cli import main\n"
        "main(['serve', '--config', sys.argv[1]])\n"
    )
    code, _, err = await ran([sys.executable, "-c", script, str(watched.running.config)])
    assert code == 1
    assert err == (
        f"not started: [Errno 28] admin.bind (127.0.0.1:{watched.port}): No space left on device; "
        "correct that and start sigproxy again\n"
    )
