"""Notify systemd that we reload, stop, and are alive (sd_notify(3))."""

import logging
import os
import time
from collections.abc import Mapping

from gunicorn import systemd

log = logging.getLogger("gunicorn.error")


class Supervisor:
    """Sends notifications to systemd; without a NOTIFY_SOCKET it sends none."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._every_s = alive_every_s(environ, os.getpid())
        self._next_at = 0.0

    def say(self, *words: str) -> None:
        systemd.sd_notify("\n".join(words), log)

    def status(self, status: str) -> None:
        self.say(f"STATUS={status}")

    def reloading(self) -> None:
        self.say("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def ready(self, status: str) -> None:
        self.say("READY=1", f"STATUS={status}")

    def stopping(self) -> None:
        self.say("STOPPING=1", "STATUS=draining")

    def alive(self) -> None:
        """Notify the watchdog, unless that was done recently."""
        if self._every_s is not None and time.monotonic() >= self._next_at:
            self._next_at = time.monotonic() + self._every_s
            self.say("WATCHDOG=1")


def alive_every_s(environ: Mapping[str, str], pid: int) -> float | None:
    """Return how often to notify the watchdog, in s; None if there is none (WatchdogSec=)."""
    period_us, meant = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not period_us.isdecimal() or int(period_us) == 0 or (meant and meant != str(pid)):
        return None
    return int(period_us) / 1e6 / 3
