"""A worker's part of the admin listener: metrics, status and health of all, from any of them.

It stays open while a worker drains, so that a balancer sees that readiness fails. ``admin`` must
open the listener before this module, which imports prometheus_client, is imported.
"""

import asyncio
import json
import os
from time import monotonic

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from sigproxy.assembly.gateway import build_observers
from sigproxy.assembly.routes import access_keys, build_routes
from sigproxy.config import Settings
from sigproxy.gateway.handler import Gateway
from sigproxy.runner import Contexts, Runner
from sigproxy.service import streams
from sigproxy.service.admin import AdminListener
from sigproxy.service.doorway import Doorway
from sigproxy.service.own_names import REFUSAL, OwnNames
from sigproxy.service.reporter import Reporter
from sigproxy.service.status_pages import StatusPages
from sigproxy.telemetry import labels, workers
from sigproxy.telemetry.access_log import AccessLog
from sigproxy.telemetry.metrics import Metrics, Snapshot
from sigproxy.telemetry.outward import Outward
from sigproxy.telemetry.status.collector import Collector
from sigproxy.telemetry.tracing import Tracing

BEAT_S = 1.0  # the metrics of other workers are up to this old
# When the worker stops: how long it waits for requests on accepted connections, and then for
# clients that are still reading. Both must be over before gunicorn's graceful_timeout.
LATE_ARRIVALS_S = 0.2
CLOSING_S = 0.5

PAGES = "/-/status, /-/status.json, /-/metrics, /-/live and /-/ready"
_NO_STORE = {"Cache-Control": "no-store"}


class AdminRunner(Runner):
    """A worker's gateway and its part of the admin listener."""

    closing_s = LATE_ARRIVALS_S + CLOSING_S

    def __init__(
        self, settings: Settings, contexts: Contexts, admin_listener: AdminListener
    ) -> None:
        """Raise OSError if there is no space for this worker's metrics."""
        built = build_routes(settings)
        routes = [route.name for route in built]
        workers.reserve(admin_listener.folder, os.getpid(), len(labels.known(routes)))
        self._metrics = Metrics(None)
        self._metrics.began(routes, turn=settings.turn is not None)
        self._others = build_observers(settings)
        targets = [route.targets for route in built]
        collector = Collector(
            monotonic(),
            access_keys(settings),
            lambda host: any(each.names(host) for each in targets),
        )
        super().__init__(settings, (*self._others, self._metrics, collector), contexts)
        self._admin_listener = admin_listener
        self._reporter = Reporter(admin_listener.folder, collector, self)
        self._own_names = OwnNames(admin_listener.bind, settings.server.public_names)
        self._status: StatusPages | None = None
        self._pages: Doorway | None = None
        self._listener: asyncio.AbstractServer | None = None
        self._leaving = False
        self._master = os.getppid()
        self._due_s = monotonic()
        self._timer: asyncio.TimerHandle | None = None

    async def setup(self) -> None:
        await super().setup()
        self._pages = doorway = Doorway(self._answer)
        self._status = StatusPages(self._admin_listener.folder, doorway.goes_on)
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._pages, sock=self._admin_listener.listener)
        self._due_s = monotonic()
        self._beat()

    async def cleanup(self) -> None:
        self._leaving = self._reporter.is_leaving = True
        self._tell()
        self._reporter.report()
        self._end_streams()  # their readers come back, to a worker that stays if there is one
        if os.getppid() != self._master:  # the master was killed; free the address for a new one
            self._stop_listening()
        try:
            await super().cleanup()
        finally:
            if self._timer is not None:
                self._timer.cancel()
            self._stop_listening()
            self._end_streams()
            await self._reporter.close()
            await asyncio.sleep(LATE_ARRIVALS_S)
            if self._pages is not None:
                await self._pages.close(CLOSING_S)

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()

    def _end_streams(self) -> None:
        if self._status is not None:
            self._status.end_streams()

    def _beat(self) -> None:
        """Publish all figures, and record how late the loop ran this timer."""
        now_s = monotonic()
        late_s = max(0.0, now_s - self._due_s)
        self._metrics.lagged(late_s)
        self._due_s = now_s + BEAT_S
        self._timer = asyncio.get_running_loop().call_later(BEAT_S, self._beat)
        outward = self._tell()
        self._reporter.lagged(late_s)
        self._reporter.missed(
            lost_lines=sum(outward.lost_lines.values()), redis_failures=outward.redis_failures
        )
        self._reporter.report()

    def _tell(self) -> Outward:
        if self.gateway is None:
            return Outward()
        drain, quota = self.gateway.drain, self.gateway.quota
        outward = self._outward(self.gateway)
        self._metrics.hand_over(
            Snapshot(drain.in_flight, quota.connections, quota.dropped, self._leaving, outward)
        )
        renewal = self.contexts.renewal
        if renewal is not None and renewal.until is not None:
            self._metrics.certificate_expires(renewal.until.timestamp())
        return outward

    def _outward(self, gateway: Gateway) -> Outward:
        upstream, resolver = gateway.upstream, gateway.upstream.resolver
        access_logs = (each for each in self._others if isinstance(each, AccessLog))
        rates = gateway.rate, gateway.issuer.rate, gateway.network_test.rate
        traces = (each.sink.counts for each in self._others if isinstance(each, Tracing))
        return Outward(
            idle=upstream.idle_count,
            connections=upstream.connections,
            lookups=resolver.ended,
            unanswered=resolver.unanswered,
            redis_failures=sum(each.failures for each in rates),
            lost_lines={
                "access": sum(each.lost() for each in access_logs),
                "error": streams.lost_lines(),
            },
            spans=next(traces, {}),
        )

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method not in ("GET", "HEAD", "OPTIONS"):  # HAProxy's checks are OPTIONS
            return _sentence(405, "these pages allow only GET", {"Allow": "GET, HEAD, OPTIONS"})
        match request.rel_url.raw_path:
            case "/-/metrics":
                return await self._exposition()
            case "/-/live":
                return _status(200, "live")
            case "/-/ready":
                is_ready = self.gateway is not None and self.gateway.drain.is_ready
                return _status(200, "ready") if is_ready else _status(503, "draining")
        if not self._own_names.admit(request.headers.get("Host")):
            return _sentence(421, REFUSAL, _NO_STORE)
        answer = await self._status.answer(request) if self._status is not None else None
        return answer or _sentence(404, f"the pages here are {PAGES}", {})

    async def _exposition(self) -> web.Response:
        self._tell()
        # In a thread: reading the files of many workers takes a while.
        listener = self._admin_listener
        body = await asyncio.to_thread(
            workers.exposition, listener.folder, self._master, listener.began_at
        )
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST} | _NO_STORE)


def _status(code: int, word: str) -> web.Response:
    text = json.dumps({"status": word}) + "\n"
    return web.Response(status=code, text=text, content_type="application/json", headers=_NO_STORE)


def _sentence(code: int, text: str, headers: dict[str, str]) -> web.Response:
    return web.Response(status=code, text=f"{text}\n", headers=headers)
