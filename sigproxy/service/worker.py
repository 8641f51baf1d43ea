"""gunicorn's worker: one event loop, its listeners, and what it does between start and stop."""

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

TRIM_EVERY_S = 60.0  # one took 19 ms to give back 240 MiB, and 0.02 ms with nothing to give
COLLECT_EVERY = 10_000  # objects more than before; an exchange has some sixty

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
# From master to worker: a stop is near. (A terminal sends WINCH to all, and USR1 opens log files.)
NOTICE = signal.SIGUSR2
# Blocked in a worker from its fork until it can hear them.
HELD_SIGNALS = (*STOP_SIGNALS, NOTICE)


class Worker(GunicornWebWorker):
    """aiohttp's worker, but for what it does between start and stop.

    It reacts to TERM at once, not within a second, and has no max_requests: with WebSockets open
    that would leave the port deaf for a whole graceful_timeout.
    """

    is_leaving = False  # in the master: it was told to go, and does not count any more

    def init_process(self) -> None:
        streams.take_over()  # unless the master has
        ours = logging.getLogger("sigproxy")
        ours.handlers = self.log.error_log.handlers
        ours.setLevel(self.log.error_log.level)
        self.log.error_log.addFilter(_is_news)
        logging.raiseExceptions = False  # a full disk costs log lines, not a traceback for each
        with suppress(ImportError):  # no wheel for this platform, and it did not build
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
        # uvloop hears signals only while it runs; Master blocked them until now.
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
        self.booted = True  # before this, the master takes an end for a failure to start
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
    return "mend that and start sigproxy again"


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
