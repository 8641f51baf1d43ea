"""What the processes of a service use: read from /proc, and added up as Prometheus expects it."""

import os
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sigproxy.telemetry import processes
from sigproxy.telemetry.processes import Processes, Stat, cpu_s, open_files, parse, stat

MASTER, WORKERS = 100, (101, 102)
# proc_pid_stat(5), from a machine with 100 ticks a second; a name may hold anything.
TEXT = (
    "101 (a) R 1) S 100 101 100 0 -1 4194624 9000 0 0 0 250 50 0 0 20 0 5 0 4711 300000000 4096 "
    "18446744073709551615 1 1 0 0 0 0 0 0 17072 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0"
)
IDLE = Stat("S", 1, 0.0, 0.0, 0, 0)


def child(own_s: float) -> Stat:
    return replace(IDLE, parent=MASTER, own_s=own_s)


def test_a_line_of_proc() -> None:
    read = parse(TEXT)
    assert (read.state, read.parent, read.virtual_bytes) == ("S", MASTER, 300_000_000)
    assert read.own_s == pytest.approx(300 / os.sysconf("SC_CLK_TCK"))
    assert read.resident_bytes == 4096 * os.sysconf("SC_PAGE_SIZE")


def test_this_process() -> None:
    own = stat(os.getpid())
    assert own is not None
    assert own.parent == os.getppid()
    assert 0 < own.resident_bytes < own.virtual_bytes
    before = open_files(os.getpid())
    assert before is not None
    with socket.socket():
        assert open_files(os.getpid()) == before + 1


def test_one_that_has_ended_is_none() -> None:
    assert stat(2**22 + 1) is open_files(2**22 + 1) is None  # beyond the most that there may be


def test_times_are_added_up_with_those_of_the_dead() -> None:
    known = {MASTER: replace(IDLE, own_s=1.0, reaped_s=20.0), 101: child(3.0), 102: child(4.0)}
    assert cpu_s(MASTER, WORKERS, known.get) == pytest.approx(28.0)


def test_a_later_process_with_a_workers_number_is_not_ours() -> None:
    stranger = replace(child(500.0), parent=1)
    known = {MASTER: IDLE, 101: stranger, 102: replace(child(600.0), state="X")}
    assert cpu_s(MASTER, WORKERS, known.get) == 0.0


def reaping(times: int) -> Iterator[Stat]:
    """Yield what the master's file says while a worker that has used 5 s is reaped *times*."""
    for count in range(times):
        yield replace(IDLE, reaped_s=5.0 * count)
    while True:
        yield replace(IDLE, reaped_s=5.0 * times)


@pytest.mark.parametrize(("times", "expected"), [(0, 3.0), (1, 8.0), (2, 13.0), (100, None)])
def test_a_worker_that_is_reaped_meanwhile_counts_once_or_not_now(
    times: int, expected: float | None
) -> None:
    """A sum that is too high would fall with the next look: for Prometheus, a new start."""
    masters = reaping(times)

    def look(pid: int) -> Stat | None:
        return next(masters) if pid == MASTER else child(3.0) if pid == 101 else None

    assert cpu_s(MASTER, WORKERS, look) == expected


def test_the_fullest_worker_is_what_its_limit_is_held_against(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processes, "stat", lambda pid: replace(child(1.0), resident_bytes=10))
    monkeypatch.setattr(processes, "open_files", {101: 7, 102: 900}.get)
    collected = Processes(MASTER, (101, 102, 103), 1_800_000_000.0).collect()
    found = {each.samples[0].name: each.samples[0].value for each in collected}
    assert found["process_open_fds"] == 900
    assert found["process_max_fds"] > 0
    assert found["process_resident_memory_bytes"] == 40  # the master's too
    assert found["process_start_time_seconds"] == 1_800_000_000.0
