"""Lines of the access log, those of one moment together: to hand over each costs more than it."""

import asyncio
import logging

from sigproxy.telemetry.losses import Losses
from sigproxy.telemetry.sinks import STANDARD_OUTPUT, FileSink, Sink, StreamSink
from sigproxy.telemetry.spool import Spool, finish_at_exit

log = logging.getLogger("sigproxy")

FLUSH_S = 0.1  # what a crash may lose; `tail -f` shows it as at once
FLUSH_LINES = 100  # made in a millisecond


class LineWriter:
    """Appends to *path*, or to standard output for "-", on a thread of its own.

    What cannot be written costs lines, never an exchange. Within an event loop a line is handed
    over FLUSH_S later at most; without one, at once.
    """

    def __init__(self, path: str) -> None:
        self._lines: list[object] = []
        self._timer: asyncio.TimerHandle | None = None
        losses = Losses("access log", _remedy(path))
        self._spool = Spool(_sink(path), losses, log.error)
        self._spool.put(b"")  # so that the file is there from the beginning
        finish_at_exit(self)

    def write(self, line: object) -> None:
        """Take what is a line once it is made a string, which is when it is handed over."""
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
        if made := "".join(map(_made, lines)):
            self._spool.put(made.encode("utf-8", "backslashreplace"))

    def close(self) -> None:
        """Hand over the last lines; the thread ends when it has written them."""
        self.flush()
        self._spool.close()

    def settle(self, within_s: float) -> bool:
        """Wait until all that was handed over is written; return whether it is."""
        return self._spool.settle(within_s)

    def finish(self, until_s: float) -> None:
        """Wait for the last lines until *until_s*: the process ends."""
        self.flush()
        self._spool.finish(until_s)


def _sink(path: str) -> Sink:
    return StreamSink(STANDARD_OUTPUT) if path == "-" else FileSink(path)


def _remedy(path: str) -> str:
    if path == "-":
        return "see that whoever collects it reads on, or name a file in access_log.path"
    return "see that it can be written, or name another in access_log.path"


def _made(line: object) -> str:
    """Return *line* with its end; a fault in the making of one must not cost the others."""
    try:
        return f"{line}\n"
    except Exception:
        log.exception("a line of the access log is lost: it could not be made")
        return ""
