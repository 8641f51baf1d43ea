"""Write lines of the access log in batches, since queueing each line would cost more."""

import asyncio
import logging

from sigproxy.telemetry.losses import Losses
from sigproxy.telemetry.sinks import STANDARD_OUTPUT, FileSink, Sink, StreamSink
from sigproxy.telemetry.spool import Spool, finish_at_exit

log = logging.getLogger("sigproxy")

FLUSH_S = 0.1  # a crash may lose this much; `tail -f` seems immediate
FLUSH_LINES = 100  # rendered in a millisecond


class LineWriter:
    """Appends to *path*, or to standard output for "-", in its own thread.

    Lines that cannot be written are lost; exchanges are never affected. In an event loop a line is
    queued after FLUSH_S at most; without one, at once.
    """

    def __init__(self, path: str) -> None:
        self._lines: list[object] = []
        self._timer: asyncio.TimerHandle | None = None
        self._losses = Losses("access log", _remedy(path))
        self._spool = Spool(_sink(path), self._losses, log.error)
        self._spool.put(b"")  # creates the file at the start
        finish_at_exit(self)

    def write(self, line: object) -> None:
        """Write *line*, an object whose ``str`` is the line; it is rendered when it is queued."""
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

    def lost(self) -> int:
        """Return how many lines could not be written since the process began."""
        return self._losses.total

    def close(self) -> None:
        """Queue the last lines; the thread ends when it has written them."""
        self.flush()
        self._spool.close()

    def settle(self, within_s: float) -> bool:
        """Wait until all queued lines are written; return whether they are."""
        return self._spool.settle(within_s)

    def finish(self, until_s: float) -> None:
        """Wait for the last lines until *until_s*; called when the process ends."""
        self.flush()
        self._spool.finish(until_s)


def _sink(path: str) -> Sink:
    return StreamSink(STANDARD_OUTPUT) if path == "-" else FileSink(path)


def _remedy(path: str) -> str:
    if path == "-":
        return "check the program that collects it, or name a file in access_log.path"
    return "check that it can be written, or name another in access_log.path"


def _made(line: object) -> str:
    """Return the text of *line* with its line end; an error in one must not affect the others."""
    try:
        return f"{line}\n"
    except Exception:
        log.exception("a line of the access log is lost: it could not be rendered")
        return ""
