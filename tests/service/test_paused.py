"""A machine that stood still and goes on: nothing that was open is lost by it."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterable

from tests.lab.client import Client
from tests.lab.frames import TEXT, Frame, close, frame, handshake, read_frame
from tests.lab.lab import Lab, until
from tests.service.admin import vendor
from tests.service.process import START_S, Service

Make = Callable[..., Service]

# Workers count as dead after six seconds of silence, not after half a minute. A pause counts as a
# turn of 1.5 s, which leaves some three to a busy machine: a worker's heart beats once a second.
IMPATIENT = (
    "from sigproxy.config import nesting\n"
    "nesting.worker_is_dead_s = lambda settings: 6\n"
    "from sigproxy.service import pulse\n"
    "pulse.LONGEST_TURN_S = 1.5\n"
    "pulse.LONGEST_START_S = 12.0\n"
    "from sigproxy.cli import main\n"
    "main(prog_name='sigproxy')\n"
)
PAUSE_S = 8.0


async def start_impatiently(running: Service) -> None:
    await running.start((sys.executable, "-c", IMPATIENT, "serve", "--config", str(running.config)))


async def pause(pids: Iterable[int]) -> None:
    """Stop the processes *pids* as a freezer does, and let them go on, the first one first."""
    stopped = list(pids)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(PAUSE_S)
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)


async def opened(lab: Lab, running: Service) -> Client:
    upstream = await vendor(lab)
    websocket = await running.client()
    await handshake(websocket, upstream.at("/ws"))
    return websocket


async def echoes(websocket: Client) -> bool:
    websocket.send(frame(TEXT, b"still here", masked=True))
    return await read_frame(websocket) == Frame(TEXT, b"still here")


async def test_a_pause_of_all_processes_loses_nothing(lab: Lab, service: Make) -> None:
    running = service(server={"workers": 2})
    await start_impatiently(running)
    workers = running.workers()
    websocket = await opened(lab, running)

    for _ in range(2):
        await pause([running.pid, *workers])
        assert await echoes(websocket)
        await asyncio.sleep(2.0)  # turns of the master in which it would see to its workers

    assert await echoes(websocket)
    assert running.workers() == workers
    assert "WORKER TIMEOUT" not in running.said


async def test_a_worker_that_stands_still_alone_is_replaced(service: Make) -> None:
    running = service()
    await start_impatiently(running)
    client = await running.client()
    assert (await client.get(b"/-/live")).status == 200  # and so it has sent its first heartbeat
    [worker] = running.workers()

    os.kill(worker, signal.SIGSTOP)
    await until(lambda: f"WORKER TIMEOUT (pid:{worker})" in running.said, START_S)

    await until(lambda: running.workers() and worker not in running.workers(), START_S)


async def test_a_new_worker_that_stands_still_keeps_no_reload_from_ending(service: Make) -> None:
    running = service()
    await start_impatiently(running)
    client = await running.client()
    assert (await client.get(b"/-/live")).status == 200
    [old] = running.workers()

    running.signal(signal.SIGHUP)
    await until(lambda: len(running.workers()) == 2)
    [new] = set(running.workers()) - {old}
    os.kill(new, signal.SIGSTOP)

    await running.says(f"WORKER TIMEOUT (pid:{new}): it hangs at its start")
    await running.says("not reloaded")
    assert (await client.get(b"/-/live")).status == 200
    await until(lambda: running.workers() == [old], START_S)
    running.signal(signal.SIGHUP)
    await running.says("1 new worker(s) serve")


async def test_a_pause_within_a_stop_leaves_time_for_the_goodbye(lab: Lab, service: Make) -> None:
    running = service(server={"drain_s": 2.0})  # gunicorn would end the worker 7 s from TERM
    await running.start()
    websocket = await opened(lab, running)

    running.signal(signal.SIGTERM)
    assert (await read_frame(websocket)).close_code == 1012
    await pause([running.pid, *running.workers()])
    websocket.send(close(1012, masked=True))

    assert await running.ended() == 0
    assert "SIGKILL" not in running.said
