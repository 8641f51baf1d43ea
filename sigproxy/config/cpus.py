"""How many CPUs this process may use: its affinity mask, and the quota of its cgroups.

A container may have one CPU of a machine with 64. A worker for each of the 64 would then use 64
times the memory without being faster. The quota is cpu.max in cgroup v2, cpu.cfs_quota_us in v1;
those of the parent groups apply too.
"""

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# More workers only use memory (about 40 MiB each) and compete for CPU time.
WORKERS_FOR_EACH = 4


@dataclass(frozen=True, slots=True)
class Cpus:
    """*quota* is in CPUs; None: no quota. *source* is the file that it comes from."""

    cores: int
    quota: float | None = None
    source: Path | None = None

    @property
    def count(self) -> int:
        """How many processes can work at the same time; a quota is rounded up."""
        return max(1, self.cores if self.quota is None else min(self.cores, math.ceil(self.quota)))

    def __str__(self) -> str:
        cores = f"{self.cores} core(s) by affinity"
        return cores if self.quota is None else f"{cores}, {self.quota:g} by {self.source}"


def usable() -> Cpus:
    return found(Path("/"))


def found(root: Path) -> Cpus:
    """Return what the files below *root* allow; an unreadable file means no limit."""
    quotas = [(quota, source) for folder in _groups(root) for quota, source in _quotas(folder)]
    quota, source = min(quotas, default=(None, None), key=lambda each: each[0])
    return Cpus(_affinity(), quota, source)


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _groups(root: Path) -> Iterator[Path]:
    """Yield the mounted folders of this process's CPU cgroups and of their parents."""
    paths = dict(_own_groups(_text(root / "proc/self/cgroup")))
    for line in _text(root / "proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(" "), after.split(" ")
        if len(fields) < 5 or len(kind) < 3:
            continue
        is_v1 = kind[0] == "cgroup" and "cpu" in kind[2].split(",")
        group = paths.get("cpu" if is_v1 else "") if is_v1 or kind[0] == "cgroup2" else None
        if group is not None:
            mount_point = root / _unescaped(fields[4]).lstrip("/")
            yield from _upwards(mount_point, group, _unescaped(fields[3]))
    # Some container runtimes show these files, but not the mount.
    yield from _upwards(root / "sys/fs/cgroup", paths.get("", "/"), "/")


def _own_groups(text: str) -> Iterator[tuple[str, str]]:
    """Yield controller and path for each line of /proc/self/cgroup; v2 has no controller."""
    for line in text.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        yield from ((name, path) for name in controllers.split(","))


def _upwards(mount_point: Path, group: str, mounted: str) -> Iterator[Path]:
    """Yield the folders from *group*'s up to *mount_point*, which is the folder of *mounted*.

    A container sees its own group at the mount point, but *group* may be the path on the host.
    """
    top = mounted.rstrip("/")
    inside = group.removeprefix(top) if group == top or group.startswith(f"{top}/") else ""
    folder = mount_point / inside.lstrip("/")
    yield folder
    while folder != mount_point and mount_point in folder.parents:
        folder = folder.parent
        yield folder


def _quotas(folder: Path) -> Iterator[tuple[float, Path]]:
    maximum, quota = folder / "cpu.max", folder / "cpu.cfs_quota_us"
    with suppress(ValueError):
        used, period = _text(maximum).split()
        if int(used) > 0 and int(period) > 0:
            yield int(used) / int(period), maximum
    with suppress(ValueError):
        used, period = _text(quota), _text(folder / "cpu.cfs_period_us")
        if int(used) > 0 and int(period) > 0:  # -1: no quota
            yield int(used) / int(period), quota


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return ""


def _unescaped(field: str) -> str:
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(code, character)
    return field


def remarks(workers: int) -> Iterator[str]:
    cpus = usable()
    if workers > WORKERS_FOR_EACH * cpus.count:
        yield (
            f"server.workers: {workers} workers share {cpus.count} CPU(s) ({cpus}); each worker "
            "uses about 40 MiB; remove server.workers for one worker per CPU"
        )
