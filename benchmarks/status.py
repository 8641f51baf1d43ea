"""What the status page costs, which is counted only where there is an admin listener.

    python -m benchmarks.status

At the end of each exchange the observer adds to a few numbers; once a second each worker writes its
report; and where somebody looks, the reports of all workers are read once a second. The tables are
full here: as many vendors' hosts and errors as there may be.
"""

import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import TypeAdapter

from sigproxy.exchange import Exchange
from sigproxy.semantics.authority import Authority
from sigproxy.telemetry.status import files, view
from sigproxy.telemetry.status.collector import Collector
from sigproxy.telemetry.status.document import Status
from sigproxy.telemetry.status.report import MOST_VENDORS, Report
from sigproxy.telemetry.status.series import SLOT_S

TIMES = 7
EXCHANGES = 50_000
WEBSOCKETS = 10_000
WORKERS = 4
ROUTES = ("/", "/agora/", "/vonage/", "/daily/")
HOSTS = tuple(Authority(f"host{number}.vendor.example") for number in range(MOST_VENDORS))
ERRORS = ("connection_refused", "connection_timeout", "dns_error", "key_refused", "no_route")

_numbers = itertools.count()


def exchange(host: Authority, error: str | None = None) -> Exchange:
    """Return one that has ended."""
    made = Exchange(f"{next(_numbers):x}", time.time(), time.monotonic(), "192.0.2.1")
    made.route, made.upstream = ROUTES[hash(host) % len(ROUTES)], host
    made.status = made.upstream_status = 200
    made.first_byte_s, made.ended_s, made.received, made.sent = 0.02, 0.021, 300, 4000
    if error is not None:
        made.error, made.detail = error, f"{host} refuses connections"
    return made


def full() -> Collector:
    """Return one with an hour of all hosts and errors."""
    began_s = time.monotonic() - 3600
    collector = Collector(began_s)
    for second in range(0, 3600, SLOT_S):
        for host in HOSTS:
            collector.ended(exchange(host))
            collector.ended(exchange(host, ERRORS[second // SLOT_S % len(ERRORS)]))
        collector.tick(began_s + second)
    return collector


def best(run: Callable[[], object], count: int = 1) -> float:
    """Return the least time of one of *count* things that *run* does, in us."""
    took = []
    for _ in range(TIMES):
        began = time.process_time()
        run()
        took.append(time.process_time() - began)
    return 1e6 * min(took) / count


def report(collector: Collector, pid: int) -> Report:
    return Report(
        pid=pid,
        at_s=time.monotonic(),
        started_at=time.time(),
        wanted=WORKERS,
        connections=0,
        most_connections=10_000,
        in_flight=0,
        is_leaving=False,
        is_noticed=False,
        lag_s=0.0,
        near=(),
        certificate=None,
        figures=collector.figures(),
    )


def rows(folder: Path) -> Iterator[tuple[str, str]]:
    collector = full()
    plain, failed = exchange(HOSTS[0]), exchange(HOSTS[0], "connection_refused")
    for what, each in (("an exchange", plain), ("one that fails", failed)):
        one = best(lambda each=each: _end(collector, each), EXCHANGES)  # type: ignore[misc]
        yield what, f"{one:.2f} us"
    content = files.as_bytes(report(collector, 1))
    yield "a second: a report, tables full", f"{best(lambda: _tell(collector)):.0f} us"
    yield "its size", f"{len(content) / 1000:.0f} kB"
    _open(collector)
    yield f"with {WEBSOCKETS:,} WebSockets, all quiet", f"{best(lambda: _tell(collector)):.0f} us"
    for pid in range(1, WORKERS + 1):
        files.write_report(folder, pid, content)
    yield f"read {WORKERS} workers, make the document", f"{best(lambda: _look(folder)):.0f} us"


def _end(collector: Collector, each: Exchange) -> None:
    for _ in range(EXCHANGES):
        collector.ended(each)


def _tell(collector: Collector) -> None:
    collector.tick(time.monotonic())
    files.as_bytes(report(collector, 1))


def _open(collector: Collector) -> None:
    for number in range(WEBSOCKETS):
        collector.opened(exchange(HOSTS[number % len(HOSTS)]))
    collector.tick(time.monotonic())


def _look(folder: Path) -> bytes:
    found = files.read(folder)
    status = view.status(found, time.monotonic(), time.time(), shows_clients=False)
    return _DOCUMENT.dump_json(status)


_DOCUMENT = TypeAdapter(Status)


def main() -> int:
    print(f"| CPU, best of {TIMES} | |\n|---|--:|")
    with tempfile.TemporaryDirectory() as folder:
        for what, figure in rows(Path(folder)):
            print(f"| {what} | {figure} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
