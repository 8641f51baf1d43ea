"""What only the master knows, for the status page: reloads, and workers that died."""

import logging
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sigproxy.telemetry.status.files import MOST_DEATHS, EndedWorkers, Master, Reload, write_master

log = logging.getLogger("gunicorn.error")


class Notes:
    """Keeps them in *folder*, where each worker reads them."""

    def __init__(self, folder: Path) -> None:
        """Raise OSError if there is no space for them."""
        self._folder = folder
        self._master = Master(os.getpid(), time.time())
        self._ended = EndedWorkers(folder)
        write_master(folder, self._master)

    def reloaded(self, why_not: Sequence[str]) -> None:
        """Note a reload, which was refused if *why_not* says anything."""
        ended = Reload(time.time(), is_ok=not why_not, why=tuple(why_not))
        self._write(replace(self._master, reload=ended))

    def worker_ended(self, pid: int, *, is_expected: bool) -> None:
        """Take over the figures of *pid*; raise OSError if there is no space for them."""
        if not is_expected:
            deaths = (*self._master.deaths, time.time())[-MOST_DEATHS:]
            self._write(replace(self._master, deaths=deaths))
        self._ended.add(pid)

    def _write(self, master: Master) -> None:
        self._master = master
        try:
            write_master(self._folder, master)
        except OSError as error:
            log.error("the status page does not show the latest: no space for it: %s", error)
