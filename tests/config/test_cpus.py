"""How many CPUs a process may use, as the kernel's files say it; and the workers that follow."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sigproxy.config import Settings, cpus, load, remarks
from sigproxy.config.cpus import Cpus, found

V2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw"
V1 = "33 32 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct"
CORES = len(os.sched_getaffinity(0))


def machine(root: Path, mounts: str, groups: str, **files: str) -> Cpus:
    """Return what is found below *root*; *files* by path, with "/" as "__"."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/mountinfo").write_text(f"21 20 0:5 / /proc rw - proc proc rw\n{mounts}\n")
    (root / "proc/self/cgroup").write_text(groups)
    for name, content in files.items():
        path = root / "sys/fs/cgroup" / name.replace("__", "/").replace("_max", ".max")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return found(root)


@pytest.mark.parametrize(
    ("content", "quota", "count"),
    [
        ("max 100000\n", None, CORES),
        ("100000 100000\n", 1, 1),
        ("50000 100000\n", 0.5, 1),
        ("1000 100000\n", 0.01, 1),
        ("150000 100000\n", 1.5, min(2, CORES)),
        ("6400000 100000\n", 64, CORES),
        ("", None, CORES),
        ("0 0\n", None, CORES),
        ("soon\n", None, CORES),
    ],
)
def test_version_2(tmp_path: Path, content: str, quota: float | None, count: int) -> None:
    seen = machine(tmp_path, V2, "0::/\n", cpu_max=content)
    assert (seen.quota, seen.count) == (quota, count)
    assert seen.cores == CORES


def test_the_smallest_of_the_groups_above_holds(tmp_path: Path) -> None:
    seen = machine(
        tmp_path,
        V2,
        "0::/a.slice/b.service\n",
        cpu_max="max 100000",
        **{"a.slice__cpu_max": "70000 100000", "a.slice__b.service__cpu_max": "90000 100000"},
    )
    assert seen.quota == 0.7
    assert str(seen) == f"{CORES} core(s) by affinity, 0.7 by {seen.source}"
    assert str(seen.source).endswith("/sys/fs/cgroup/a.slice/cpu.max")


def test_groups_beside_ours_do_not_count(tmp_path: Path) -> None:
    seen = machine(tmp_path, V2, "0::/a\n", a__cpu_max="max 1", b__cpu_max="1000 100000")
    assert seen.quota is None


def test_a_container_that_is_told_its_path_outside(tmp_path: Path) -> None:
    """Docker without a namespace of its own for cgroups: the mount's root is the container."""
    mount = V2.replace("0:26 / ", "0:26 /docker/0123 ")
    assert machine(tmp_path, mount, "0::/docker/0123\n", cpu_max="50000 100000").quota == 0.5


def test_a_path_that_is_not_below_the_mount(tmp_path: Path) -> None:
    mount = V2.replace("0:26 / ", "0:26 /docker/0123 ")
    assert machine(tmp_path, mount, "0::/elsewhere\n", cpu_max="50000 100000").quota == 0.5


@pytest.mark.parametrize(("quota", "expected"), [("250000", 2.5), ("-1", None)])
def test_version_1(tmp_path: Path, quota: str, expected: float | None) -> None:
    folder = "cpu,cpuacct__box__"
    files = {f"{folder}cpu.cfs_quota_us": quota, f"{folder}cpu.cfs_period_us": "100000"}
    seen = machine(tmp_path, V1, "4:cpu,cpuacct:/box\n3:cpuset:/other\n0::/\n", **files)
    assert seen.quota == expected


def test_both_versions_mounted(tmp_path: Path) -> None:
    files = {"cpu__cpu.cfs_quota_us": "300000", "cpu__cpu.cfs_period_us": "100000"}
    mounts = (
        V1.replace("cpu,cpuacct rw - ", "cpu rw - ") + "\n" + V2.replace("cgroup rw", "cgroup/u rw")
    )
    seen = machine(tmp_path, mounts, "1:cpu:/\n0::/\n", u__cpu_max="200000 100000", **files)
    assert seen.quota == 2


def test_a_quota_without_a_mount_that_shows_it(tmp_path: Path) -> None:
    assert machine(tmp_path, "", "0::/\n", cpu_max="100000 100000").quota == 1


def test_without_such_files_there_are_the_cores(tmp_path: Path) -> None:
    assert found(tmp_path) == Cpus(CORES)


def test_the_default_follows_the_affinity_mask() -> None:
    script = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});"
        "from sigproxy.config import Settings; print(Settings().server.workers)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "1\n"


def test_the_default_follows_the_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpus, "usable", lambda: Cpus(64, 2.5, Path("/cpu.max")))
    assert Settings().server.workers == 3


def test_far_more_workers_than_cpus_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpus, "usable", lambda: Cpus(64, 1.5, Path("/cpu.max")))

    def noted(workers: int) -> list[str]:
        settings = load(None, {"SIGPROXY_SERVER__WORKERS": str(workers)})
        return [each for each in remarks(settings) if each.startswith("server.workers: ")]

    assert noted(8) == []
    assert noted(9) == [
        "server.workers: 9 workers share 2 CPU(s) (64 core(s) by affinity, 1.5 by /cpu.max); "
        "each worker uses about 40 MiB; remove server.workers for one worker per CPU"
    ]
