"""Detect silent workers, counting only the time in which the master itself was running.

After a pause (SIGSTOP, a cgroup's freezer, a virtual machine's snapshot) every heartbeat is old,
since CLOCK_MONOTONIC advances during a pause, though not during a suspend. Workers that were paused
together with the master are healthy; killing them would cut off what they serve.
"""

import time
from collections.abc import Callable
from typing import Any

from sigproxy.service.handover import serves

# A turn of the master's loop takes a second. If one takes longer than this, it was paused.
LONGEST_TURN_S = 5.0
# From its fork until a worker serves: it takes a second, and on a machine that swaps some more. One
# that hangs, on a file of a dead NFS server, would keep a reload from ever ending.
LONGEST_START_S = 60.0


class RunningClock:
    """Seconds that this process was running; call ``now`` often, so that it sees each pause."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looked_at = clock()
        self._ran_s = 0.0

    def now(self) -> float:
        before, self._looked_at = self._looked_at, self._clock()
        self._ran_s += min(self._looked_at - before, LONGEST_TURN_S)
        return self._ran_s


class Pulse:
    """The last heartbeat of each worker, and when it came."""

    def __init__(self, clock: RunningClock) -> None:
        self._clock = clock
        self._seen: dict[int, tuple[float, float]] = {}  # pid -> (heartbeat, when it came)

    def silent_s(self, pid: int, heartbeat: float) -> float:
        """Return for how long *heartbeat*, a time of the worker's clock, has been the last one."""
        now = self._clock.now()
        last, new_at = self._seen.get(pid, (None, now))
        if last != heartbeat:
            new_at = now
        self._seen[pid] = heartbeat, new_at
        return now - new_at

    def is_dead(self, pid: int, worker: Any, most_silent_s: float) -> bool:
        """Return whether *worker* is silent for longer than that, or for too long at its start."""
        try:
            silent_s = self.silent_s(pid, worker.tmp.last_update())
            return silent_s > (most_silent_s if serves(worker) else LONGEST_START_S)
        except (OSError, ValueError):  # the worker is exiting
            return False

    def forget_all_but(self, pids: set[int]) -> None:
        self._seen = {pid: seen for pid, seen in self._seen.items() if pid in pids}
