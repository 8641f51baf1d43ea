"""HUP, seen by those who connect meanwhile: nobody is lost."""

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import suppress

from tests.lab.client import Client
from tests.lab.frames import close, handshake, ok_or_echo, read_frame
from tests.lab.lab import Lab, queued, until
from tests.lab.pki import Pki
from tests.lab.upstream import Upstream
from tests.lab.wire import within
from tests.service.admin import reloaded
from tests.service.process import START_S, Service, free_port

Make = Callable[..., Service]

RATE = 200  # new connections a second
AT_ONCE = 100  # more would only wait, on a machine that is slower than that


async def vendor(lab: Lab) -> Upstream:
    return await lab.upstream(ok_or_echo)


class Crowd:
    """Clients that connect, ask once and go, RATE of them a second until told to stop."""

    def __init__(self, running: Service, target: bytes) -> None:
        self._running = running
        self._target = target
        self._places = asyncio.Semaphore(AT_ONCE)
        self._task = asyncio.create_task(self._come())
        self.outcomes: list[object] = []
        self.begun = 0
        self.failed: list[tuple[int, object]] = []  # which one, and how

    async def _come(self) -> None:
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        async with asyncio.TaskGroup() as clients:
            with suppress(asyncio.CancelledError):
                while True:
                    await asyncio.sleep(began_at + self.begun / RATE - loop.time())
                    await self._places.acquire()
                    clients.create_task(self._ask(self.begun))
                    self.begun += 1

    async def _ask(self, number: int) -> None:
        target = b"/-/live" if number % 10 else self._target
        try:
            client = await self._running.client()
            answer = await client.get(target)
            self.outcomes.append(answer.status)
            client.close()
        except (OSError, AssertionError, EOFError) as error:
            self.outcomes.append(repr(error))
            self.failed.append((number, error))
        finally:
            self._places.release()

    async def stop(self) -> list[object]:
        self._task.cancel()
        await self._task
        return self.outcomes


def tls(pki: Pki) -> dict[str, str]:
    return {"certificate": str(pki.certificate), "private_key": str(pki.private_key)}


async def test_nobody_is_refused_or_reset_over_two_reloads(
    lab: Lab, service: Make, pki: Pki
) -> None:
    upstream = await vendor(lab)
    running = service(server={"workers": 2, **tls(pki)})
    await running.start()
    crowd = Crowd(running, upstream.at("/"))

    await asyncio.sleep(1.0)
    for _ in range(2):
        await reloaded(running)
        await asyncio.sleep(1.0)
    outcomes = await crowd.stop()

    print(len(outcomes), "connections")
    assert [each for each in outcomes if each != 200] == []
    assert len(outcomes) > RATE / 4  # or the machine was too slow to tell
    assert "Traceback" not in running.said


async def test_a_client_in_the_middle_of_its_handshake_is_served(
    lab: Lab, service: Make, pki: Pki
) -> None:
    running = service(server=tls(pki))
    await running.start()
    waiting = socket.create_connection(("127.0.0.1", running.port))
    await until(lambda: not queued(running.port))  # taken by the worker that is going to leave
    running.signal(signal.SIGHUP)
    await running.says("1 new worker(s) serve")
    await asyncio.sleep(0.8)  # less than a client that has said nothing is given

    trust = pki.client()
    client = Client(
        *await asyncio.open_connection(sock=waiting, ssl=trust, server_hostname="localhost")
    )
    await asyncio.sleep(0.2)

    assert (await client.get(b"/-/live")).status == 200
    client.close()


# Reloads that ask for what cannot be had


async def asked(port: int) -> int:
    client = await Client.open("127.0.0.1", port)
    answer = await client.get(b"/-/live")
    client.close()
    return answer.status


async def test_addresses_come_and_go(lab: Lab, service: Make) -> None:
    running = service()
    await running.start()
    first, second = running.port, free_port()
    one, other = f"127.0.0.1:{first}", f"127.0.0.1:{second}"

    running.document["server"]["bind"] = [one, other]
    running.write()
    await reloaded(running)
    assert [await asked(first), await asked(second)] == [200, 200]

    running.document["server"]["bind"] = [other]
    running.write()
    await reloaded(running)
    assert await asked(second) == 200
    await until(lambda: _is_refused(first))
    running.signal(signal.SIGTERM)
    assert await running.ended() == 0


def _is_refused(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


async def test_an_address_that_is_taken_changes_nothing(service: Make) -> None:
    running = service()
    await running.start()
    workers = running.workers()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running.document["server"]["bind"] = [f"127.0.0.1:{running.port}", f"127.0.0.1:{port}"]
        running.write()
        running.signal(signal.SIGHUP)
        await running.says("not reloaded")

    assert f"server.bind: 127.0.0.1:{port} is taken by another program" in running.said
    assert running.workers() == workers
    assert await asked(running.port) == 200
    await reloaded(running)
    assert await asked(port) == 200


async def test_the_last_of_several_reloads_counts(lab: Lab, service: Make) -> None:
    upstream = await vendor(lab)
    running = service(server={"workers": 2}, route={"targets": ["*.example.org"]})
    await running.start()

    for targets in (["*.example.net"], ["*.example.edu"], ["*.example.com:*"]):
        running.document["route"][0]["targets"] = targets
        running.write()
        running.signal(signal.SIGHUP)
        await asyncio.sleep(0.05)

    async def status() -> int:
        client = await running.client()
        answer = await client.get(upstream.at("/"))
        client.close()
        return answer.status

    async def both_serve() -> bool:
        workers = running.workers()
        if len(workers) != 2:  # one that leaves accepts nobody
            return False
        for worker in workers:
            with running.only(worker):
                if await status() != 200:
                    return False
        return True

    async with within(START_S):
        while not await both_serve():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    running.signal(signal.SIGTERM)
    assert await running.ended() == 0


async def test_a_stop_in_the_middle_of_a_reload_is_not_kept_waiting(
    lab: Lab, service: Make
) -> None:
    upstream = await vendor(lab)
    running = service(server={"drain_s": 90.0})
    await running.start()
    websocket = await running.client()
    await handshake(websocket, upstream.at("/ws"))
    running.signal(signal.SIGHUP)
    assert (await read_frame(websocket)).close_code == 1012  # not answered: the old one drains on

    running.signal(signal.SIGTERM)
    await running.says("Handling signal: term")
    websocket.send(close(1012, masked=True))

    assert await running.ended() == 0
