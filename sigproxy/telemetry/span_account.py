"""What became of the spans: counted for the metrics, and losses said in the error log."""

import logging
from dataclasses import dataclass, field
from time import monotonic

from sigproxy.throttle import Throttle

# Spans that may wait, OpenTelemetry's default. Each holds its exchange, which has up to some ten
# KiB of fields.
MOST_WAITING = 2048
SAY_EVERY_S = 60.0
RESULTS = ("exported", "failed", "dropped")

log = logging.getLogger("sigproxy")


@dataclass(slots=True)
class SpanAccount:
    """The loop's thread admits, the exporter's tells what came of it; *endpoint* is a URL."""

    endpoint: str
    admitted: int = 0
    dropped: int = 0
    exported: int = 0
    failed: int = 0
    _said: int = 0
    _throttle: Throttle = field(default_factory=lambda: Throttle(SAY_EVERY_S))

    def counts(self) -> dict[str, int]:
        return dict(zip(RESULTS, (self.exported, self.failed, self.dropped), strict=True))

    def admit(self) -> bool:
        """Return whether there is room for one more span."""
        if self._waiting >= MOST_WAITING:
            self.dropped += 1
            return False
        self.admitted += 1
        return True

    @property
    def _waiting(self) -> int:
        return self.admitted - self.exported - self.failed

    def took(self, spans: int) -> None:
        self.exported += spans
        if self._unsaid and self._throttle.permits(monotonic()):
            self._say("it took them too slowly")

    def refused(self, spans: int, why: str) -> None:
        self.failed += spans
        if self._throttle.permits(monotonic()):
            self._say(why)

    def say_rest(self) -> None:
        """Log at the end of the process what the collector has not got."""
        self.failed += self._waiting
        if self._unsaid:
            self._say("it did not take the last ones in time")

    @property
    def _unsaid(self) -> int:
        return self.failed + self.dropped - self._said

    def _say(self, why: str) -> None:
        lost = self._unsaid
        self._said += lost
        log.error(
            "%d span(s) did not reach the collector at %s: %s. See that it runs, or correct "
            "tracing.endpoint; no request is affected",
            lost,
            self.endpoint,
            why,
        )
