"""No descriptors left: who is here is served on, who comes is told, and all mends itself."""

import asyncio
import os
import resource
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.scene import WELL, Bystander, healthy
from tests.lab.client import Client
from tests.lab.dns import Name
from tests.lab.lab import Lab, until
from tests.lab.wire import Response
from tests.service.conftest import Make, service
from tests.service.process import Service

__all__ = ["service"]

FEW = 96  # descriptors; a worker begins with some twenty
CROWD = 150
SAID = "LimitNOFILE="
REFUSED, NOT_ACCEPTED = "request(s) answered 503", "cannot accept a connection"  # each once
TICKS_S = os.sysconf("SC_CLK_TCK")


class Worker:
    """The one worker of a service, whose descriptors can be rationed while it runs."""

    def __init__(self, running: Service) -> None:
        [self._pid] = running.workers()
        self._before = resource.prlimit(self._pid, resource.RLIMIT_NOFILE)

    def _numbers(self) -> list[int]:
        return [int(name) for name in os.listdir(f"/proc/{self._pid}/fd")]

    def allow(self, count: int) -> None:
        resource.prlimit(self._pid, resource.RLIMIT_NOFILE, (count, self._before[1]))

    def allow_no_more(self) -> None:
        """Take away every descriptor that is not open yet."""
        used = set(self._numbers())
        self.allow(next(number for number in range(len(used) + 1) if number not in used))

    def relieve(self) -> None:
        resource.prlimit(self._pid, resource.RLIMIT_NOFILE, self._before)

    def free(self) -> int:
        limit, _ = resource.prlimit(self._pid, resource.RLIMIT_NOFILE)
        return limit - len(self._numbers())

    @property
    def cpu_s(self) -> float:
        stat = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / TICKS_S


class Shortage:
    """A service, its worker, and a bystander with a healthy vendor."""

    def __init__(self, running: Service, worker: Worker, bystander: Bystander) -> None:
        self.running = running
        self.worker = worker
        self.bystander = bystander


@pytest.fixture
async def shortage(lab: Lab, service: Make) -> AsyncIterator[Shortage]:
    lab.dns.zone[WELL] = Name(("127.0.0.1",))
    vendor = await lab.upstream(healthy)
    running = service()
    await running.start()
    clients = [await running.client() for _ in range(2)]
    bystander = await Bystander.arrive(vendor, *clients)
    await bystander.is_served()
    yield Shortage(running, Worker(running), bystander)
    assert "Traceback" not in running.said
    assert running.said.count("Booting worker") == 1


async def asked(client: Client, target: bytes) -> Response | None:
    """Return what comes for *target*; None if the connection ends without a word."""
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        return await client.get(target)
    return None


async def test_a_crowd_that_takes_all_descriptors(shortage: Shortage) -> None:
    shortage.worker.allow(FEW)
    crowd = [await shortage.running.client() for _ in range(CROWD)]

    answers = [await asked(client, b"/") for client in crowd]

    told = [answer for answer in answers if answer is not None]
    assert {(answer.status, answer.error) for answer in told} == {
        (404, "no_route"),
        (503, "descriptors_exhausted"),
    }
    refused = [answer for answer in told if answer.status == 503]
    assert {answer.get(b"retry-after") for answer in refused} == {b"10"}
    await shortage.bystander.is_served()
    await shortage.running.says(SAID)
    assert max(map(shortage.running.said.count, (REFUSED, NOT_ACCEPTED))) == 1

    for client in crowd:
        client.close()
    await until(lambda: shortage.worker.free() > FEW // 2)
    answer = await (await shortage.running.client()).get(b"/-/live")
    assert answer.status == 200
    await shortage.bystander.is_served()


@pytest.mark.parametrize("known", [True, False], ids=["to connect", "to look up"])
async def test_none_for_an_upstream(lab: Lab, shortage: Shortage, known: bool) -> None:
    """Whoever needs a new connection upstream is told so, and served once there is one."""
    upstream = await lab.upstream()
    target = upstream.at("/", WELL if known else "up.example.com")
    client = await shortage.running.client()
    assert (await client.get(b"/-/live")).status == 200
    shortage.worker.allow_no_more()

    for _ in range(3):
        answer = await client.get(target)
        assert (answer.status, answer.error) == (503, "descriptors_exhausted"), answer.body
    await shortage.bystander.is_served()
    await shortage.running.says(SAID)
    assert max(map(shortage.running.said.count, (REFUSED, NOT_ACCEPTED))) == 1

    shortage.worker.relieve()
    assert (await client.get(target)).status == 200


async def test_none_for_new_clients(shortage: Shortage) -> None:
    """They wait or are hung up on; the listener outlives it, and nothing spins meanwhile."""
    shortage.worker.allow_no_more()
    strangers = [await shortage.running.client() for _ in range(5)]
    for each in strangers:
        each.ask(b"/-/live")
    await asyncio.sleep(0.2)

    before_s = shortage.worker.cpu_s
    await asyncio.sleep(1.0)
    assert shortage.worker.cpu_s - before_s < 0.5  # a loop that spins takes all of it
    await shortage.bystander.is_served()

    shortage.worker.relieve()
    newcomer = await shortage.running.client()
    assert (await newcomer.get(b"/-/live")).status == 200
