"""Standard error as a text stream on which nobody waits: the error log, and whatever else is said.

It takes the place of ``sys.stderr``, and so of what logging, warnings, tracebacks and gunicorn's
own prints write to.
"""

import io
import logging
from collections.abc import Callable

from sigproxy.telemetry.losses import Losses
from sigproxy.telemetry.sinks import STANDARD_ERROR, StreamSink
from sigproxy.telemetry.spool import Spool, finish_at_exit

REMEDY = "see that whoever collects it reads on"

log = logging.getLogger("gunicorn.error")


class ErrorStream(io.TextIOBase):
    """Hands over whole lines; *hide*, once set, takes out of them what is not to be shown."""

    def __init__(self) -> None:
        losses = Losses("error log", REMEDY, is_said_at_once=False)
        self._spool = Spool(StreamSink(STANDARD_ERROR), losses, log.error)
        self._begun = ""  # a line without its end
        self.hide: Callable[[str], str] = str
        finish_at_exit(self, is_last=True)

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

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
        """Hand over a line that has no end yet; do not wait."""
        text, self._begun = self._begun, ""
        if text:
            self._put(text)

    def finish(self, until_s: float) -> None:
        self.flush()
        self._spool.finish(until_s)

    def _put(self, text: str) -> None:
        self._spool.put(self.hide(text).encode("utf-8", "backslashreplace"))
