"""How the master stops: notice, then a limited time to drain, then it kills what still runs."""

import logging
import signal
import time
from contextlib import suppress
from queue import Empty
from typing import Any

from gunicorn import sock

from sigproxy.service.pulse import RunningClock
from sigproxy.service.worker import NOTICE, STOP_SIGNALS

QUICK_S = 2.0  # how long workers may take to exit after INT or QUIT, as in gunicorn
POLL_EVERY_S = 0.1

log = logging.getLogger("gunicorn.error")


def give_notice(master: Any, notice_s: float, clock: RunningClock) -> None:
    """Let readiness fail, and keep serving for *notice_s*, or until another stop signal."""
    if not notice_s:
        return
    log.info("/-/ready fails from now on; the listeners close in %g s", notice_s)
    began_at = clock.now()
    master.kill_workers(NOTICE)
    while master.WORKERS and (left_s := began_at + notice_s - clock.now()) > 0:
        if {*STOP_SIGNALS} & {*master.wait_for_signals(timeout=min(left_s, 1.0))}:
            break
        master.reap_workers()
    spent_s = int(clock.now() - began_at)
    master.cfg.set("graceful_timeout", max(1, master.cfg.graceful_timeout - spent_s))


def close_listeners(master: Any) -> None:
    is_alone = master.reexec_pid == master.master_pid == 0
    sock.close_sockets(master.LISTENERS, is_alone and not master.systemd)
    master.LISTENERS = []


def end_workers(master: Any, graceful: bool, clock: RunningClock) -> None:
    """Stop the workers, wait up to graceful_timeout, and kill those that are left.

    gunicorn uses the wall clock: after a pause of the machine, or a change of the clock, it would
    kill workers that had no time to drain.
    """
    limit = clock.now() + master.cfg.graceful_timeout
    master.kill_workers(signal.SIGTERM if graceful else signal.SIGQUIT)
    while master.WORKERS and clock.now() < limit:
        if graceful and _is_asked_to_hurry(master):
            log.info("Quick shutdown requested")
            graceful, limit = False, clock.now() + QUICK_S
            master.kill_workers(signal.SIGQUIT)
        master.reap_workers()
        time.sleep(POLL_EVERY_S)
    master.kill_workers(signal.SIGKILL)
    master.reap_workers()


def _is_asked_to_hurry(master: Any) -> bool:
    with suppress(Empty):
        return master.SIG_QUEUE.get_nowait() in (signal.SIGINT, signal.SIGQUIT)
    return False
