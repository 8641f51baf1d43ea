"""Metrics of what serves no single exchange: name servers, upstream connections, Redis, the logs.

Their owners count, since no exchange tells of them; once a second the totals are taken over here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge


@dataclass(frozen=True, slots=True)
class Outward:
    """Totals since the worker's start; *idle* is how many there are now."""

    idle: int = 0  # connections to upstreams
    connections: Mapping[str, int] = field(default_factory=dict)  # "new" and "reused"
    lookups: Mapping[str, int] = field(default_factory=dict)  # by result
    unanswered: Mapping[str, int] = field(default_factory=dict)  # by name server
    redis_failures: int = 0
    lost_lines: Mapping[str, int] = field(default_factory=dict)  # by log
    spans: Mapping[str, int] = field(default_factory=dict)  # by result


class OutwardMetrics:
    """The metrics of one worker's ``Outward``."""

    def __init__(self, registry: CollectorRegistry | None) -> None:
        self._idle = Gauge(
            "sigproxy_upstream_connections_idle",
            "Connections to upstreams that are kept for a next request.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._connections = _Total(
            Counter(
                "sigproxy_upstream_connections",
                "How often a request to an upstream got a new connection, and a kept one.",
                ["kind"],
                registry=registry,
            )
        )
        self._lookups = _Total(
            Counter(
                "sigproxy_dns_lookups",
                "Lookups of names in DNS that have ended, by result.",
                ["result"],
                registry=registry,
            )
        )
        self._unanswered = _Total(
            Counter(
                "sigproxy_dns_server_failures",
                "Questions that a name server answered with an error, late or not at all.",
                ["server"],
                registry=registry,
            )
        )
        self._redis = _Total(
            Counter(
                "sigproxy_redis_failures",
                "Requests to Redis that failed or took too long; the limits count nothing then.",
                registry=registry,
            )
        )
        self._lost_lines = _Total(
            Counter(
                "sigproxy_log_lines_lost",
                "Lines of the logs that could not be written.",
                ["log"],
                registry=registry,
            )
        )
        self._spans = _Total(
            Counter(
                "sigproxy_spans",
                "Spans of traced exchanges, by what became of them; only with [tracing].",
                ["result"],
                registry=registry,
            )
        )

    def hand_over(self, outward: Outward) -> None:
        self._idle.set(outward.idle)
        self._connections.each(outward.connections)
        self._lookups.each(outward.lookups)
        self._unanswered.each(outward.unanswered)
        self._redis.grow(outward.redis_failures)
        self._lost_lines.each(outward.lost_lines)
        self._spans.each(outward.spans)


class _Total:
    """A counter that follows totals which somebody else counts."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._told: dict[str | None, int] = {}

    def each(self, totals: Mapping[str, int]) -> None:
        """Take over the totals by the value of the only label; one of 0 is there from then on."""
        for value, total in totals.items():
            if self._told.get(value) != total:
                self._counter.labels(value).inc(total - self._told.get(value, 0))
                self._told[value] = total

    def grow(self, total: int) -> None:
        """Take over the total of a counter without labels."""
        self._counter.inc(total - self._told.get(None, 0))
        self._told[None] = total
