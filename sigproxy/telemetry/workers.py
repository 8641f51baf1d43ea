"""The metrics of all workers as one, living and dead: prometheus_client's files in one folder.

Each worker has a file for each kind of metric in it. A dead one's gauges are removed; what it
counted stays, but in one file with that of all the other dead: a reload makes new workers each
time, and a scrape that reads the files of years of them takes ever longer.
"""

import fcntl
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

_COUNTED = ("counter", "histogram")
KINDS = (*_COUNTED, "gauge_livesum", "gauge_livemostrecent")
ROOM_BYTES = 256 * 1024  # of one file: the histograms of 80 routes
_HEAD_BYTES = 8
_LOCK = "lock"  # held by those who read the files, or move numbers from one to another


def exposition(folder: Path) -> bytes:
    """Return the metrics of all workers as Prometheus reads them."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))
    with _locked(folder, fcntl.LOCK_SH):
        return generate_latest(registry)


def reserve(folder: Path, pid: int) -> None:
    """Make the files that prometheus_client would; raise OSError where there is no room for them.

    Its own have holes, and to write into one when there is no memory left kills the process; and
    they are empty for a moment, in which a scrape would fail.
    """
    paths = [folder / f"{kind}_{pid}.db" for kind in KINDS]
    try:
        for path in paths:
            draft = path.with_suffix(".draft")
            _make(draft, ROOM_BYTES)
            draft.replace(path)
    except OSError:
        for path in paths:
            path.unlink(missing_ok=True)
        raise


def _make(draft: Path, room_bytes: int) -> None:
    """Make a file of zeros that has its room; raise OSError, and leave none, if there is not."""
    try:
        with draft.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, room_bytes)
    except OSError:
        draft.unlink()
        raise


class DeadWorkerMetrics:
    """Takes over what dead workers have counted; for the one process that is told of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pids: list[int] = []  # whose files are still their own

    def add(self, pid: int) -> None:
        """Take over from *pid*; when its files are being read, together with the next."""
        mark_process_dead(pid, str(self._folder))
        self._pids.append(pid)
        try:
            with _locked(self._folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
                for kind in _COUNTED:
                    _merge(self._folder, kind, self._pids)
        except BlockingIOError:
            return
        self._pids.clear()


def _merge(folder: Path, kind: str, pids: list[int]) -> None:
    """Add the numbers in the files of *pids* to those of the dead."""
    target, draft = folder / f"{kind}_dead.db", folder / f"{kind}_dead.draft"
    sources = [path for pid in pids if (path := folder / f"{kind}_{pid}.db").exists()]
    if not sources:
        return
    totals: defaultdict[str, float] = defaultdict(float)
    for path in [target, *sources] if target.exists() else sources:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):
            totals[key] += value
    _make(draft, _HEAD_BYTES + sum(map(_room, totals)))
    written = MmapedDict(str(draft))
    for key, value in totals.items():
        written.write_value(key, value, 0.0)
    written.close()
    draft.replace(target)
    for path in sources:
        path.unlink()


def _room(key: str) -> int:
    """Return the bytes, or a few more, that *key* and its number take."""
    return len(key.encode()) + 40


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Keep scrapes from seeing a number twice, or not at all, on its way to another file.

    Prometheus takes a counter that falls for one that has begun anew, and adds all of it.
    """
    with (folder / _LOCK).open("ab") as file:
        fcntl.flock(file, how)
        yield
