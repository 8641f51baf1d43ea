"""Lines to a file, those of one moment in one write: a write for each costs more than the line."""

import asyncio
import logging
import math
import os
import sys
import time
from contextlib import suppress

log = logging.getLogger("sigproxy")

FLUSH_S = 0.1  # what a crash may lose; `tail -f` shows it as at once
FLUSH_LINES = 100  # made and written in a millisecond
SAY_EVERY_S = 60.0


class LineWriter:
    """Appends to *path*, or to standard output for "-".

    A file that logrotate moved away is opened anew; one that cannot be written costs lines,
    never an exchange. Within an event loop a line is written FLUSH_S later at most; without
    one, at once.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._lines: list[object] = []
        self._timer: asyncio.TimerHandle | None = None
        self._file: int | None = None
        self._is_torn = False
        self._losses = _Losses(path)
        with suppress(OSError):  # a folder that has gone since the check costs lines, not the start
            self._open()

    def write(self, line: object) -> None:
        """Take what is a line once it is made a string, which is when it is written."""
        self._lines.append(line)
        if self._timer is None:
            try:
                self._timer = asyncio.get_running_loop().call_later(FLUSH_S, self.flush)
            except RuntimeError:
                self.flush()
        elif len(self._lines) >= FLUSH_LINES:
            self.flush()

    def flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines, self._lines = self._lines, []
        if not lines:
            return
        self._append("".join(map(_made, lines)).encode("utf-8", "backslashreplace"))

    def _append(self, data: bytes) -> None:
        """Write *data*; what cannot be written is lost, and that is said."""
        try:
            file = self._open()
            if self._is_torn:  # half a line was all that a full disk could take
                os.write(file, b"\n")
                self._is_torn = False
            while data:
                written = os.write(file, data)
                self._is_torn = not data.endswith(b"\n", 0, written)
                data = data[written:]
        except OSError as error:
            self._losses.note(data.count(b"\n"), error)

    def _open(self) -> int:
        """Return the descriptor of what is at the path now."""
        if self._path == "-":
            sys.stdout.flush()  # what was printed comes first
            return sys.stdout.fileno()
        if self._file is not None:
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(self._file), os.stat(self._path)):
                    return self._file
            self.close()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._file = os.open(self._path, flags, 0o666)
        self._is_torn = False
        return self._file

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _made(line: object) -> str:
    """Return *line* with its end; a fault in the making of one must not cost the others."""
    try:
        return f"{line}\n"
    except Exception:
        log.exception("a line of the access log is lost: it could not be made")
        return ""


class _Losses:
    """Says, at most once a minute, that lines of the access log are being lost."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lost = 0
        self._said_s = -math.inf

    def note(self, lines: int, error: OSError) -> None:
        self._lost += lines
        now_s = time.monotonic()
        if now_s - self._said_s >= SAY_EVERY_S:
            self._said_s = now_s
            log.error(
                "access log %s: %s; %d line(s) lost. See that it can be written, or name another "
                "in access_log.path",
                self._path,
                error.strerror or error,
                self._lost,
            )
            self._lost = 0
