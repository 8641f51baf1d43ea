"""What the master and its workers use of the machine, from /proc (Linux); elsewhere nothing.

The names and meanings are those of all Prometheus clients. Prometheus expects one process, so the
times and the memory of ours are added up. Descriptors are not: each worker has a limit of its own,
and what matters is the one that is closest to it.
"""

import os
import resource
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

PROC = Path("/proc")
# How often the times are read if a worker is reaped meanwhile; then they are left out this time.
TRIES = 5

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_DEAD = "X"  # being removed, and counted with its parent already


@dataclass(frozen=True, slots=True)
class Stat:
    """Of one process; *reaped_s* is the CPU time of its children that have ended."""

    state: str
    parent: int
    own_s: float
    reaped_s: float
    virtual_bytes: int
    resident_bytes: int


def parse(text: str) -> Stat:
    """Read ``/proc/PID/stat`` (proc_pid_stat(5)); the name in parentheses may hold anything."""
    fields = text[text.rindex(")") + 2 :].split()
    own, reaped = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
    return Stat(
        state=fields[0],
        parent=int(fields[1]),
        own_s=own * _TICK_S,
        reaped_s=reaped * _TICK_S,
        virtual_bytes=int(fields[20]),
        resident_bytes=int(fields[21]) * _PAGE_BYTES,
    )


def stat(pid: int) -> Stat | None:
    """Return what */proc* says of *pid*; None if it has ended."""
    with suppress(OSError):
        return parse((PROC / str(pid) / "stat").read_text())
    return None


def open_files(pid: int) -> int | None:
    """Return how many descriptors *pid* has; None if it has ended, or is not ours to look at."""
    folder = PROC / str(pid) / "fd"
    with suppress(OSError):
        return folder.stat().st_size or len(os.listdir(folder))  # the size: Linux 6.2 and newer
    return None


def cpu_s(
    master: int, workers: Collection[int], look: Callable[[int], Stat | None] = stat
) -> float | None:
    """Return the CPU seconds of *master*, of *workers*, and of those that have ended.

    None if workers were reaped each time: their time would be missing, or counted twice, and
    Prometheus takes a counter that falls for one that has started anew.
    """
    for _ in range(TRIES):
        before = look(master)
        living = [each for pid in workers if (each := look(pid)) and _is_child(each, master)]
        after = look(master)
        if before is None or after is None:
            return None
        if before.reaped_s == after.reaped_s:
            return after.own_s + after.reaped_s + sum(each.own_s for each in living)
    return None


def _is_child(each: Stat, master: int) -> bool:
    """Return whether it is still the worker, not a later process with its number."""
    return each.parent == master and each.state != _DEAD


@dataclass(frozen=True, slots=True)
class Processes:
    """A collector for prometheus_client; *began_at*: when the service started, since 1970."""

    master: int
    workers: Collection[int]
    began_at: float

    def collect(self) -> Iterator[Metric]:
        yield _gauge(
            "process_start_time_seconds",
            "When the service started, in seconds since 1970; a reload does not change it.",
            self.began_at,
        )
        used_s = cpu_s(self.master, self.workers)
        if used_s is not None:
            yield CounterMetricFamily(
                "process_cpu_seconds",
                "CPU time of the master and all workers, including those that have ended.",
                value=used_s,
            )
        yield from self._memory()
        yield from self._descriptors()

    def _memory(self) -> Iterator[Metric]:
        every = [each for pid in (self.master, *self.workers) if (each := stat(pid))]
        if not every:
            return
        yield _gauge(
            "process_resident_memory_bytes",
            "Memory of the master and all workers; what they share counts in each of them.",
            sum(each.resident_bytes for each in every),
        )
        yield _gauge(
            "process_virtual_memory_bytes",
            "Address space of the master and all workers.",
            sum(each.virtual_bytes for each in every),
        )

    def _descriptors(self) -> Iterator[Metric]:
        held = [count for pid in self.workers if (count := open_files(pid)) is not None]
        if held:
            yield _gauge(
                "process_open_fds",
                "Open file descriptors of the worker that has the most.",
                max(held),
            )
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        yield _gauge(
            "process_max_fds",
            "How many file descriptors each worker may have open.",
            float("inf") if soft == resource.RLIM_INFINITY else soft,
        )


def _gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, value=value)
