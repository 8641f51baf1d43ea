"""The master's part of the admin listener; workers inherit it and serve it (``pages``)."""

import logging
import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sigproxy.config import Settings, listening
from sigproxy.config.values import parse_bind
from sigproxy.semantics.authority import Authority
from sigproxy.service.options import memory_folder
from sigproxy.service.scratch import Scratch

if TYPE_CHECKING:  # they are needed only with an admin listener
    from sigproxy.service.notes import Notes
    from sigproxy.telemetry.workers import DeadWorkerMetrics

log = logging.getLogger("gunicorn.error")


@dataclass(frozen=True, slots=True)
class AdminListener:
    """What a worker inherits: the socket, and the folder for its figures.

    *began_at*: when the service started, in seconds since 1970.
    """

    bind: str
    listener: socket.socket
    folder: Path
    began_at: float


class Admin:
    """Opens what workers share, and keeps the figures of dead ones."""

    def __init__(self) -> None:
        self._scratch: Scratch | None = None
        self._dead_workers: DeadWorkerMetrics | None = None
        self._notes: Notes | None = None
        self._began_at = time.time()
        self._last_reload = (True, self._began_at)  # the start

    def open(self, settings: Settings, held: AdminListener | None) -> AdminListener | None:
        """Return what workers with *settings* inherit; raise OSError if it cannot be opened.

        If the address has not changed, *held*, the current listener, is returned.
        """
        bind = settings.admin.bind
        if bind is None or (held is not None and held.bind == bind):
            return None if bind is None else held
        try:
            folder = self._prepared()
            return AdminListener(bind, _listen(bind), folder, self._began_at)
        except OSError as error:
            raise OSError(error.errno, f"admin.bind ({bind}): {error.strerror}") from error

    def _prepared(self) -> Path:
        if self._scratch is None:
            self._scratch = Scratch(memory_folder())
            # prometheus_client reads it once, when it is imported.
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(self._scratch.path)
            from sigproxy.service.notes import Notes
            from sigproxy.telemetry.workers import DeadWorkerMetrics

            self._dead_workers = DeadWorkerMetrics(self._scratch.path)
            self._notes = Notes(self._scratch.path)
            self._show_reload(self._scratch.path)
        return self._scratch.path

    def reloaded(self, why_not: Sequence[str]) -> None:
        """Show in metrics and status that a reload has ended; *why_not*: why it was refused."""
        self._last_reload = (not why_not, time.time())
        if self._scratch is not None:
            self._show_reload(self._scratch.path)
        if self._notes is not None:
            self._notes.reloaded(why_not)

    def _show_reload(self, folder: Path) -> None:
        from sigproxy.telemetry import last_reload

        is_ok, at = self._last_reload
        try:
            last_reload.write(folder, is_ok=is_ok, at=at)
        except OSError as error:
            log.error("the metrics do not show the last reload: %s", error)

    def worker_ended(self, arbiter: Any, worker: Any) -> None:
        """gunicorn's hook ``child_exit``; not called for a worker that could not start."""
        self._take_over(worker.pid, is_expected=worker.is_leaving or arbiter.is_stopping)

    def worker_failed(self, pid: int) -> None:
        """Take over what a worker counted that could not start. Nothing was open there."""
        self._take_over(pid, is_expected=True)

    def _take_over(self, pid: int, *, is_expected: bool) -> None:
        if self._dead_workers is None or self._notes is None:
            return
        try:
            self._dead_workers.add(pid)
            self._notes.worker_ended(pid, is_expected=is_expected)
        except Exception:  # metrics must not end the master
            log.exception("the metrics of worker %d could not be added to the others'", pid)

    def close(self) -> None:
        """Remove the folder when the service ends."""
        if self._scratch is not None:
            self._scratch.remove()


def drop(dropped: AdminListener | None, keep: AdminListener | None) -> None:
    """Close the socket of *dropped* in this process, unless *keep* has the same one."""
    if dropped is not None and (keep is None or keep.listener is not dropped.listener):
        dropped.listener.close()


def _listen(bind: str) -> socket.socket:
    address = parse_bind(bind)
    assert isinstance(address, Authority)  # `values.admin_address` allows nothing else
    return listening.opened_for_both(address.host, address.port)
