"""Limit the log lines for failed connections, of which an attacker can cause thousands a second."""

import asyncio
import logging
from collections import Counter
from time import monotonic

from sigproxy.throttle import Allowance

LINES_PER_S = 10  # of each worker
SAY_EVERY_S = 10.0

log = logging.getLogger("sigproxy")


class FailureLines:
    """Decides which failures get a line; counts the others, and says in the error log how many."""

    def __init__(self) -> None:
        self._allowance = Allowance(LINES_PER_S)
        self._left_out: Counter[str] = Counter()
        self._telling: asyncio.TimerHandle | None = None

    def permits(self, error: str) -> bool:
        """Return whether a failure with *error* gets a line of its own."""
        if self._allowance.permits(monotonic()):
            return True
        self._left_out[error] += 1
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(SAY_EVERY_S, self._tell)
        return False

    def closed(self) -> None:
        """Say what is left to say."""
        if self._telling is not None:
            self._telling.cancel()
            self._tell()

    def _tell(self) -> None:
        self._telling = None
        counted = ", ".join(f"{error} {count}" for error, count in self._left_out.most_common())
        log.warning(
            "%d failed connection(s) of clients have no line in the access log, which has %d a "
            "second: %s",
            self._left_out.total(),
            LINES_PER_S,
            counted,
        )
        self._left_out.clear()
