"""The files through which the processes tell one another of themselves, in one folder.

    status_<pid>.json     one worker's ``Report``, anew each second
    status_ended.json     the ``Figures`` of the workers that have ended, kept by the master
    status_master.json    what only the master knows: reloads, and workers that died

Each is written beside its place and then moved there, so nobody reads half of one. A worker that is
killed leaves its file; the master takes it over. Who reads does not trust that: the process has to
be there.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from sigproxy.telemetry.status.merge import sum_of
from sigproxy.telemetry.status.report import Figures, Report

_LOCK = "status_lock"  # held while the files are read, or figures move from one to another
_ENDED, _MASTER = "status_ended.json", "status_master.json"
MOST_DEATHS = 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reload:
    """The last one; *why* it was refused: what the error log says too."""

    at: float  # seconds since the epoch
    is_ok: bool
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Master:
    """What the master knows. Times are seconds since the epoch."""

    pid: int
    started_at: float
    reload: Reload | None = None  # None: there was none yet
    deaths: tuple[float, ...] = ()  # of workers that ended unasked, the latest MOST_DEATHS


@dataclass(frozen=True, slots=True)
class Found:
    """All that the files say."""

    reports: tuple[Report, ...]
    ended: Figures
    master: Master | None


_REPORT, _FIGURES, _NOTES = TypeAdapter(Report), TypeAdapter(Figures), TypeAdapter(Master)
_NOTHING = Figures(0)


def as_bytes(report: Report) -> bytes:
    return _REPORT.dump_json(report)


def write_report(folder: Path, pid: int, content: bytes) -> None:
    """Replace the file of the worker *pid*; raise OSError if there is no space for it."""
    _write(_path(folder, pid), content)


def write_master(folder: Path, master: Master) -> None:
    _write(folder / _MASTER, _NOTES.dump_json(master))


def read(folder: Path) -> Found:
    """Return what all processes say; those that have ended only count."""
    with _locked(folder, fcntl.LOCK_SH):
        reports = [_read(path, _REPORT) for path in sorted(folder.glob("status_[0-9]*.json"))]
        ended = _read(folder / _ENDED, _FIGURES)
    living = [each for each in reports if each is not None and _is_alive(each.pid)]
    gone = [each.figures.ended() for each in reports if each is not None and each not in living]
    return Found(
        tuple(living), sum_of([ended or _NOTHING, *gone], 0), _read(folder / _MASTER, _NOTES)
    )


class EndedWorkers:
    """Keeps the figures of workers that have ended; for the master, which notices that."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pids: set[int] = set()

    def add(self, pid: int) -> None:
        """Take over the file of *pid*; if they are being read just now, with the next one."""
        self._pids.add(pid)
        with suppress(BlockingIOError), _locked(self._folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
            self._take_over()

    def _take_over(self) -> None:
        paths = [_path(self._folder, pid) for pid in sorted(self._pids)]
        reports = [report for path in paths if (report := _read(path, _REPORT))]
        before = _read(self._folder / _ENDED, _FIGURES) or _NOTHING
        figures = sum_of([before, *(each.figures.ended() for each in reports)], 0)
        try:
            if reports:
                _write(self._folder / _ENDED, _FIGURES.dump_json(figures))
        finally:
            for path in (*paths, *map(_draft, paths)):
                path.unlink(missing_ok=True)
            self._pids.clear()


def _path(folder: Path, pid: int) -> Path:
    return folder / f"status_{pid}.json"


def _draft(path: Path) -> Path:
    return path.with_suffix(".draft")


def _write(path: Path, content: bytes) -> None:
    draft = _draft(path)
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def _read(path: Path, kind: TypeAdapter[T]) -> T | None:
    """Return what *path* says; None if it is not there, or from another version."""
    try:
        return kind.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is another user's now
        return False
    return True


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Prevent that figures are seen twice, or not at all, on their way to another file."""
    with (folder / _LOCK).open("ab") as file:
        fcntl.flock(file, how)
        yield
