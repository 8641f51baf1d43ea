"""A small system file that is read again when it has changed, without a thread."""

import logging
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

POLL_EVERY_S = 1.0
MOST_BYTES = 16 * 1024 * 1024
# Two writes within one tick of the kernel's clock, at most 10 ms, get the same timestamp.
_TICK_NS = 100_000_000

log = logging.getLogger("sigproxy")

T = TypeVar("T")
_State = tuple[int, ...]


class WatchedFile(Generic[T]):
    """``value`` is the result of *parse* for the file's text; for "" if the file is missing.

    If *parse* returns None, or the file cannot be read, the value does not change.
    """

    def __init__(self, path: Path, parse: Callable[[str], T | None], at_first: T) -> None:
        self._path = path
        self._parse = parse
        self.value = at_first
        self._seen: _State | None = None
        self._complaint = ""
        self._next_poll_s = float("-inf")

    def poll(self, now_s: float) -> bool:
        """Read the file if it has changed, at most once in POLL_EVERY_S.

        Return whether the value has changed.
        """
        if now_s < self._next_poll_s:
            return False
        self._next_poll_s = now_s + POLL_EVERY_S
        try:
            seen = self._state()
            if seen is not None and seen == self._seen:
                return False
            value = self._parse(self._read() if seen else "")
        except OSError as error:
            self._complain(error.strerror or str(error))
            return False
        self._complaint = ""
        self._seen = seen if seen and time.time_ns() - seen[-1] > _TICK_NS else None
        if value is None or value == self.value:
            return False
        self.value = value
        return True

    def _state(self) -> _State | None:
        """Return a value that changes when the file does; None if there is no file."""
        try:
            status = os.stat(self._path)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(status.st_mode):  # open() of a FIFO would block
            raise OSError("it is not a regular file")
        changed_ns = max(status.st_mtime_ns, status.st_ctime_ns)
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, changed_ns

    def _read(self) -> str:
        with open(self._path, "rb") as file:
            return file.read(MOST_BYTES).decode("utf-8", "replace")

    def _complain(self, reason: str) -> None:
        """Log once that the file cannot be read."""
        if reason != self._complaint:
            self._complaint = reason
            log.warning(
                "%s cannot be read: %s. Its previous content stays in use; "
                "let the user who runs sigproxy read it",
                self._path,
                reason,
            )
