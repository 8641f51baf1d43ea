"""gunicorn's master: the configuration, now and at each HUP, and the workers that get it."""

import logging
import resource
import signal
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from sigproxy.app import Contexts, Runner
from sigproxy.config import ConfigError, Settings, load, preflight
from sigproxy.service.options import options
from sigproxy.service.worker import STOP_SIGNALS

Factory = Callable[[], Coroutine[Any, Any, Runner]]

log = logging.getLogger("gunicorn.error")


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
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            return super().spawn_worker()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

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
