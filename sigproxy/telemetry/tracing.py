"""Hand the exchanges that are traced on, to become spans; without OpenTelemetry, nothing is used.

The gateway decides which those are (``policies.tracing``), before it sends them upstream.
"""

from dataclasses import dataclass
from typing import Protocol

from sigproxy.exchange import Exchange


class Sink(Protocol):
    @property
    def counts(self) -> dict[str, int]:
        """How many spans were exported, have failed and were dropped, by these words."""

    def put(self, exchange: Exchange) -> None:
        """Take *exchange*, without waiting."""

    def close(self) -> None:
        """Export what is left, without waiting."""


@dataclass(frozen=True, slots=True)
class Tracing:
    """An observer."""

    sink: Sink

    def opened(self, exchange: Exchange) -> None: ...

    def ended(self, exchange: Exchange) -> None:
        if exchange.trace is None or (exchange.is_health_check and exchange.error is None):
            return
        self.sink.put(exchange)

    def failed(self, exchange: Exchange) -> None: ...

    def closed(self) -> None:
        self.sink.close()
