"""What is open, and has not counted all its bytes yet."""

from sigproxy.exchange import Exchange
from sigproxy.telemetry.status.rows import TrafficRow


class Stream:
    """A WebSocket or TURN client: its bytes count while it is open."""

    __slots__ = ("_exchange", "_received", "_sent", "rows")

    def __init__(self, exchange: Exchange, rows: tuple[TrafficRow, ...]) -> None:
        self._exchange = exchange
        self._received = self._sent = 0
        self.rows = rows

    def tell(self) -> None:
        """Count the bytes since the last time."""
        exchange = self._exchange
        received, sent = exchange.received - self._received, exchange.sent - self._sent
        if not received and not sent:
            return
        self._received, self._sent = exchange.received, exchange.sent
        for row in self.rows:
            row.received.now += received
            row.sent.now += sent
