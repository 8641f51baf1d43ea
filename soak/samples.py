"""What the service's processes hold: memory and descriptors, looked at now and then."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024
# After a kill or a reload: clients come back, and the memory of those that left is given back.
SETTLED_S = 20.0
ALL = 0.99  # of the WebSockets; some are on their way back from a reset


@dataclass(frozen=True, slots=True)
class Usage:
    """Of one process: resident memory, open descriptors."""

    kib: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    at_s: float = 0.0
    open: int = 0  # WebSockets
    master: Usage = Usage()
    workers: tuple[Usage, ...] = ()

    @property
    def kib(self) -> int:
        """Memory of all workers: who comes back after a kill may come to another."""
        return sum(worker.kib for worker in self.workers)

    @property
    def files(self) -> int:
        return sum(worker.files for worker in self.workers)

    @property
    def most_files(self) -> int:
        return max((worker.files for worker in self.workers), default=0)


def sample(at_s: float, is_open: int, master: int, workers: Iterable[int]) -> Sample:
    found = [each for each in map(_usage, workers) if each is not None]
    return Sample(at_s, is_open, _usage(master) or Usage(), tuple(found))


def _usage(pid: int) -> Usage | None:
    """Return what *pid* holds; None if it has just ended."""
    process = Path("/proc") / str(pid)
    try:
        kib = int((process / "statm").read_text().split()[1]) * PAGE_KIB
        return Usage(kib, len(os.listdir(process / "fd")))
    except (FileNotFoundError, ProcessLookupError):
        return None


@dataclass(frozen=True, slots=True)
class Cores:
    """CPU time of the whole machine, in ticks."""

    total: int
    idle: int

    @classmethod
    def now(cls) -> "Cores":
        return cls.read(Path("/proc/stat").read_text())

    @classmethod
    def read(cls, text: str) -> "Cores":
        """Read /proc/stat (proc(5)): user, nice, system, idle, iowait, irq, softirq, steal."""
        ticks = [int(field) for field in text.split("\n", 1)[0].split()[1:9]]
        return cls(sum(ticks), ticks[3] + ticks[4])

    def busy_since(self, then: "Cores") -> float:
        """Return the share of time in which the cores were busy, with us or with anything else."""
        total = self.total - then.total
        return 1 - (self.idle - then.idle) / total if total else 0.0


def plateaus(
    samples: Sequence[Sample], shocks_s: Sequence[float], websockets: int, workers: int
) -> list[int]:
    """Return the workers' memory on each plateau between *shocks_s*, in KiB.

    On a plateau all WebSockets are open, and no worker has been killed or replaced for a while.
    """
    groups: dict[float, list[int]] = {}
    for each in samples:
        shock_s = max((shock for shock in shocks_s if shock <= each.at_s), default=0.0)
        is_quiet = each.at_s - shock_s >= SETTLED_S
        if is_quiet and each.open >= ALL * websockets and len(each.workers) == workers:
            groups.setdefault(shock_s, []).append(each.kib)
    return [round(median(group)) for _, group in sorted(groups.items())]
