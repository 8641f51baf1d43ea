"""What a tree of processes has cost, as the kernel accounts for it (proc(5))."""

import os
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Stat:
    """Of one process: parent, and CPU seconds with those of children that it has waited for."""

    parent: int
    cpu_s: float


def parse_stat(text: str) -> Stat:
    """Read ``/proc/PID/stat``; the command's name, in parentheses, may hold anything."""
    fields = text[text.rindex(")") + 2 :].split()
    # utime, stime, cutime, cstime are the fields 14 to 17; the one after the name is the third.
    return Stat(int(fields[1]), sum(map(int, fields[11:15])) * _TICK_S)


def parse_pss_kib(text: str) -> int:
    """Read ``/proc/PID/smaps_rollup``: memory with a fair share of what is shared."""
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise ValueError("smaps_rollup has no Pss")


def cpu_s(root: int) -> float:
    """Return the CPU time of *root* and all below it, those that have ended included."""
    stats = _all_stats()
    return sum(stats[pid].cpu_s for pid in tree(root, stats))


def pss_kib(root: int) -> int:
    found = 0
    for pid in tree(root, _all_stats()):
        try:
            found += parse_pss_kib((_PROC / str(pid) / "smaps_rollup").read_text())
        except (FileNotFoundError, ProcessLookupError):
            continue  # ended meanwhile
    return found


def tree(root: int, stats: dict[int, Stat]) -> set[int]:
    """Return *root* and its descendants."""
    if root not in stats:
        raise ProcessLookupError(f"process {root} has ended")
    children: dict[int, list[int]] = {}
    for pid, stat in stats.items():
        children.setdefault(stat.parent, []).append(pid)
    found, unseen = set(), [root]
    while unseen:
        pid = unseen.pop()
        found.add(pid)
        unseen += children.get(pid, [])
    return found


def _all_stats() -> dict[int, Stat]:
    found = {}
    for entry in os.listdir(_PROC):
        if entry.isdigit():
            try:
                found[int(entry)] = parse_stat((_PROC / entry / "stat").read_text())
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found
