"""What a worker tells of itself, once a second, in a file that all workers read."""

import asyncio
import logging
import os
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from sigproxy.policies.limits import Near
from sigproxy.telemetry.status import files
from sigproxy.telemetry.status.collector import Collector
from sigproxy.telemetry.status.report import Certificate, Report
from sigproxy.throttle import Throttle

if TYPE_CHECKING:
    from sigproxy.gateway.handler import Gateway
    from sigproxy.runner import Runner

LAG_REPORTS = 60  # a minute
LATELY_REPORTS = 300  # five minutes, for which errors are told as well
NEAR_EVERY = 5  # reports: who is near a limit takes a look at every client
SAY_EVERY_S = 60.0

log = logging.getLogger("sigproxy")


class Reporter:
    """Writes the report of this worker, in a thread: a full disk or a slow one stops nobody."""

    def __init__(self, folder: Path, collector: Collector, runner: "Runner") -> None:
        self._folder = folder
        self._collector = collector
        self._runner = runner
        self._pid = os.getpid()
        self._started_at = time.time()
        self._lags: deque[float] = deque(maxlen=LAG_REPORTS)
        self._lost_lines, self._redis_failures = _Lately(), _Lately()
        self._near: tuple[Near, ...] = ()
        self._number = 0
        self._writing: asyncio.Future[None] | None = None
        self._throttle = Throttle(SAY_EVERY_S)
        self.is_leaving = False

    def lagged(self, late_s: float) -> None:
        """Note how late the loop ran a timer."""
        self._lags.append(late_s)

    def missed(self, *, lost_lines: int, redis_failures: int) -> None:
        """Note how many there have been since the worker's start."""
        self._lost_lines.add(lost_lines)
        self._redis_failures.add(redis_failures)

    def report(self) -> None:
        """Begin to write what is known now; leave it out if the last one is not written yet."""
        content = self._content()
        if content is not None and (self._writing is None or self._writing.done()):
            loop = asyncio.get_running_loop()
            self._writing = loop.run_in_executor(None, self._write, content)

    async def close(self) -> None:
        """Write what is to stay of this worker, which has nothing open any more."""
        if self._writing is not None:
            await self._writing
        content = self._content()
        if content is not None:
            await asyncio.to_thread(self._write, content)

    def _write(self, content: bytes) -> None:
        try:
            files.write_report(self._folder, self._pid, content)
        except OSError as error:
            if self._throttle.permits(time.monotonic()):
                log.error("the status page shows old figures of this worker: %s; make space", error)

    def _content(self) -> bytes | None:
        gateway = self._runner.gateway
        if gateway is None:
            return None
        now_s = time.monotonic()
        self._collector.tick(now_s)
        if self._number % NEAR_EVERY == 0:
            rates = gateway.rate, gateway.issuer.rate, gateway.network_test.rate
            self._near = (*gateway.quota.near(), *(near for rate in rates for near in rate.near()))
        self._number += 1
        return files.as_bytes(self._report(gateway, now_s))

    def _report(self, gateway: "Gateway", now_s: float) -> Report:
        return Report(
            pid=self._pid,
            at_s=now_s,
            started_at=self._started_at,
            wanted=self._runner.settings.server.workers,
            connections=gateway.quota.connections,
            most_connections=gateway.limits.connections,
            in_flight=gateway.drain.in_flight,
            is_leaving=self.is_leaving,
            is_noticed=not gateway.drain.is_ready,
            lag_s=max(self._lags, default=0.0),
            near=self._near,
            certificate=self._certificate(),
            figures=self._collector.figures(),
            lost_lines=self._lost_lines.growth,
            redis_failures=self._redis_failures.growth,
        )

    def _certificate(self) -> Certificate | None:
        renewal = self._runner.contexts.renewal
        if renewal is None:
            return None
        served = renewal.served
        if served is None:
            return Certificate((), None, renewal.refusal)
        return Certificate(served.names, served.not_after.timestamp(), renewal.refusal)


class _Lately:
    """How much a total has grown within the latest reports."""

    def __init__(self) -> None:
        self._totals: deque[int] = deque((0,), maxlen=LATELY_REPORTS + 1)

    def add(self, total: int) -> None:
        self._totals.append(total)

    @property
    def growth(self) -> int:
        return self._totals[-1] - self._totals[0]
