"""gunicorn's worker process: one event loop and its listeners, from start to stop."""

import asyncio
import ctypes
import errno
import gc
import logging
import os
import signal
import sys
from contextlib import suppress
from typing import Any

from aiohttp.worker import GunicornWebWorker
from gunicorn.arbiter import Arbiter

from sigproxy.runner import Site
from sigproxy.service import streams
from sigproxy.service.options import BACKLOG

log = logging.getLogger("gunicorn.error")

TRIM_EVERY_S = 60.0  # a trim took 19 ms to return 240 MiB, and 0.02 ms with nothing to return
COLLECT_EVERY = 10_000  # new objects between two collections; an exchange has about sixty

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
# From master to worker: a stop follows soon. (WINCH comes from terminals; USR1 reopens log files.)
NOTICE = signal.SIGUSR2
# Blocked in a worker from its fork until it can handle them.
HELD_SIGNALS = (*STOP_SIGNALS, NOTICE)


class Worker(GunicornWebWorker):
    """aiohttp's worker, with its own main loop.

    It reacts to TERM at once, not within a second. It has no max_requests: with open WebSockets a
    worker would stop accepting for a whole graceful_timeout.
    """

    is_leaving = False  # in the master: the worker has to exit, and does not count any more

    def init_process(self) -> None:
        streams.take_over()  # does nothing if the master has done it
        ours = logging.getLogger("sigproxy")
        ours.handlers = self.log.error_log.handlers
        ours.setLevel(self.log.error_log.level)
        self.log.error_log.addFilter(_is_news)
        logging.raiseExceptions = False  # a full disk costs log lines, not a traceback for each
        with suppress(ImportError):  # uvloop is not available for this platform
            import uvloop

            asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
        try:
            super().init_process()
        except OSError as error:
            if self.booted:
                raise
            log.error("this worker cannot start: %s; %s", error, _remedy(error))
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    async def _run(self) -> None:
        # uvloop handles signals only while it runs; Master blocked them until now.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        self.loop.set_exception_handler(_report)
        _give_back_memory(self.loop)
        runner = await self.wsgi()
        await runner.setup()
        for listener in self.sockets:
            await Site(runner, listener, lambda: runner.contexts.listener, BACKLOG).start()
        self.loop.add_signal_handler(NOTICE, runner.give_notice)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (NOTICE,))
        _collect_seldom()
        self.booted = True  # an exit before this counts as a failure to start
        while self.alive and self.ppid == os.getppid():
            self.notify()
            runner.renew_certificate()
            await self._wait_next_notify()
        await runner.cleanup()

    def handle_exit(self, sig: int, frame: Any) -> None:
        self.alive = False
        self._notify_waiter_done()


def _remedy(error: OSError) -> str:
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return "allow more open files: LimitNOFILE= in the unit, ulimit -Hn in a shell"
    return "correct that and start sigproxy again"


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Do not log TLS errors, which any client can cause by closing in the middle of TLS."""
    if "SSL" not in str(context.get("message")):
        loop.default_exception_handler(context)


def _give_back_memory(loop: asyncio.AbstractEventLoop) -> None:
    """Regularly return memory of closed TLS connections from glibc's heap to the system.

    Without it, a worker that once had a thousand WebSockets uses twice its memory forever.
    """
    with suppress(AttributeError):  # the C library is not glibc
        ctypes.CDLL(None).malloc_trim(0)
        loop.call_later(TRIM_EVERY_S, _give_back_memory, loop)


def _collect_seldom() -> None:
    """Let the garbage collector run rarely, and skip the objects made at the start.

    Python's default of 700 allocations is too low: most exchanges live longer. A full collection
    visited all objects of the start: 33 ms in which no client was served.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 10, 10)


def _is_news(record: logging.LogRecord) -> bool:
    # When a worker exits, the loop has already closed the listener that gunicorn tries to close.
    return not record.getMessage().startswith("Error while closing socket [Errno 9]")
