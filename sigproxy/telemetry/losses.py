"""Count lost log lines, and report them once a minute, or when writing works again."""

from dataclasses import dataclass, field
from time import monotonic

from sigproxy.throttle import Throttle

SAY_EVERY_S = 60.0


@dataclass(slots=True)
class Losses:
    """The losses of one log. Its methods return a message to log; None: nothing now.

    *is_said_at_once* is false for the error log itself: while it cannot be written, the message
    would be lost as well.
    """

    log: str  # as in "lines of the access log"
    remedy: str
    is_said_at_once: bool = True
    total: int = 0  # lines since the process began
    _lines: int = 0
    _why: str = ""
    _throttle: Throttle = field(default_factory=lambda: Throttle(SAY_EVERY_S))

    def note(self, lines: int, why: str) -> str | None:
        """Count *lines*; *why* is the beginning of a sentence."""
        self.total += lines
        self._lines += lines
        self._why = why
        return self._rest_if_due() if self.is_said_at_once else None

    def went_on(self, *, is_caught_up: bool) -> str | None:
        """Note that lines were written again."""
        return self.rest() if is_caught_up else self._rest_if_due()

    def rest(self) -> str | None:
        """Return a message about the losses that were not reported yet."""
        if not self._lines:
            return None
        lines, self._lines = self._lines, 0
        self._throttle.restart(monotonic())
        counted = "1 line" if lines == 1 else f"{lines} lines"
        were = "was" if lines == 1 else "were"
        return f"{counted} of the {self.log} {were} lost: {self._why}; {self.remedy}"

    def forget(self) -> None:
        self.total = self._lines = 0

    def _rest_if_due(self) -> str | None:
        return self.rest() if self._lines and self._throttle.permits(monotonic()) else None
