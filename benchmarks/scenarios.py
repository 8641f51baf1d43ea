"""The kinds of work, what is measured of each, and which results are hoped for."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import endurance, memory, places, storm
from benchmarks.figures import BUSY, CPU_US, P50_MS, P99_MS, RATE, ROUND_TRIPS
from benchmarks.load.drive import Measured, Raw, Wrk
from benchmarks.places import ECHO_PORT, FAR_PORT, FAST_PORT, target
from benchmarks.proxies import BEFORE, EXPRESS, HAPROXY, SAMPLE, SHARED, SIGPROXY, TUNED, Running

EVERY = (SIGPROXY, BEFORE, SAMPLE, TUNED, HAPROXY, EXPRESS)
# Where it matters whose a kept upstream connection is: with "shared" all clients', else one's.
EVERY_REUSE = (SIGPROXY, SHARED, *EVERY[1:])
WITHOUT_EXPRESS = (SIGPROXY, SAMPLE, TUNED, HAPROXY)
WITHOUT_HAPROXY = (SIGPROXY, SAMPLE, TUNED, EXPRESS)

# Requests per second: less than half of what the slowest here, the sample, does on a small core.
PACE = 150.0
FAR_PACE = 100.0

Metrics = dict[str, float]
Measure = Callable[[Running, Path, float], Metrics]


@dataclass(frozen=True, slots=True)
class Probe:
    """What a proxy must answer before it is measured."""

    method: str
    target: str
    status: int = 200
    size: int | None = None
    body: int = 0


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    title: str
    unit: str
    measure: Measure
    proxies: tuple[str, ...] = EVERY
    probe: Probe | None = None
    workers: int = 1
    is_quick: bool = False
    is_once: bool = False  # takes long and varies little: one round
    is_fresh: bool = False  # needs a proxy that has done nothing yet


def throughput(load: Wrk | Raw) -> Measure:
    def measure(proxy: Running, ca: Path, seconds: float) -> Metrics:
        return _costs(load.run(proxy, ca, seconds))

    return measure


def latency(load: Raw) -> Measure:
    def measure(proxy: Running, ca: Path, seconds: float) -> Metrics:
        # The kernel counts CPU time in hundredths of a second: too coarse for so few requests.
        measured = load.run(proxy, ca, seconds)
        figures = measured.figures
        round_trips = figures[P50_MS] / 1000 / places.ROUND_TRIP_S
        waits = {key: figures[key] for key in (P50_MS, P99_MS, "late_ms")}
        return {**waits, ROUND_TRIPS: round_trips, BUSY: measured.cpu_s / measured.seconds}

    return measure


def delay(load: Raw) -> Measure:
    def measure(proxy: Running, ca: Path, seconds: float) -> Metrics:
        figures = load.run(proxy, ca, seconds).figures
        return {key: figures[key] for key in (P50_MS, P99_MS)}

    return measure


def _costs(measured: Measured) -> Metrics:
    return {
        RATE: measured.units / measured.seconds,
        CPU_US: measured.cpu_s / measured.units * 1e6,
        BUSY: measured.cpu_s / measured.seconds,
    }


SMALL, FIVE, REDIRECT = (target(FAST_PORT, path) for path in ("/json", "/five", "/redirect"))
UPLOAD, SOCKET = target(ECHO_PORT, "/upload"), target(ECHO_PORT, "/socket")
FAR = target(FAR_PORT, "/json")
ASKS = (
    "Access-Control-Request-Method=POST",
    "Access-Control-Request-Headers=content-type,x-skypetoken",
)
GET_SMALL = Probe("GET", SMALL, size=100)

_ALL = (
    Scenario(
        "small",
        "small requests, keep-alive",
        "request",
        throughput(Wrk(SMALL)),
        proxies=EVERY_REUSE,
        probe=GET_SMALL,
        is_quick=True,
    ),
    Scenario(
        "connections",
        "a new connection for each request",
        "request",
        throughput(Raw("connections", SMALL, 16)),
        proxies=EVERY_REUSE,
        probe=GET_SMALL,
    ),
    Scenario(
        "connections-3",
        "a new connection for every three requests",
        "request",
        throughput(Raw("connections", SMALL, 16, requests=3)),
        proxies=EVERY_REUSE,
        probe=GET_SMALL,
    ),
    Scenario(
        "post-1k",
        "POST of 1 KiB",
        "request",
        throughput(Wrk(UPLOAD, "POST", 1024)),
        probe=Probe("POST", UPLOAD, size=15, body=1024),
    ),
    Scenario(
        "post-100k",
        "POST of 100 KiB",
        "request",
        throughput(Wrk(UPLOAD, "POST", 102_400, connections=16)),
        probe=Probe("POST", UPLOAD, size=15, body=102_400),
    ),
    Scenario(
        "down-5m",
        "5 MB down",
        "response",
        throughput(Wrk(FIVE, connections=4)),
        probe=Probe("GET", FIVE, size=5_000_000),
    ),
    Scenario(
        "redirect",
        "a redirect followed",
        "request",
        throughput(Wrk(REDIRECT)),
        proxies=WITHOUT_HAPROXY,
        probe=Probe("GET", REDIRECT, size=100),
    ),
    Scenario(
        "preflight",
        "preflights",
        "request",
        throughput(Wrk(SMALL, "OPTIONS", fields=ASKS)),
        probe=Probe("OPTIONS", SMALL, status=204),
        is_quick=True,
    ),
    Scenario(
        "ws-128",
        "WebSocket messages of 128 B",
        "echoed message",
        throughput(Raw("messages", SOCKET, 32, size=128)),
        is_quick=True,
    ),
    Scenario(
        "ws-16k",
        "WebSocket messages of 16 KiB",
        "echoed message",
        throughput(Raw("messages", SOCKET, 32, size=16_384)),
        is_quick=True,
    ),
    Scenario(
        "ws-new",
        "new WebSockets",
        "WebSocket",
        throughput(Raw("websockets", SOCKET, 16)),
        is_quick=True,
    ),
    Scenario(
        "ws-alone",
        "one new WebSocket after another",
        "WebSocket",
        delay(Raw("alone", SOCKET, 1)),
        proxies=WITHOUT_EXPRESS,
    ),
    Scenario(
        "storm",
        f"{storm.COUNT:,} new WebSockets within {storm.WITHIN_S:g} s, twice",
        "WebSocket",
        storm.measure(Raw("storm", SOCKET, storm.COUNT), Raw("bystander", SMALL, 1)),
        proxies=WITHOUT_EXPRESS,
        is_once=True,
    ),
    Scenario(
        "paced",
        f"{PACE:.0f} requests/s",
        "request",
        latency(Raw("paced", SMALL, 32, rate=PACE)),
        probe=GET_SMALL,
    ),
    Scenario(
        "far",
        f"{FAR_PACE:.0f} requests/s, upstream {places.ROUND_TRIP_S * 1000:.0f} ms away",
        "request",
        latency(Raw("paced", FAR, 32, rate=FAR_PACE)),
        proxies=EVERY_REUSE,
        probe=Probe("GET", FAR, size=100),
    ),
    Scenario(
        "far-new",
        f"{FAR_PACE:.0f} new connections/s, a request on each, upstream "
        f"{places.ROUND_TRIP_S * 1000:.0f} ms away",
        "request",
        latency(Raw("paced_connections", FAR, 32, rate=FAR_PACE)),
        proxies=EVERY_REUSE,
        probe=Probe("GET", FAR, size=100),
    ),
    Scenario(
        "small-x2",
        "small requests, 2 workers",
        "request",
        throughput(Wrk(SMALL)),
        probe=GET_SMALL,
        workers=2,
    ),
    Scenario(
        "idle-1000",
        "1,000 idle WebSockets",
        "WebSocket",
        memory.idle(SOCKET, 1000),
        is_once=True,
        is_fresh=True,
    ),
    Scenario(
        "idle-10000",
        "10,000 idle WebSockets",
        "WebSocket",
        memory.idle(SOCKET, 10_000),
        proxies=(SIGPROXY, SAMPLE, TUNED),
        is_once=True,
        is_fresh=True,
    ),
    Scenario(
        "endurance",
        "memory after 100,000 requests and 10,000 WebSockets",
        "",
        endurance.measure(Wrk(SMALL), Raw("websockets", SOCKET, 16)),
        proxies=(SIGPROXY,),
        is_once=True,
        is_fresh=True,
    ),
)
SCENARIOS = {scenario.name: scenario for scenario in _ALL}
