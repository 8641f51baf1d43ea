"""An hour of a gateway that nobody had to wait for: two workers' reports from made-up exchanges.

They are counted by the production code, with a clock that runs from an hour ago until now.
"""

import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sigproxy.exchange import Exchange
from sigproxy.policies.limits import Near
from sigproxy.semantics.authority import Authority
from sigproxy.telemetry.status import files
from sigproxy.telemetry.status.collector import Collector
from sigproxy.telemetry.status.report import Certificate, Report
from sigproxy.telemetry.status.series import SLOT_S

RATE = "more than 600/minute requests from a client; the gateway's operator can raise it"
HOUR_S = 3600
DAY_S = 86400
_ENDS_AT = time.time() + 61.2 * DAY_S


@dataclass(frozen=True, slots=True)
class Host:
    """A vendor's: requests a second, how many WebSockets stay open, and what a step takes."""

    name: str
    route: str
    per_s: float
    websockets: int
    way_s: float
    first_byte_s: float


HOSTS = (
    Host("go.trouter.skype.com", "/", 1.4, 96, 0.021, 0.063),
    Host("api.flightproxy.skype.com", "/", 3.1, 0, 0.018, 0.088),
    Host("contoso.communication.azure.com", "/", 0.9, 0, 0.012, 0.041),
    Host("ap-web-1.agora.io:4711", "/", 0.2, 38, 0.085, 0.19),
    Host("anvil.opentok.com", "/vonage/", 0.5, 22, 0.034, 0.11),
    Host("mantis001.tokbox.com", "/vonage/", 0.3, 0, 0.036, 0.16),
    Host("gs.daily.co", "/daily/", 0.4, 14, 0.009, 0.052),
    Host("watchrtc-server.cyara.com", "/watchrtc/", 0.1, 9, 0.11, 0.24),
)


