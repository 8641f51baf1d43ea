"""The metrics: names, labels, buckets, and how the values of several workers are combined."""

from bisect import bisect_left

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from sigproxy.exchange import Exchange

# Prometheus' default buckets, up to the 120 s of response_timeout_s; long polls take 30 or 60 s.
DURATIONS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
# From the 1 ms of a name server or a vendor nearby to the 10 s of tls_timeout_s.
STEPS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class _Histogram(Histogram):
    """A histogram to which many observations can be added at once."""

    def add(self, counts: list[int], sum_s: float) -> None:
        """Add *counts* of observations, one for each bucket; *sum_s* is the sum of all."""
        self._sum.inc(sum_s)
        for bucket, count in zip(self._buckets, counts, strict=True):
            if count:
                bucket.inc(count)


class Batch:
    """Durations, counted by bucket until ``hand_over`` adds them to the histogram."""

    __slots__ = ("_counts", "_histogram", "_sum_s")

    def __init__(self, histogram: _Histogram) -> None:
        self._histogram = histogram
        self._counts = [0] * (len(DURATIONS_S) + 1)
        self._sum_s = 0.0

    def add(self, duration_s: float) -> None:
        self._counts[bisect_left(DURATIONS_S, duration_s)] += 1
        self._sum_s += duration_s

    def hand_over(self) -> None:
        if any(self._counts):
            self._histogram.add(self._counts, self._sum_s)
            self._counts = [0] * len(self._counts)
            self._sum_s = 0.0


class Instruments:
    """The metrics of one worker; docs/metrics.md explains how to use them."""

    def __init__(self, registry: CollectorRegistry | None) -> None:
        self.exchanges = Counter(
            "sigproxy_exchanges",
            "Exchanges that have ended: requests with a response, closed WebSockets.",
            ["route", "code", "error"],
            registry=registry,
        )
        self.in_flight = Gauge(
            "sigproxy_exchanges_in_flight",
            "Exchanges that have not ended, including open WebSockets.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._durations = _Histogram(
            "sigproxy_exchange_duration_seconds",
            "From a request's head to the end of its response; without WebSockets.",
            ["route"],
            registry=registry,
            buckets=DURATIONS_S,
        )
        self._dns = Histogram(
            "sigproxy_dns_seconds",
            "How long exchanges waited for name servers; cached answers are not counted.",
            registry=registry,
            buckets=STEPS_S,
        )
        self._connect = Histogram(
            "sigproxy_upstream_connect_seconds",
            "How long exchanges waited for TCP connections to upstreams, including failed ones.",
            registry=registry,
            buckets=STEPS_S,
        )
        self._tls = Histogram(
            "sigproxy_upstream_tls_seconds",
            "How long exchanges waited for TLS handshakes with upstreams, including failed ones.",
            registry=registry,
            buckets=STEPS_S,
        )
        self.connections_open = Gauge(
            "sigproxy_connections_open",
            "Connections of clients, including idle ones and WebSockets.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.websockets_open = Gauge(
            "sigproxy_websockets_open",
            "Open WebSockets.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.websocket_bytes = Counter(
            "sigproxy_websocket_bytes",
            "Bytes in WebSockets: received from clients, sent to clients.",
            ["direction"],
            registry=registry,
        )
        self.websocket_closes = Counter(
            "sigproxy_websocket_closes",
            "WebSockets that have ended, by the first Close frame's code and the side that closed.",
            ["code", "by"],
            registry=registry,
        )
        self.turn_open = Gauge(
            "sigproxy_turn_open",
            "TURN clients that are connected to the TURN server through this gateway.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.turn_bytes = Counter(
            "sigproxy_turn_bytes",
            "Bytes of TURN on the shared port: received from clients, sent to them.",
            ["direction"],
            registry=registry,
        )
        self.turn_connections = Counter(
            "sigproxy_turn_connections",
            "Connections of TURN clients that have ended, by the error's token.",
            ["error"],
            registry=registry,
        )
        self.refusals = Counter(
            "sigproxy_refusals",
            "Refused requests, by the error's token, and connections closed without a response.",
            ["reason"],
            registry=registry,
        )
        self.client_failures = Counter(
            "sigproxy_client_failures",
            "Connections of clients that failed before a request, by the reason.",
            ["reason"],
            registry=registry,
        )
        self.turn_credentials = Counter(
            "sigproxy_turn_credentials",
            "TURN credentials that were asked for at /-/ice: issued, or why not.",
            ["result"],
            registry=registry,
        )
        self.certificate_expiry = Gauge(
            "sigproxy_certificate_expiry_timestamp_seconds",
            "When the listener's certificate expires, in seconds since 1970.",
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self.loop_lag = Histogram(
            "sigproxy_loop_lag_seconds",
            "How late a worker ran a timer that it sets each second.",
            registry=registry,
            buckets=STEPS_S,
        )
        self.workers = Gauge(
            "sigproxy_workers",
            "Worker processes, including those that drain.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.draining = Gauge(
            "sigproxy_draining",
            "Worker processes that accept no new clients and wait for open exchanges.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.build_info = Gauge(
            "sigproxy_build_info",
            "Always 1; the labels are the versions that run.",
            ["version", "python"],
            registry=registry,
            multiprocess_mode="livemostrecent",
        )

    def duration(self, route: str | None) -> Batch:
        return Batch(self._durations.labels(route or ""))

    def steps(self, exchange: Exchange) -> None:
        """Record how long *exchange* waited for its connection to the upstream."""
        if exchange.dns_s is not None:
            self._dns.observe(exchange.dns_s)
        if exchange.tcp_s is not None:
            self._connect.observe(exchange.tcp_s)
        if exchange.tls_s is not None:
            self._tls.observe(exchange.tls_s)
