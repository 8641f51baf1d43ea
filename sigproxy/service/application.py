"""The gunicorn application: the configuration, now and at each HUP, and its certificates."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from gunicorn.app.base import BaseApplication

from sigproxy.config import ConfigError, Problem, Settings, listening, load, preflight
from sigproxy.renewal import Refused, Renewed
from sigproxy.runner import Contexts
from sigproxy.service import streams
from sigproxy.service.admin import Admin
from sigproxy.service.factory import Factory, factory
from sigproxy.service.handover import State
from sigproxy.service.options import options

log = logging.getLogger("gunicorn.error")


class Service(BaseApplication):  # type: ignore[misc]  # gunicorn is untyped
    """The application for gunicorn: its settings, and the factory that its workers call."""

    def __init__(self, path: Path | None, settings: Settings, environ: Mapping[str, str]) -> None:
        self._path = path
        self._admin = Admin()
        self._state = State(settings, Contexts.load(settings), self._admin.open(settings, None))
        self._environ = environ
        self._complaints: list[str] = []
        streams.hide_keys_of(settings)
        super().__init__()

    @property
    def state(self) -> State:
        return self._state

    @state.setter
    def state(self, state: State) -> None:
        self._state = state
        streams.hide_keys_of(state.settings)
        self.callable = None

    def load_config(self) -> None:
        for key, value in options(self._state.settings).items():
            self.cfg.set(key, value)
        self.cfg.set("bind", list(listening.expanded(self._state.settings.server.bind)))
        self.cfg.set("child_exit", self._admin.worker_ended)

    def load(self) -> Factory:
        return factory(self._state)

    def read_again(self) -> bool:
        """Load the configuration again; if it is wrong, log why and return False."""
        try:
            self._check_that_there_is_one()
            settings = load(self._path, self._environ)
            problems = preflight(settings, held=self._held())
            if problems:
                raise ConfigError(problems)
            contexts = Contexts.load(settings)
            admin_listener = self._admin.open(settings, self._state.admin_listener)
        except ConfigError as error:
            self._complain(*map(str, error.problems))
            return False
        except OSError as error:  # ssl.SSLError too: a file that changed since preflight
            what = "a certificate cannot be loaded, or admin.bind cannot be opened"
            self._complain(f"{what}: {error}")
            return False
        self.state = State(settings, contexts, admin_listener)
        return True

    def _complain(self, *complaints: str) -> None:
        for each in complaints:
            log.error("%s", each)
        self._complaints += map(streams.hidden, complaints)

    def reload_ended(self, *, is_refused: bool) -> tuple[str, ...]:
        """Show it in metrics and status; return why it was refused. Call it after each reload.

        Nobody else can say why new workers did not start: they have logged it themselves.
        """
        complaints, self._complaints = self._complaints, []
        without = ["a new worker did not start, or a listener cannot be opened: see the error log"]
        why_not = tuple(complaints or without) if is_refused else ()
        self._admin.reloaded(why_not)
        return why_not

    def _check_that_there_is_one(self) -> None:
        """Raise ConfigError for an empty file: it is valid, but would remove port and TLS.

        A full disk leaves a file empty, and so does an editor in the middle of a save.
        """
        with suppress(OSError):  # `load` has a better message
            if self._path is not None and self._path.stat().st_size == 0:
                empty = Problem(str(self._path), "the file", "is empty", "put its settings back")
                raise ConfigError([empty])

    def _held(self) -> tuple[str, ...]:
        held, admin = self._state.settings.server.bind, self._state.settings.admin.bind
        return (*listening.expanded(held), *([admin] if admin else ()))

    def worker_failed(self, pid: int) -> None:
        self._admin.worker_failed(pid)

    def close(self) -> None:
        self._admin.close()

    def renew_certificate(self) -> Renewed | Refused | None:
        return self._state.contexts.renew()