class Worker:
    """One worker, and what it has seen until now."""

    def __init__(self, pid: int, share: float, seed: int, *, in_trouble: bool) -> None:
        self._pid, self._share, self._in_trouble = pid, share, in_trouble
        self._random = random.Random(seed)
        self._number = 0
        self._open: list[tuple[Exchange, Host]] = []
        self._began_s = time.monotonic() - HOUR_S
        self._collector = Collector(self._began_s)
        self._second = 0
        self._go_on()

    def _go_on(self) -> None:
        """Let pass what has passed until now."""
        while self._began_s + self._second + SLOT_S <= time.monotonic():
            self._pass(self._second)
            self._second += SLOT_S
            self._collector.tick(self._began_s + self._second)

    def _pass(self, second: int) -> None:
        busy = 0.55 + 0.45 * second / HOUR_S + self._random.uniform(-0.18, 0.18)
        for host in HOSTS:
            for _ in range(self._drawn(host.per_s * self._share * busy * SLOT_S)):
                self._ask(host, second)
            self._hold(host, round(host.websockets * self._share * min(1.0, busy)), second)
        for exchange, host in self._open:
            exchange.received += self._random.randrange(200 + host.websockets)
            exchange.sent += self._random.randrange(900 + 3 * host.websockets)
        if self._drawn(0.05):
            self._end(self._exchange(second, error="no_route", status=404, detail="no route"))
        if self._drawn(0.02):
            self._end(self._exchange(second, error="client_gone", route="/"))

    def _drawn(self, mean: float) -> int:
        """Return a whole number that is *mean* in the long run."""
        return int(mean) + (self._random.random() < mean % 1)

    def _exchange(self, second: int, **known: object) -> Exchange:
        self._number += 1
        at = time.time() - HOUR_S + second
        client = f"203.0.113.{self._random.randrange(8, 60)}"
        exchange = Exchange(f"{self._pid}-{self._number:x}", at, self._began_s + second, client)
        exchange.ended_s = 0.1
        for name, value in known.items():
            setattr(exchange, name, value)
        return exchange

    def _asked(self, host: Host, second: int) -> Exchange:
        slower = self._random.lognormvariate(0.0, 0.35)
        exchange = self._exchange(
            second, route=host.route, upstream=Authority.parse(host.name.encode())
        )
        exchange.first_byte_s = host.first_byte_s * slower
        if self._random.random() < 0.25:  # a new connection
            exchange.dns_s = 0.003 * slower
            exchange.tcp_s = host.way_s * slower
            exchange.tls_s = 2.1 * host.way_s * slower
        exchange.status = exchange.upstream_status = 200
        exchange.received, exchange.sent = 420, self._random.randrange(600, 9000)
        return exchange

    def _ask(self, host: Host, second: int) -> None:
        exchange = self._asked(host, second)
        if self._in_trouble and second > HOUR_S - 440:
            self._spoil(exchange, host)
        self._end(exchange)

    def _spoil(self, exchange: Exchange, host: Host) -> None:
        """Let exchanges with three of the vendors fail, each in its own way."""
        if host.name.startswith("anvil"):
            _fail(
                exchange,
                502,
                "tls_certificate_error",
                (
                    "the certificate of anvil.opentok.com is not valid: unable to get local issuer "
                    "certificate; it was issued by CN=Example Corp TLS Inspection"
                ),
            )
        elif host.name.startswith("gs.daily"):
            _fail(exchange, 502, "connection_refused", "gs.daily.co refuses connections")
        elif host.name.startswith("mantis") and self._random.random() < 0.4:
            exchange.status = exchange.upstream_status = 503
        elif host.name.startswith("ap-web"):
            exchange.tcp_s = 1.4 * self._random.lognormvariate(0.0, 0.2)
            exchange.first_byte_s = exchange.tcp_s + 0.3
        elif host.name.startswith("contoso") and self._random.random() < 0.05:
            _fail(
                exchange,
                504,
                "connection_timeout",
                f"{host.name} could not be connected to in time",
            )

    def _end(self, exchange: Exchange) -> None:
        self._collector.ended(exchange)

    def _hold(self, host: Host, wanted: int, second: int) -> None:
        mine = [each for each in self._open if each[1] is host]
        for each in mine[wanted:]:
            self._open.remove(each)
            self._end(each[0])
        for _ in range(wanted - len(mine)):
            exchange = self._asked(host, second)
            exchange.status, exchange.websocket = 101, True
            exchange.received = exchange.sent = 0
            self._collector.opened(exchange)
            self._open.append((exchange, host))

    def refuse(self, count: int) -> None:
        """Refuse some for what the configuration says."""
        for number in range(count):
            second = HOUR_S - 50 + number % 40
            self._end(
                self._exchange(
                    second,
                    route="/vonage/",
                    status=403,
                    error="key_refused",
                    detail="the path lacks an access key, or it is a wrong one",
                )
            )
            limited = self._exchange(second, status=429, error="too_many_requests", detail=RATE)
            limited.peer = "198.51.100.23"
            self._end(limited)

    def report(self) -> Report:
        self._go_on()
        now_s, now = time.monotonic(), time.time()
        self._collector.tick(now_s)
        held = len(self._open)
        names = ("gateway.example.com", "*.gateway.example.com")
        return Report(
            pid=self._pid,
            at_s=now_s,
            started_at=now - 3 * DAY_S,
            wanted=2,
            connections=held + 61,
            most_connections=9744,
            in_flight=held + 3,
            is_leaving=False,
            is_noticed=False,
            lag_s=0.0021,
            near=(
                Near("198.51.100.23", "limits.request_rate", 581, 600),
                Near("192.0.2.77", "limits.websockets_per_address", 262, 500),
            )
            if self._in_trouble
            else (),
            certificate=Certificate(
                names, _ENDS_AT - (52 * DAY_S if self._in_trouble else 0), None
            ),
            figures=self._collector.figures(),
        )


def workers(*, in_trouble: bool) -> Iterator[Worker]:
    """Yield two workers; they bear the numbers of processes that are there."""
    for seed, pid in enumerate((os.getppid(), os.getpid())):
        worker = Worker(pid, 0.5, seed, in_trouble=in_trouble)
        if in_trouble:
            worker.refuse(6)
        yield worker


def write(folder: Path, each: list[Worker], *, in_trouble: bool) -> None:
    """Write what the workers say now, and their master."""
    now = time.time()
    for report in (worker.report() for worker in each):
        files.write_report(folder, report.pid, files.as_bytes(report))
    master = files.Master(os.getpid(), now - 3 * DAY_S, files.Reload(now - 5400, is_ok=True))
    if in_trouble:
        why = (
            "/etc/sigproxy/sigproxy.toml: upstream.conect_timeout_s: unknown key; did you mean "
            "connect_timeout_s?",
        )
        master = replace(master, reload=files.Reload(now - 1260, is_ok=False, why=why))
    files.write_master(folder, master)


def _fail(exchange: Exchange, status: int, error: str, detail: str) -> None:
    exchange.status, exchange.error, exchange.detail = status, error, detail
    exchange.upstream_status = exchange.first_byte_s = None
