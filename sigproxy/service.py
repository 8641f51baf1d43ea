"""gunicorn runs the gateway: its options, its worker, and what it does on HUP.

Timeouts nest: a drain ends before gunicorn kills the worker for not ending (graceful_timeout),
and that comes before it kills a worker for silence (timeout), since a worker that drains sends
no heartbeat.
"""

import asyncio
import ctypes
import gc
import logging
import os
import resource
import signal
import socket
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.worker import GunicornWebWorker
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from sigproxy import __version__
from sigproxy.app import AFTER_DRAIN_S, Contexts, Runner
from sigproxy.config import ConfigError, Settings, load, preflight

TRIM_EVERY_S = 60.0  # one took 19 ms to give back 240 MiB, and 0.02 ms with nothing to give
COLLECT_EVERY = 10_000  # objects more than before; an exchange has some sixty
FIRST_LISTENER = 3  # sd_listen_fds(3)

_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)

Factory = Callable[[], Coroutine[Any, Any, Runner]]

log = logging.getLogger("gunicorn.error")


class Site(web.SockSite):
    """A listener that gives TLS as long as a request's head, not asyncio's 60 s."""

    def __init__(self, runner: Runner, listener: socket.socket) -> None:
        super().__init__(runner, listener, ssl_context=runner.contexts.listener)
        self._handshake_s = runner.settings.limits.header_timeout_s if self._ssl_context else None

    async def start(self) -> None:
        await web.BaseSite.start(self)
        server = self._runner.server
        assert server is not None
        self._server = await asyncio.get_running_loop().create_server(
            server,
            sock=self._sock,
            ssl=self._ssl_context,
            backlog=self._backlog,
            ssl_handshake_timeout=self._handshake_s,
        )


class Worker(GunicornWebWorker):
    """aiohttp's worker, but for what it does between start and stop.

    It reacts to TERM at once, not within a second, and has no max_requests: with WebSockets open
    that would leave the port deaf for a whole graceful_timeout.
    """

    def init_process(self) -> None:
        logging.getLogger("sigproxy").handlers = self.log.error_log.handlers
        self.log.error_log.addFilter(_is_news)
        logging.raiseExceptions = False  # a full disk costs log lines, not a traceback for each
        with suppress(ImportError):  # no wheel for this platform, and it did not build
            import uvloop

            asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
        super().init_process()

    async def _run(self) -> None:
        # uvloop hears signals only while it runs; Master blocked them until now.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
        self.loop.set_exception_handler(_report)
        _give_back_memory(self.loop)
        runner = await self.wsgi()
        await runner.setup()
        for listener in self.sockets:
            await Site(runner, listener).start()
        _collect_seldom()
        self.booted = True  # before this, the master takes an end for a failure to start
        while self.alive and self.ppid == os.getppid():
            self.notify()
            await self._wait_next_notify()
        await runner.cleanup()

    def handle_exit(self, sig: int, frame: Any) -> None:
        self.alive = False
        self._notify_waiter_done()


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Leave out of the log what any client can cause by hanging up in the middle of TLS."""
    if "SSL" not in str(context.get("message")):
        loop.default_exception_handler(context)


def _give_back_memory(loop: asyncio.AbstractEventLoop) -> None:
    """Return to the system, now and then, what ended TLS connections leave to glibc's heap.

    Without it a worker that once had a thousand WebSockets keeps twice its memory for good.
    """
    with suppress(AttributeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
        loop.call_later(TRIM_EVERY_S, _give_back_memory, loop)


def _collect_seldom() -> None:
    """Look for cycles among what exchanges leave behind, and no more often than that is worth.

    An exchange under way outlives Python's usual 700 allocations between two looks; a full one
    went through all that the start had made, for 33 ms in which nobody was served.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 10, 10)


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
    log.info("sigproxy %s starts %d worker(s)", __version__, arbiter.num_workers)


class Service(BaseApplication):  # type: ignore[misc]  # gunicorn is untyped
    """gunicorn's view of us: its settings, and the factory that its workers call."""

    def __init__(self, path: Path | None, settings: Settings, environ: Mapping[str, str]) -> None:
        self._path = path
        self._settings = settings
        self._contexts = Contexts.load(settings)
        self._environ = environ
        super().__init__()

    def load_config(self) -> None:
        for key, value in options(self._settings).items():
            self.cfg.set(key, value)

    def load(self) -> Factory:
        return factory(self._settings, self._contexts)

    def read_again(self) -> bool:
        """Take the configuration as it is now; say what is wrong with it and return False."""
        try:
            settings = load(self._path, self._environ)
            problems = preflight(settings, bind=False)
            if problems:
                raise ConfigError(problems)
            contexts = Contexts.load(settings)
        except ConfigError as error:
            for problem in error.problems:
                log.error("%s", problem)
            return False
        except OSError as error:  # ssl.SSLError too: a file that changed since preflight
            log.error("a certificate could not be loaded: %s", error)
            return False
        self._settings, self._contexts = settings, contexts
        self.callable = None
        return True


class Master(Arbiter):  # type: ignore[misc]  # gunicorn is untyped
    """gunicorn's master, with two of its edges taken off."""

    def spawn_worker(self) -> Any:
        # Until it has handlers of its own, a worker has its master's, in which a stop is lost;
        # the master says it once, and would kill the worker after graceful_timeout.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
        try:
            return super().spawn_worker()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)

    def reload(self) -> None:
        # gunicorn exits on a configuration that cannot be read.
        if self.app.read_again():
            super().reload()
        else:
            log.error("not reloaded: mend the above and send HUP again; nothing has changed")


def factory(settings: Settings, contexts: Contexts) -> Factory:
    """Return what gunicorn's worker calls, on its loop, for the runner."""

    async def make_runner() -> Runner:
        return Runner(settings, contexts=contexts)

    return make_runner


def serve(path: Path | None, settings: Settings, environ: Mapping[str, str]) -> None:
    """Run until a signal ends it; does not return. *environ* is read again on HUP."""
    _raise_open_files()
    Master(Service(path, settings, environ)).run()


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
    return os.environ.get("LISTEN_PID") == str(os.getpid())


def environment() -> dict[str, str]:
    """Return the environment; where systemd hands us listeners, they are ``server.bind``.

    So every rule about addresses looks at the ones that are really open. gunicorn takes the
    variables of systemd away, and ``bind`` has to be the same at HUP.
    """
    environ = dict(os.environ)
    if is_socket_activated():
        last = FIRST_LISTENER + int(environ.get("LISTEN_FDS", "0"))
        names = [_listener_name(number) for number in range(FIRST_LISTENER, last)]
        environ["SIGPROXY_SERVER__BIND"] = ",".join(names)
    return environ


def _listener_name(number: int) -> str:
    listener = socket.socket(fileno=os.dup(number))
    with listener:
        name = listener.getsockname()
    if not isinstance(name, tuple):
        return f"unix:{os.fsdecode(name)}"
    return f"[{name[0]}]:{name[1]}" if ":" in name[0] else f"{name[0]}:{name[1]}"
