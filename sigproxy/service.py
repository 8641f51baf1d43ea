"""gunicorn runs the gateway: its options, its worker, and what it does on HUP.

Timeouts nest: a drain ends before gunicorn kills the worker for not ending (graceful_timeout),
and that comes before it kills a worker for silence (timeout), since a worker that drains sends
no heartbeat.
"""

import asyncio
import logging
import os
import resource
import ssl
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp.worker import GunicornWebWorker
from gunicorn.app.base import BaseApplication

from sigproxy import __version__
from sigproxy.app import AFTER_DRAIN_S, Runner
from sigproxy.config import ConfigError, Settings, load, preflight
from sigproxy.gateway import tls

Factory = Callable[[], Coroutine[Any, Any, Runner]]

log = logging.getLogger("gunicorn.error")


class Worker(GunicornWebWorker):
    """aiohttp's worker with our TLS, and one that reacts to TERM at once, not within a second."""

    def init_process(self) -> None:
        logging.getLogger("sigproxy").handlers = self.log.error_log.handlers
        self.log.error_log.addFilter(_is_news)
        logging.raiseExceptions = False  # a full disk costs log lines, not a traceback for each
        with suppress(ImportError):  # no wheel for this platform, and it did not build
            import uvloop

            asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
        super().init_process()

    @staticmethod
    def _create_ssl_context(cfg: Any) -> ssl.SSLContext:
        return tls.server_context(Path(cfg.certfile), Path(cfg.keyfile) if cfg.keyfile else None)

    def handle_exit(self, sig: int, frame: Any) -> None:
        self.alive = False
        self._notify_waiter_done()


def _is_news(record: logging.LogRecord) -> bool:
    # At each worker's end: the loop has closed the listener before gunicorn tries to.
    return not record.getMessage().startswith("Error while closing socket [Errno 9]")


def options(settings: Settings) -> dict[str, Any]:
    """Return gunicorn's settings; what is not here is gunicorn's default."""
    server = settings.server
    graceful_s = server.drain_s + 3 * AFTER_DRAIN_S + 2
    return {
        "bind": list(server.bind),
        "workers": server.workers,
        "worker_class": "sigproxy.service.Worker",
        "certfile": str(server.certificate) if server.certificate else None,
        "keyfile": str(server.private_key) if server.private_key else None,
        "graceful_timeout": round(graceful_s),
        "timeout": round(graceful_s) + 10,
        "keepalive": round(server.keepalive_s),
        "backlog": 2048,
        "accesslog": None,  # ours; gunicorn's prints queries
        "errorlog": "-",
        "proc_name": "sigproxy",
        # A heartbeat file on a slow or full disk would look like a dead worker.
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,
        "control_socket_disable": True,
        "when_ready": _announce,
    }


def _announce(arbiter: Any) -> None:
    log.info("sigproxy %s is ready with %d worker(s)", __version__, arbiter.num_workers)


class Service(BaseApplication):  # type: ignore[misc]  # gunicorn is untyped
    """gunicorn's view of us. HUP reads the configuration anew; a bad one changes nothing."""

    def __init__(self, path: Path | None, settings: Settings) -> None:
        self._path = path
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for key, value in options(self._settings).items():
            self.cfg.set(key, value)

    def load(self) -> Factory:
        return factory(self._settings)

    def reload(self) -> None:
        try:
            settings = load(self._path, os.environ)
            problems = preflight(settings, bind=False)
        except ConfigError as error:
            problems = error.problems
        else:
            if not problems:
                self._settings = settings
                self.callable = None
                super().reload()
                return
        for problem in problems:
            log.error("%s", problem)
        log.error("the configuration was not reloaded; the running one stays")


def factory(settings: Settings) -> Factory:
    """Return what gunicorn's worker calls, on its loop, for the runner."""

    async def make_runner() -> Runner:
        return Runner(settings)

    return make_runner


def serve(path: Path | None, settings: Settings) -> None:
    """Run until a signal ends it; does not return."""
    _raise_open_files()
    Service(path, settings).run()


def _raise_open_files() -> None:
    """Take all the descriptors that the system grants: each exchange needs two."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with suppress(OSError, ValueError):  # a sandbox may forbid it; preflight looked at hard
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def from_environment() -> Runner:
    """The application for ``gunicorn -c conf/gunicorn.conf.py``; SIGPROXY_CONFIG names the file."""
    return Runner(load(config_path(), os.environ))


def config_path() -> Path | None:
    named = os.environ.get("SIGPROXY_CONFIG")
    return Path(named) if named else None


def is_socket_activated() -> bool:
    """Return whether systemd hands us the listeners, so that ``bind`` is not ours to open."""
    return os.environ.get("LISTEN_PID") == str(os.getpid())
