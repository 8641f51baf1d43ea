"""Reap workers that have ended: all of them, and each to the end.

gunicorn stops in the middle once it has reaped one that could not start, since it would then stop
the service, which we do not while others serve. What it leaves out is here.
"""

from collections.abc import Callable
from typing import Any

from gunicorn.errors import HaltServer


def reap_all(master: Any, reap: Callable[[], None]) -> HaltServer | None:
    """Call *reap*, gunicorn's, until nobody is left; return why it would stop the service.

    Two workers may fail at the same moment, and the kernel joins their signals: nothing would
    remind us of the second, which would stay a zombie.
    """
    first = None
    while True:
        before = dict(master.WORKERS)
        try:
            reap()
            return first
        except HaltServer as halt:
            first = first or halt
            for pid, worker in before.items():
                if pid not in master.WORKERS and _is_open(worker):
                    worker.tmp.close()
                    # Otherwise its files of metrics stay, some more with each try to start one.
                    master.app.worker_failed(pid)


def _is_open(worker: Any) -> bool:
    """Return whether the file of its heartbeats is open: gunicorn has not done with it."""
    try:
        worker.tmp.fileno()
    except ValueError:
        return False
    return True
