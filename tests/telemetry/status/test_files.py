"""The files by which processes tell one another: whole or not at all, and no count twice."""

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sigproxy.telemetry.status.files import (
    EndedWorkers,
    Found,
    Master,
    Reload,
    as_bytes,
    read,
    write_master,
    write_report,
)
from tests.telemetry.status.made import NOW, VENDOR, counted, exchange, failed, report


def tell(folder: Path, pid: int, requests: int = 1) -> None:
    figures = counted(*(exchange() for _ in range(requests)), failed("dns_error"))
    write_report(folder, pid, as_bytes(report(figures, pid=pid)))


def requests(found: Found) -> int:
    """Return how many requests all workers have told of, those that have ended too."""
    all_figures = [each.figures for each in found.reports] + [found.ended]
    return sum(row.requests.last_hour for figures in all_figures for _, row in figures.routes)


@pytest.fixture
def dead() -> int:
    """Return the number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_what_is_written_is_read(tmp_path: Path) -> None:
    told = report(counted(exchange(first_byte_s=0.1, sent=5), failed("dns_error", detail="x")))
    write_report(tmp_path, told.pid, as_bytes(told))
    master = Master(1, NOW, Reload(NOW, is_ok=False, why=("a", "b")), (NOW,))
    write_master(tmp_path, master)
    found = read(tmp_path)
    assert found.reports == (told,)
    assert found.master == master
    assert not found.ended.routes


def test_an_empty_folder_says_nothing(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert (found.reports, found.master, found.ended.routes) == ((), None, ())


def test_what_an_ended_worker_counted_stays(tmp_path: Path, dead: int) -> None:
    tell(tmp_path, os.getpid(), 2)
    tell(tmp_path, dead, 3)
    before = read(tmp_path)
    assert [each.pid for each in before.reports] == [os.getpid()]
    assert requests(before) == 7  # a failed one of each

    EndedWorkers(tmp_path).add(dead)

    assert requests(read(tmp_path)) == 7
    assert not list(tmp_path.glob(f"status_{dead}*"))


def test_many_reloads_leave_one_file(tmp_path: Path, dead: int) -> None:
    ended = EndedWorkers(tmp_path)
    for _ in range(30):
        tell(tmp_path, dead)
        ended.add(dead)
    assert {path.name for path in tmp_path.iterdir()} == {"status_ended.json", "status_lock"}
    assert requests(read(tmp_path)) == 60


def test_files_that_are_being_read_are_taken_over_later(tmp_path: Path, dead: int) -> None:
    tell(tmp_path, dead)
    ended = EndedWorkers(tmp_path)
    with (tmp_path / "status_lock").open("ab") as reader:
        fcntl.flock(reader, fcntl.LOCK_SH)
        ended.add(dead)
        assert (tmp_path / f"status_{dead}.json").exists()
    assert requests(read(tmp_path)) == 2
    ended.add(dead)
    assert not (tmp_path / f"status_{dead}.json").exists()
    assert requests(read(tmp_path)) == 2


def test_a_worker_that_said_nothing_leaves_nothing(tmp_path: Path, dead: int) -> None:
    draft = tmp_path / f"status_{dead}.draft"
    draft.write_bytes(b'{"pid": ')  # it was killed as it wrote
    EndedWorkers(tmp_path).add(dead)
    assert [path.name for path in tmp_path.iterdir()] == ["status_lock"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": 1}', b"\xff"])
def test_what_cannot_be_read_is_left_out(tmp_path: Path, content: bytes) -> None:
    tell(tmp_path, os.getpid())
    for name in ("status_1.json", "status_master.json", "status_ended.json"):
        (tmp_path / name).write_bytes(content)
    found = read(tmp_path)
    assert [each.pid for each in found.reports] == [os.getpid()]
    assert found.master is None


def test_without_space_the_report_before_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(tmp_path, os.getpid(), 4)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        tell(tmp_path, os.getpid(), 9)
    assert requests(read(tmp_path)) == 5
    assert VENDOR in dict(read(tmp_path).reports[0].figures.vendors)
    assert not list(tmp_path.glob("*.draft"))
