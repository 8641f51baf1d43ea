"""Combine the metrics of all workers, living and dead: prometheus_client's files in one folder.

Each worker has a file for each kind of metric. When it dies, its gauges are removed; its counters
are added to one file for all dead workers. Otherwise each reload would add files, and scrapes would
become slower and slower.
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

from sigproxy.telemetry.processes import Processes

_COUNTED = ("counter", "histogram")
KINDS = (*_COUNTED, "gauge_livesum", "gauge_livemostrecent")
ROOM_BYTES = 256 * 1024  # of one file: enough for a dozen routes
# With more, a file has room for what is counted without a route, and for each route what
# `labels.exchanges` lists (about 60 counters), or the 17 of its histogram, at 250 bytes each.
_FIXED_BYTES = 64 * 1024
_ROUTE_BYTES = {"counter": 16 * 1024, "histogram": 4 * 1024}
_HEAD_BYTES = 8
_LOCK = "lock"  # held while the files are read, or counters are moved to another file


def exposition(folder: Path, master: int | None = None, began_at: float = 0.0) -> bytes:
    """Return the metrics of all workers in Prometheus' text format.

    With *master*, the process that has them as children, also what the processes use; the service
    began at *began_at*, in seconds since 1970.
    """
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))
    if master is not None:
        registry.register(Processes(master, _pids(folder), began_at))
    with _locked(folder, fcntl.LOCK_SH):
        return generate_latest(registry)


def _pids(folder: Path) -> tuple[int, ...]:
    """Return the processes that have files: all workers, or nearly all that have just ended."""
    names = (path.stem.rpartition("_")[2] for path in folder.glob(f"{KINDS[-1]}_*.db"))
    return tuple(int(name) for name in names if name.isdigit())


def reserve(folder: Path, pid: int, routes: int = 1) -> None:
    """Create prometheus_client's files in advance; raise OSError if there is no space for them.

    Its own files are sparse: if memory is full, a write into one kills the process (SIGBUS). They
    are also empty for a moment, in which a scrape would fail.
    """
    paths = {kind: folder / f"{kind}_{pid}.db" for kind in KINDS}
    try:
        for kind, path in paths.items():
            draft = path.with_suffix(".draft")
            make(draft, room_bytes(kind, routes))
            draft.replace(path)
    except OSError:
        for path in paths.values():
            path.unlink(missing_ok=True)
        raise


def room_bytes(kind: str, routes: int) -> int:
    """Return the size of a worker's file with *routes* whose labels are there from the start."""
    return max(ROOM_BYTES, _FIXED_BYTES + routes * _ROUTE_BYTES.get(kind, 0))


def make(draft: Path, room_bytes: int) -> None:
    """Create a file of zeros with its space allocated; if it raises OSError, no file is left."""
    try:
        with draft.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, room_bytes)
    except OSError:
        draft.unlink()
        raise


class DeadWorkerMetrics:
    """Keeps the counters of dead workers; for the master, which notices that a worker has died."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pids: list[int] = []  # dead workers whose files are not merged yet

    def add(self, pid: int) -> None:
        """Merge the files of *pid*; if they are being read just now, with the next dead worker."""
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
    """Add the counters in the files of *pids* to the file of the dead workers."""
    target, draft = folder / f"{kind}_dead.db", folder / f"{kind}_dead.draft"
    sources = [path for pid in pids if (path := folder / f"{kind}_{pid}.db").exists()]
    if not sources:
        return
    totals: defaultdict[str, float] = defaultdict(float)
    for path in [target, *sources] if target.exists() else sources:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):
            totals[key] += value
    make(draft, _HEAD_BYTES + sum(map(_room, totals)))
    written = MmapedDict(str(draft))
    for key, value in totals.items():
        written.write_value(key, value, 0.0)
    written.close()
    draft.replace(target)
    for path in sources:
        path.unlink()


def _room(key: str) -> int:
    """Return the bytes that *key* and its number need, or a few more."""
    return len(key.encode()) + 40


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Prevent that a scrape sees a counter twice, or not at all, while it is being moved.

    Prometheus treats a counter that falls as restarted, and would count all of it again.
    """
    with (folder / _LOCK).open("ab") as file:
        fcntl.flock(file, how)
        yield
