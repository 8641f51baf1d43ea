"""Counts and durations for Prometheus: an observer of exchanges, and each worker's own state.

No client or upstream can choose a label's value: routes are named by the configuration, errors by
the gateway; unregistered statuses and close codes are grouped.

To be fast, it only adds to plain numbers for each exchange. Once a second they are added to the
Prometheus metrics (``hand_over``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from platform import python_version

from prometheus_client import CollectorRegistry, Counter, Gauge

from sigproxy import __version__
from sigproxy.exchange import Exchange
from sigproxy.semantics import client_tls
from sigproxy.telemetry import labels
from sigproxy.telemetry.instruments import Batch, Instruments
from sigproxy.telemetry.labels import REFUSALS, UNANSWERED, close_code, status_code
from sigproxy.telemetry.outward import Outward, OutwardMetrics

_Ended = tuple[str | None, int | None, str | None]  # route, status, error


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a worker; *dropped* counts connections since its start."""

    in_flight: int = 0
    connections: int = 0
    dropped: int = 0
    draining: bool = False
    outward: Outward = field(default_factory=Outward)


class Metrics:
    """An observer of one worker's exchanges.

    If PROMETHEUS_MULTIPROC_DIR was set before this module was imported, the metrics are in files
    there, and *registry* may be None: ``workers.exposition`` reads them all.
    """

    def __init__(self, registry: CollectorRegistry | None) -> None:
        self._instruments = Instruments(registry)
        self._ended: dict[_Ended, int] = {}
        self._durations: dict[str | None, Batch] = {}
        self._failures = dict.fromkeys(client_tls.REASONS, 0)
        self._certificate_until: float | None = None
        self._dropped = 0
        instruments = self._instruments
        self._websockets = _Streams(instruments.websocket_bytes, instruments.websockets_open)
        self._turn = _Streams(instruments.turn_bytes, instruments.turn_open)
        self._outward = OutwardMetrics(registry)

    def began(self, routes: Sequence[str] = (), *, turn: bool = False) -> None:
        """Record that the worker has started, with the *routes* of these names.

        What may be counted is there at 0 from now on; *turn*: so is what [turn] is for.
        """
        instruments = self._instruments
        instruments.build_info.labels(__version__, python_version()).set(1)
        instruments.workers.set(1)
        for ended in labels.exchanges(routes):
            instruments.exchanges.labels(*ended)
        for route in labels.known(routes):
            self._durations[route] = instruments.duration(route)
        for close in labels.closes():
            instruments.websocket_closes.labels(*close)
        for reason in labels.refusals():
            instruments.refusals.labels(reason)
        for error in labels.turn_ends() if turn else ():
            instruments.turn_connections.labels(error)
        for result in labels.credentials() if turn else ():
            instruments.turn_credentials.labels(result)
        self.hand_over(Snapshot())

    def certificate_expires(self, at: float) -> None:
        """Record when the listener's certificate expires, in seconds since the epoch.

        Only if it has changed: the latest value of any worker counts, and a draining worker does
        not know of a renewal.
        """
        if at != self._certificate_until:
            self._certificate_until = at
            self._instruments.certificate_expiry.set(at)

    def opened(self, exchange: Exchange) -> None:
        (self._websockets if exchange.turn is None else self._turn).opened(exchange)

    def ended(self, exchange: Exchange) -> None:
        if exchange.turn is not None:
            self._turn.ended(exchange)
            self._instruments.turn_connections.labels(exchange.error or "").inc()
            return
        if exchange.is_health_check and exchange.error is None:
            return
        ended = exchange.route, exchange.status, exchange.error
        self._ended[ended] = self._ended.get(ended, 0) + 1
        if exchange.websocket:
            self._websocket_ended(exchange)
        elif exchange.ended_s is not None:
            batch = self._durations.get(exchange.route)
            if batch is None:
                batch = self._durations[exchange.route] = self._instruments.duration(exchange.route)
            batch.add(exchange.ended_s)
        if exchange.issued is not None:
            result = "issued" if exchange.issued else exchange.error or ""
            self._instruments.turn_credentials.labels(result).inc()
        if exchange.tcp_s is not None or exchange.dns_s is not None:
            self._instruments.steps(exchange)

    def _websocket_ended(self, exchange: Exchange) -> None:
        self._websockets.ended(exchange)
        code, by = close_code(exchange.close_code), exchange.closed_by or "gateway"
        self._instruments.websocket_closes.labels(code, by).inc()

    def failed(self, exchange: Exchange) -> None:
        self._failures[exchange.error or client_tls.TLS_FAILED] += 1

    def closed(self) -> None:
        self.hand_over(Snapshot(dropped=self._dropped, draining=True))

    def lagged(self, late_s: float) -> None:
        """Record how late the loop ran a timer, which is how long other work has to wait."""
        self._instruments.loop_lag.observe(late_s)

    def hand_over(self, snapshot: Snapshot) -> None:
        """Publish the counts and the current state."""
        instruments = self._instruments
        ended, self._ended = self._ended, {}
        for (route, status, error), count in ended.items():
            instruments.exchanges.labels(route or "", status_code(status), error or "").inc(count)
            if error in REFUSALS:
                instruments.refusals.labels(error).inc(count)
        for reason, count in self._failures.items():
            instruments.client_failures.labels(reason).inc(count)  # from 0, by ``began``
            self._failures[reason] = 0
        for batch in self._durations.values():
            batch.hand_over()
        self._websockets.hand_over()
        self._turn.hand_over()
        instruments.refusals.labels(UNANSWERED).inc(snapshot.dropped - self._dropped)
        self._dropped = snapshot.dropped
        self._outward.hand_over(snapshot.outward)
        instruments.in_flight.set(snapshot.in_flight)
        instruments.connections_open.set(snapshot.connections)
        instruments.draining.set(snapshot.draining)


class _Streams:
    """What stays open for long, as WebSockets do: its bytes count before it ends."""

    __slots__ = ("_bytes", "_number", "_open", "_received", "_sent")

    def __init__(self, carried_bytes: Counter, number: Gauge) -> None:
        self._bytes = carried_bytes
        self._number = number
        self._open: dict[str, Exchange] = {}
        self._received = _Sum()
        self._sent = _Sum()

    def opened(self, exchange: Exchange) -> None:
        self._open[exchange.id] = exchange

    def ended(self, exchange: Exchange) -> None:
        self._open.pop(exchange.id, None)
        self._received.ended += exchange.received
        self._sent.ended += exchange.sent

    def hand_over(self) -> None:
        still_open = self._open.values()
        received = self._received.grown(sum(each.received for each in still_open))
        sent = self._sent.grown(sum(each.sent for each in still_open))
        self._bytes.labels("received").inc(received)
        self._bytes.labels("sent").inc(sent)
        self._number.set(len(still_open))


class _Sum:
    """Of something that each stream has, open ones and those that have ended."""

    __slots__ = ("_told", "ended")

    def __init__(self) -> None:
        self.ended = 0
        self._told = 0

    def grown(self, still_open: int) -> int:
        """Return by how much the sum has grown since the last call."""
        total = self.ended + still_open
        growth, self._told = total - self._told, total
        return growth
