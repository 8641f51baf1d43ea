"""Memory for each idle WebSocket."""

import resource
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import accounting, places
from benchmarks.figures import KIB, WEBSOCKETS
from benchmarks.load.drive import Failed, Raw
from benchmarks.proxies import Running

SETTLE_S = 2.0  # for what handshakes needed, and for what a proxy gives back by itself
FIRST = 50  # WebSockets that were there before, so that what is loaded once is not counted


def idle(target: str, count: int) -> Callable[[Running, Path, float], dict[str, float]]:
    def measure(proxy: Running, ca: Path, _: float) -> dict[str, float]:
        possible = min(count, most_websockets())
        if possible < count * 0.9:
            raise Failed(f"{count} WebSockets need {2 * count} descriptors: raise ulimit -n")
        with Raw("idle", target, FIRST).opened(proxy, ca, 0) as load:
            load.go()
        time.sleep(SETTLE_S)
        before_kib = accounting.pss_kib(proxy.pid)
        with Raw("idle", target, possible).opened(proxy, ca, 0) as load:
            time.sleep(SETTLE_S)
            grown_kib = accounting.pss_kib(proxy.pid) - before_kib
            lost = load.go()["failed"]
        if lost:
            raise Failed(f"{lost:.0f} of {possible} WebSockets were closed")
        return {KIB: grown_kib / possible, WEBSOCKETS: possible}

    return measure


def most_websockets() -> int:
    """Return how many fit through one worker: each takes two descriptors there."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return (limit - places.SPARE_DESCRIPTORS) // 2
