"""Workers that die, or do not start: the others keep their clients."""

import asyncio
import os
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab.client import Client
from tests.lab.frames import TEXT, Frame, frame, handshake, read_frame
from tests.lab.lab import Lab, until
from tests.lab.pki import Pki
from tests.lab.upstream import Peer, Upstream
from tests.lab.wire import response
from tests.service.admin import reloaded
from tests.service.process import SERVE, Service
from tests.service.test_handover import Crowd, Make, asked, tls, vendor


async def test_a_killed_worker_takes_nobody_elses_connections(
    lab: Lab, service: Make, pki: Pki
) -> None:
    upstream = await vendor(lab)
    running = service(server={"workers": 2, **tls(pki)})
    await running.start()
    killed, other = running.workers()
    lost = [await websocket_of(running, upstream, killed) for _ in range(3)]
    kept = [await websocket_of(running, upstream, other) for _ in range(3)]
    crowd = Crowd(running, upstream.at("/"))
    await asyncio.sleep(0.5)

    os.kill(killed, signal.SIGKILL)
    before = crowd.begun
    killed_at = time.monotonic()
    await running.says("Booting worker", times=3)
    print(f"the new worker boots {time.monotonic() - killed_at:.2f} s after the kill")
    await until(lambda: len(running.workers()) == 2)
    await asyncio.sleep(0.5)
    served = len(crowd.outcomes)
    await until(lambda: len(crowd.outcomes) > served + 20)
    outcomes = await crowd.stop()

    assert other in running.workers()
    assert killed not in running.workers()
    for client in lost:
        assert await client.closed() == b""
    for client in kept:
        client.send(frame(TEXT, b"still here?", masked=True))
        assert await read_frame(client) == Frame(TEXT, b"still here?")
    # What the dead one had just accepted went with it, and nothing that came later.
    print(f"{len(crowd.failed)} of {len(outcomes)} new connections died with it")
    assert [each for each in crowd.failed if each[0] >= before] == []
    assert {each for each in outcomes if isinstance(each, int)} == {200}


async def websocket_of(running: Service, upstream: Upstream, worker: int) -> Client:
    """Return a WebSocket that *worker* has taken."""
    with running.only(worker):
        client = await running.client()
        await handshake(client, upstream.at("/ws"))
    return client


async def test_a_worker_that_dies_while_others_drain_is_replaced_at_once(
    lab: Lab, service: Make
) -> None:
    upstream = await vendor(lab)
    running = service(server={"workers": 1, "drain_s": 40.0})
    await running.start()
    [old] = running.workers()
    asking = await running.client()
    go_on = asyncio.Event()
    slow = await lab.upstream(lambda peer: _slow(peer, go_on))
    asking.ask(slow.at("/"))
    await slow.peer()
    running.signal(signal.SIGHUP)
    await running.says("1 new worker(s) serve")
    [new] = set(running.workers()) - {old}

    os.kill(new, signal.SIGKILL)

    await until(lambda: set(running.workers()) - {old, new})
    client = await running.client()
    assert (await client.get(upstream.at("/"))).status == 200
    assert old in running.workers()
    go_on.set()
    assert (await asking.response()).status == 200


async def _slow(peer: Peer, go_on: asyncio.Event) -> None:
    await peer.request()
    await go_on.wait()
    peer.send(response(200, b"ok"))


@contextmanager
def few_descriptors(pid: int) -> Iterator[None]:
    """Let process *pid* open some more files than it has, but not enough for a worker's loop."""
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    last = max(map(int, os.listdir(f"/proc/{pid}/fd")))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (last + 4, limits[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)


async def test_new_workers_that_do_not_start_leave_the_old_ones_in_place(
    lab: Lab, service: Make
) -> None:
    upstream = await vendor(lab)
    running = service(server={"workers": 2})
    await running.start(SERVE)  # the limit counts each descriptor
    websocket = await running.client()
    await handshake(websocket, upstream.at("/ws"))
    workers = set(running.workers())

    with few_descriptors(running.pid):
        running.signal(signal.SIGHUP)
        await running.says("not reloaded")
        await until(lambda: set(running.workers()) == workers)

    assert "this worker cannot start: " in running.said
    assert "Too many open files; allow more open files: LimitNOFILE=" in running.said
    assert "Traceback" not in running.said
    websocket.send(frame(TEXT, b"still here", masked=True))
    assert await read_frame(websocket) == Frame(TEXT, b"still here")
    websocket.close()
    await reloaded(running)
    assert await asked(running.port) == 200
    running.signal(signal.SIGTERM)
    assert await running.ended() == 0


async def test_a_dead_worker_that_cannot_be_replaced_leaves_the_others_in_place(
    service: Make,
) -> None:
    running = service(server={"workers": 2})
    await running.start()
    await reloaded(running)  # the master has seen that all of them serve
    killed, other = running.workers()

    with few_descriptors(running.pid):
        os.kill(killed, signal.SIGKILL)
        await running.says("a worker did not start, see above; the next try is in 5 s")
        assert running.workers() == [other]
        assert await asked(running.port) == 200
    await until(lambda: len(running.workers()) == 2)
    assert other in running.workers()
