"""gunicorn's master: it keeps the workers running, and replaces them at each HUP."""

import logging
import os
import signal
import sys
import time
from typing import Any

from gunicorn.arbiter import Arbiter

from sigproxy.renewal import say
from sigproxy.service import activation, verdict
from sigproxy.service.admin import drop
from sigproxy.service.application import Service
from sigproxy.service.ending import close_listeners, end_workers, give_notice
from sigproxy.service.handover import (
    Handover,
    close,
    close_own_copy,
    from_systemd,
    open_at_start,
    open_listeners,
    serves,
    urls,
)
from sigproxy.service.pulse import Pulse, RunningClock
from sigproxy.service.reaping import reap_all
from sigproxy.service.supervision import Supervisor
from sigproxy.service.verdict import Verdict
from sigproxy.service.worker import HELD_SIGNALS, NOTICE

# Between two forks, as in gunicorn, so that a worker that dies at once does not cause a busy loop.
SPAWN_PAUSE_S = 0.05
# After a worker failed to start while others serve: until the next try.
RETRY_S = 5.0

log = logging.getLogger("gunicorn.error")


class Master(Arbiter):  # type: ignore[misc]  # gunicorn is untyped
    """gunicorn's master, with a safer reload.

    At a reload, the old workers serve until all new ones do. They continue to serve if a new
    worker does not start.
    """

    LISTENERS: list[Any]
    timeout: int

    def __init__(self, app: Service) -> None:
        self._supervisor = Supervisor(os.environ)
        self._handover: Handover | None = None
        self._reload_again = False
        self._reload_began_s = 0.0
        self._verdicts = verdict.folder(os.environ)
        self._has_served = False  # all workers have served at the same time, at least once
        self.is_stopping = False
        self._spawn_at = 0.0
        self._clock = RunningClock()
        self._pulse = Pulse(self._clock)
        super().__init__(app)

    def start(self) -> None:
        """Open the listeners, unless systemd or the previous process passes them to us."""
        if activation.is_socket_activated():
            self.systemd = True
            self.LISTENERS = from_systemd(self.cfg, self.log)
        elif "GUNICORN_PID" not in os.environ:
            self.LISTENERS = open_at_start(self.cfg, self.log)
        super().start()
        self._supervisor.status(f"starting {self.num_workers} worker(s)")
        verdict.write(self._verdicts, Verdict(os.getpid(), 0.0))

    def spawn_worker(self) -> Any:
        # Until a worker has its own handlers, it has its master's, which would lose a stop signal.
        # The master sends that only once, and would kill the worker after graceful_timeout.
        signal.pthread_sigmask(signal.SIG_BLOCK, HELD_SIGNALS)
        try:
            return super().spawn_worker()
        except OSError as error:  # gunicorn would exit, and cut off everything its workers serve
            log.error("no worker could be started: %s", error)
            if not self._goes_on():
                raise
        except KeyboardInterrupt:
            if os.getpid() != self.pid:  # a worker; gunicorn would end its siblings as a master
                sys.exit(1)
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_SIGNALS)

    def close_dropped_listeners(self) -> None:
        """In a new worker: close listeners of only the old workers, or they would stay open."""
        if self._handover is not None:
            close_own_copy(self._handover.listeners, keep=self.LISTENERS)
            drop(self._handover.state.admin_listener, keep=self.app.state.admin_listener)

    def murder_workers(self) -> None:
        """Kill silent workers. gunicorn's main loop calls this at least once per second."""
        for pid, worker in [each for each in self.WORKERS.items() if self._is_dead(*each)]:
            if not worker.aborted:
                what = "" if serves(worker) else ": it hangs at its start"
                log.critical("WORKER TIMEOUT (pid:%s)%s", pid, what)
            self.kill_worker(pid, signal.SIGKILL if worker.aborted else signal.SIGABRT)
            worker.aborted = True
        self._pulse.forget_all_but({*self.WORKERS})
        self._show_life()
        if news := self.app.renew_certificate():
            say(log, news)

    def _show_life(self) -> None:
        if not all(self._is_dead(*each) for each in self.WORKERS.items()):
            self._supervisor.alive()

    def _is_dead(self, pid: int, worker: Any) -> bool:
        return self._pulse.is_dead(pid, worker, self.timeout)

    def reap_workers(self) -> None:
        """Handle exited workers. gunicorn calls this when one exits, or when it waits for them."""
        before, starting = dict(self.WORKERS), self._starting()
        halt = reap_all(self, super().reap_workers)
        if halt is not None:  # a worker could not start, and has logged why
            ended = [each for pid, each in before.items() if pid not in self.WORKERS]
            # While we stop, other workers may fail for the same reason.
            is_excused = self.is_stopping or all(each.is_leaving for each in ended)
            if not is_excused and not self._goes_on():
                raise halt
        elif self._handover is not None and not self.is_stopping and starting - {*self.WORKERS}:
            log.error("a new worker ended before it served")
            self._take_back(self._handover)
        self._show_life()

    def _starting(self) -> set[int]:
        """Return the new workers that do not serve yet, during a reload."""
        if self._handover is None:
            return set()
        return {pid for pid, each in self._staying().items() if not serves(each)}

    def _goes_on(self) -> bool:
        """Continue without a worker that did not start; return False if no other serves."""
        if self._handover is not None:
            self._take_back(self._handover)
            return True
        if self._has_served and self._staying():
            self._spawn_at = time.monotonic() + RETRY_S
            log.error("a worker did not start, see above; the next try is in %g s", RETRY_S)
            return True
        return False

    def manage_workers(self) -> None:
        """Keep the number of workers, not counting those that drain.

        gunicorn counts those too: it would replace a dead worker only after their drain.
        """
        for _ in range(self.num_workers - len(self._staying())):
            if time.monotonic() >= self._spawn_at:
                self.spawn_worker()
                time.sleep(SPAWN_PAUSE_S)
        staying = self._staying()
        for pid in list(staying)[: max(0, len(staying) - self.num_workers)]:
            self._dismiss(pid)
        if len(staying) == self.num_workers and all(map(serves, staying.values())):
            if not self._has_served:
                self._supervisor.status(self._serving())
            self._has_served = True
            if self._handover is not None:
                self._complete(self._handover)

    def _staying(self) -> dict[int, Any]:
        """Return the workers of the current configuration, by pid, the oldest first."""
        old = self._handover.workers if self._handover else frozenset()
        workers = self.WORKERS.items()
        return {pid: each for pid, each in workers if pid not in old and not each.is_leaving}

    def _dismiss(self, pid: int) -> None:
        if pid in self.WORKERS:
            self.WORKERS[pid].is_leaving = True
            self.kill_worker(pid, signal.SIGTERM)

    def reload(self) -> None:
        """Begin to replace the workers; an invalid configuration changes nothing."""
        self._reload_again = self._handover is not None
        if self._reload_again:
            return
        self._reload_began_s = time.monotonic()
        self._supervisor.reloading()
        before = Handover(self.app.state, self.LISTENERS, frozenset(self._staying()))
        if not self.app.read_again():
            self._refused()
            return
        self._handover = before
        self._take_up()
        try:
            if not self.systemd:  # systemd's listeners do not change
                self.LISTENERS = open_listeners(self.cfg, self.log, self.LISTENERS)
        except (OSError, ValueError) as error:  # the address was taken after preflight
            log.error("a listener cannot be opened: %s", error)
            self._take_back(before)

    def _take_up(self) -> None:
        """Apply the application's current configuration."""
        silence_s, graceful_s = self.timeout, self.cfg.graceful_timeout
        self.app.reload()
        self.setup(self.app)
        # Old workers drain for the drain_s that they started with, without heartbeats. These
        # timeouts only kill what hangs, so the longest one is used for all workers.
        self.timeout = max(silence_s, self.timeout)
        self.cfg.set("graceful_timeout", max(graceful_s, self.cfg.graceful_timeout))
        self.log.reopen_files()

    def _complete(self, handover: Handover) -> None:
        self._handover = None
        for pid in handover.workers:
            self._dismiss(pid)
        close(handover.listeners, keep=self.LISTENERS)
        drop(handover.state.admin_listener, keep=self.app.state.admin_listener)
        if handover.listeners != self.LISTENERS:
            log.info("Listening at: %s", self._urls())
        log.info("reloaded: %d new worker(s) serve; the old ones drain", self.num_workers)
        self._reload_ended(self._serving())
        self._reload_if_asked()

    def _take_back(self, handover: Handover) -> None:
        for pid in self._staying():
            self._dismiss(pid)
        self._handover = None
        close(self.LISTENERS, keep=handover.listeners)
        self.LISTENERS = handover.listeners
        drop(self.app.state.admin_listener, keep=handover.state.admin_listener)
        self.app.state = handover.state
        self._take_up()
        self._refused()
        self._reload_if_asked()

    def _refused(self) -> None:
        log.error("not reloaded: correct the above and send HUP again; nothing has changed")
        status = f"{self._serving()}; the last reload was refused, see the log"
        self._reload_ended(status, is_refused=True)

    def _reload_ended(self, status: str, *, is_refused: bool = False) -> None:
        self._supervisor.ready(status)
        why_not = self.app.reload_ended(is_refused=is_refused)
        verdict.write(self._verdicts, Verdict(os.getpid(), self._reload_began_s, why_not))

    def _serving(self) -> str:
        return f"serving {self._urls()} with {self.num_workers} worker(s)"

    def _urls(self) -> str:
        is_tls = self.app.state.settings.server.certificate is not None
        return urls(self.LISTENERS, is_tls=is_tls)

    def _reload_if_asked(self) -> None:
        if self._reload_again:
            self.reload()

    def handle_term(self) -> None:
        self._supervisor.stopping()
        give_notice(self, self.app.state.settings.server.drain_notice_s, self._clock)
        super().handle_term()

    def stop(self, graceful: bool = True) -> None:
        self.is_stopping = True
        self._supervisor.stopping()
        self.kill_workers(NOTICE)
        close_listeners(self)
        end_workers(self, graceful, self._clock)
