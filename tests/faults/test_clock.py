"""The wall clock jumps: an answer's Date follows it, and nothing that waits or is kept does."""

import re
import sys
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.lab.lab import NAME, Lab, until
from tests.lab.wire import Response
from tests.service.conftest import Make, service

__all__ = ["service"]

HOUR_S = 3600
YEAR_S = 365 * 24 * HOUR_S


class Clock:
    """How wrong the clock of a service is."""

    def __init__(self, directory: Path) -> None:
        self.file = directory / "clock"
        self.jump(0)

    def jump(self, offset_s: int) -> None:
        new = self.file.with_suffix(".new")
        new.write_text(str(offset_s))
        new.rename(self.file)  # nobody reads half of it


def durations(log: str) -> list[float]:
    return [float(each) for each in re.findall(r" duration_s=(\S+)", log)]


def date_s(answer: Response) -> float:
    return parsedate_to_datetime((answer.get(b"date") or b"").decode()).timestamp()


@pytest.mark.parametrize("offset_s", [YEAR_S, -YEAR_S], ids=["forward", "back"])
async def test_a_jump_of_a_year(lab: Lab, service: Make, tmp_path: Path, offset_s: int) -> None:
    clock = Clock(tmp_path)
    upstream = await lab.upstream()
    running = service(limits={"header_timeout_s": 3.0}, access_log={"health_checks": True})
    command = (sys.executable, "-m", "tests.faults.set_clock", str(clock.file))
    await running.start((*command, "serve", "--config", str(running.config)))
    [worker] = running.workers()
    client, late = await running.client(), await running.client()
    before = await client.get(b"/-/live")
    assert (await client.get(upstream.at("/"))).status == 200
    late.send(b"GET / HTTP/1.1\r\n")

    clock.jump(offset_s)

    for _ in range(3):
        assert (await client.get(upstream.at("/"))).status == 200
    assert len(upstream.peers) == 1  # what was pooled still is
    assert lab.dns.lookups(NAME) == 1  # and what was looked up
    assert (await late.response()).status == 408  # a deadline comes, neither at once nor never
    after = await client.get(b"/-/live")
    assert abs(date_s(after) - date_s(before) - offset_s) < HOUR_S
    assert running.workers() == [worker]  # the master did not take it for dead
    await until(lambda: len(durations(running.logged)) == 7)
    assert all(0 <= each < HOUR_S for each in durations(running.logged))
