"""Is a proxy's memory flat over 100,000 requests and 10,000 WebSockets?"""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks import accounting
from benchmarks.figures import GROWTH
from benchmarks.load.drive import Raw, Wrk
from benchmarks.proxies import Running

REQUESTS, WEBSOCKETS = 100_000, 10_000
WARM_UP = 0.1  # of both, before the first look: pools and caches fill
SLICE_S = 5.0
FLAT = 1.05
# A proxy may give back memory now and then only; sigproxy does so once a minute.
PATIENCE_S = 65.0
POLL_EVERY_S = 2.0


def measure(requests: Wrk, websockets: Raw) -> Callable[[Running, Path, float], dict[str, float]]:
    def measured(proxy: Running, ca: Path, _: float) -> dict[str, float]:
        def work(share: float) -> None:
            done = 0.0
            while done < REQUESTS * share:
                done += requests.run(proxy, ca, SLICE_S).figures["all"]
            replace(websockets, count=round(WEBSOCKETS * share)).run(proxy, ca, SLICE_S)

        work(WARM_UP)
        before_kib = _settled(proxy.pid, 0)
        work(1.0)
        after_kib = _settled(proxy.pid, before_kib * FLAT)
        return {GROWTH: after_kib / before_kib, "before_kib": before_kib, "after_kib": after_kib}

    return measured


def _settled(pid: int, enough_kib: float) -> float:
    """Return the memory once it is at most *enough_kib*, or no longer falls."""
    give_up = time.monotonic() + PATIENCE_S
    least = accounting.pss_kib(pid)
    while least > enough_kib and time.monotonic() < give_up:
        time.sleep(POLL_EVERY_S)
        least = min(least, accounting.pss_kib(pid))
    return least
