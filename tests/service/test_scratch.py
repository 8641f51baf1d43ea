"""The folder for metrics: removed at the end, or, after a kill, by the next that starts."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sigproxy.service.scratch import PREFIX, Scratch
from sigproxy.telemetry.status.files import read
from tests.lab.lab import until
from tests.service import failing
from tests.service.admin import Watched, folder
from tests.service.process import ROOT, START_S, Service


def test_it_is_removed_at_the_end(tmp_path: Path) -> None:
    scratch = Scratch(str(tmp_path))
    (scratch.path / "counter_7.db").touch()
    scratch.remove()
    assert list(tmp_path.iterdir()) == []


def test_of_the_living_nothing_is_removed(tmp_path: Path) -> None:
    first, second = Scratch(str(tmp_path)), Scratch(str(tmp_path))
    assert set(tmp_path.iterdir()) == {first.path, second.path}
    first.remove()
    second.remove()


KILLED = """
import os, signal, sys
from sigproxy.service.scratch import Scratch
scratch = Scratch(sys.argv[1])
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_one_left_is_removed_by_the_next(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT)
    [left] = tmp_path.iterdir()
    second = Scratch(str(tmp_path))
    assert list(tmp_path.iterdir()) == [second.path] != [left]
    second.remove()


@pytest.mark.parametrize("kind", ["link", "empty folder", "file"])
def test_what_others_put_there_is_left_alone(tmp_path: Path, kind: str) -> None:
    place, elsewhere = tmp_path / "place", tmp_path / "elsewhere"
    place.mkdir()
    elsewhere.mkdir()
    (elsewhere / "alive").touch()
    found = place / f"{PREFIX}x"
    if kind == "link":
        found.symlink_to(elsewhere)
    elif kind == "file":
        found.touch()
    else:
        found.mkdir()

    Scratch(str(place)).remove()

    assert list(place.iterdir()) == [found]
    assert (elsewhere / "alive").exists()


async def test_workers_whose_master_was_killed_hold_it_until_they_end(watched: Watched) -> None:
    await watched.running.start()
    await watched.shows(workers=2)
    workers = watched.running.workers()
    place = folder(workers[0])

    os.kill(workers[0], signal.SIGSTOP)
    try:
        watched.running.signal(signal.SIGKILL)
        await watched.running.ended()
        Scratch(str(place.parent)).remove()
        assert place.exists()
    finally:
        os.kill(workers[0], signal.SIGKILL)
    await until(lambda: not Path(f"/proc/{workers[1]}").exists(), START_S)
    Scratch(str(place.parent)).remove()
    assert not place.exists()


async def test_workers_that_could_not_start_leave_nothing_in_it(
    watched: Watched, tmp_path: Path
) -> None:
    fails = tmp_path / "fails"
    workers = await failing.started(watched.running, fails)
    place = folder(next(iter(workers)))

    fails.touch()
    for _ in range(2):
        await refused(watched.running)

    assert set(watched.running.workers()) == workers
    owners = {file.stem.rpartition("_")[2] for file in place.glob("*_*.db")}
    assert owners - {"dead", "master"} == set(map(str, workers))
    master = read(place).master
    assert master is not None
    assert master.deaths == ()  # nothing was open there, nobody was cut off


async def refused(running: Service) -> None:
    """Reload, and wait until the workers that were to be new have been reaped."""
    before, said = set(running.workers()), running.said.count("not reloaded")
    running.signal(signal.SIGHUP)
    await running.says("not reloaded", times=said + 1)
    await until(lambda: set(running.workers()) == before)
