"""Standard error as a text stream that never blocks: the error log and all other output.

It replaces ``sys.stderr``, to which logging, warnings, tracebacks and gunicorn's own prints write.
"""

import io
import logging
from collections.abc import Callable

from sigproxy.telemetry.losses import Losses
from sigproxy.telemetry.sinks import STANDARD_ERROR, StreamSink
from sigproxy.telemetry.spool import Spool, finish_at_exit

REMEDY = "check that the program that collects it reads it"

log = logging.getLogger("gunicorn.error")


class ErrorStream(io.TextIOBase):
    """Writes whole lines; *hide*, once set, masks secrets in them."""

    def __init__(self) -> None:
        self._losses = Losses("error log", REMEDY, is_said_at_once=False)
        self._spool = Spool(StreamSink(STANDARD_ERROR), self._losses, log.error)
        self._begun = ""  # a line without its end
        self.hide: Callable[[str], str] = str
        finish_at_exit(self, is_last=True)

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    @property
    def lost(self) -> int:
        """How many lines could not be written since the process began."""
        return self._losses.total

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return STANDARD_ERROR

    def write(self, text: str) -> int:
        lines, end, self._begun = (self._begun + text).rpartition("\n")
        if end:
            self._put(lines + end)
        return len(text)

    def flush(self) -> None:
        """Queue a line that has no line end yet; do not wait."""
        text, self._begun = self._begun, ""
        if text:
            self._put(text)

    def finish(self, until_s: float) -> None:
        self.flush()
        self._spool.finish(until_s)

    def _put(self, text: str) -> None:
        self._spool.put(self.hide(text).encode("utf-8", "backslashreplace"))
