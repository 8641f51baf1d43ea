"""Which workers are silent, measured in the time that their master ran itself.

A machine that was paused (SIGSTOP, a cgroup's freezer, a virtual machine's snapshot) finds every
heartbeat old: CLOCK_MONOTONIC goes on meanwhile, though not while a machine is suspended. Workers
that were paused together with the master are well, and ending them would cut what they serve.
"""

import time
from collections.abc import Callable

# A turn of the master's loop takes a second. What took longer than this, it was not running.
LONGEST_TURN_S = 5.0


class RunningClock:
    """Seconds that this process ran; *now* is to be called often enough to see each pause."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looked_at = clock()
        self._ran_s = 0.0

    def now(self) -> float:
        before, self._looked_at = self._looked_at, self._clock()
        self._ran_s += min(self._looked_at - before, LONGEST_TURN_S)
        return self._ran_s


class Pulse:
    """The last heartbeat of each worker, and when it was new."""

    def __init__(self, clock: RunningClock) -> None:
        self._clock = clock
        self._seen: dict[int, tuple[float, float]] = {}  # pid -> (heartbeat, when it was new)

    def silent_s(self, pid: int, heartbeat: float) -> float:
        """Return for how long *heartbeat*, a time of the worker's own, has been the last one."""
        now = self._clock.now()
        last, new_at = self._seen.get(pid, (None, now))
        if last != heartbeat:
            new_at = now
        self._seen[pid] = heartbeat, new_at
        return now - new_at

    def forget_all_but(self, pids: set[int]) -> None:
        self._seen = {pid: seen for pid, seen in self._seen.items() if pid in pids}
