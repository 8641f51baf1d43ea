"""Several workers' metrics as one: sums, and what becomes of a worker's when it ends."""

import errno
import fcntl
import os
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.parser import text_string_to_metric_families

from sigproxy.telemetry.workers import KINDS, DeadWorkerMetrics, exposition, reserve

Numbers = dict[str, float]


def written(path: Path, metric: str, sample: str, labels: dict[str, str], n: float) -> None:
    """Write one number as prometheus_client does for a worker."""
    names, values = list(labels), list(labels.values())
    file = MmapedDict(str(path))
    file.write_value(mmap_key(metric, sample, names, values, "Help."), n, 0.0)
    file.close()


def worker(folder: Path, pid: int, exchanges: float, draining: float = 0.0) -> None:
    """Write what a worker would have counted."""
    counter, gauge = folder / f"counter_{pid}.db", folder / f"gauge_livesum_{pid}.db"
    written(counter, "sigproxy_exchanges", "sigproxy_exchanges_total", {"code": "200"}, exchanges)
    histogram = folder / f"histogram_{pid}.db"
    for bound, count in (("0.1", exchanges), ("+Inf", 1.0)):
        written(histogram, "sigproxy_x", "sigproxy_x_bucket", {"le": bound}, count)
    written(histogram, "sigproxy_x", "sigproxy_x_sum", {}, exchanges / 2)
    written(gauge, "sigproxy_workers", "sigproxy_workers", {}, 1.0)
    written(gauge, "sigproxy_draining", "sigproxy_draining", {}, draining)


def scraped(folder: Path) -> Numbers:
    """Return the samples that Prometheus would read, by name and labels."""
    families = text_string_to_metric_families(exposition(folder).decode())
    samples = [sample for family in families for sample in family.samples]
    return {
        f"{each.name}{''.join(f' {key}={value}' for key, value in each.labels.items())}": each.value
        for each in samples
    }


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.d*")}


def test_the_counts_of_workers_are_added_up(tmp_path: Path) -> None:
    worker(tmp_path, 7, 2.0)
    worker(tmp_path, 8, 3.0)
    assert scraped(tmp_path) == {
        "sigproxy_exchanges_total code=200": 5.0,
        "sigproxy_x_bucket le=0.1": 5.0,
        "sigproxy_x_bucket le=+Inf": 7.0,
        "sigproxy_x_count": 7.0,
        "sigproxy_x_sum": 2.5,
        "sigproxy_workers": 2.0,
        "sigproxy_draining": 0.0,
    }


def test_what_a_dead_worker_counted_stays_and_what_it_was_does_not(tmp_path: Path) -> None:
    worker(tmp_path, 7, 2.0)
    worker(tmp_path, 8, 3.0)
    before = scraped(tmp_path)

    DeadWorkerMetrics(tmp_path).add(7)

    assert scraped(tmp_path) == before | {"sigproxy_workers": 1.0}
    assert not [name for name in files(tmp_path) if "7" in name]


def test_many_reloads_leave_as_many_files_as_one(tmp_path: Path) -> None:
    dead = DeadWorkerMetrics(tmp_path)
    worker(tmp_path, 1, 1.0)
    dead.add(1)
    after_one = files(tmp_path)
    size = (tmp_path / "counter_dead.db").stat().st_size

    for pid in range(2, 22):
        worker(tmp_path, pid, 1.0)
        dead.add(pid)

    assert files(tmp_path) == after_one == {"counter_dead.db", "histogram_dead.db"}
    assert (tmp_path / "counter_dead.db").stat().st_size == size
    assert scraped(tmp_path)["sigproxy_exchanges_total code=200"] == 21.0
    assert scraped(tmp_path)["sigproxy_x_bucket le=0.1"] == 21.0


def test_files_that_are_being_read_are_taken_over_later(tmp_path: Path) -> None:
    worker(tmp_path, 7, 2.0)
    worker(tmp_path, 8, 3.0)
    dead = DeadWorkerMetrics(tmp_path)
    with (tmp_path / "lock").open("ab") as scrape:
        fcntl.flock(scrape, fcntl.LOCK_SH)
        dead.add(7)
        assert "counter_7.db" in files(tmp_path)

    dead.add(8)

    assert files(tmp_path) == {"counter_dead.db", "histogram_dead.db"}
    assert scraped(tmp_path)["sigproxy_exchanges_total code=200"] == 5.0


def test_a_scrape_waits_for_nobody_who_only_reads(tmp_path: Path) -> None:
    worker(tmp_path, 7, 2.0)
    with (tmp_path / "lock").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        assert scraped(tmp_path)["sigproxy_workers"] == 1.0


def test_room_is_taken_before_numbers_are_written(tmp_path: Path) -> None:
    reserve(tmp_path, 7)
    reserved = {path.name: path.stat() for path in tmp_path.glob("*.db")}
    assert set(reserved) == {f"{kind}_7.db" for kind in KINDS}
    assert all(each.st_blocks * 512 >= each.st_size > 0 for each in reserved.values())

    worker(tmp_path, 7, 2.0)

    assert scraped(tmp_path)["sigproxy_exchanges_total code=200"] == 2.0
    assert (tmp_path / "counter_7.db").stat().st_size == reserved["counter_7.db"].st_size


def test_no_room_is_an_error_and_not_the_end(tmp_path: Path, no_room: None) -> None:
    with pytest.raises(OSError, match="No space left"):
        reserve(tmp_path, 7)
    worker(tmp_path, 8, 3.0)
    with pytest.raises(OSError, match="No space left"):
        DeadWorkerMetrics(tmp_path).add(8)
    assert scraped(tmp_path)["sigproxy_exchanges_total code=200"] == 3.0


@pytest.fixture
def no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", fail)


def test_a_worker_killed_before_it_counted_anything(tmp_path: Path) -> None:
    worker(tmp_path, 7, 2.0)
    reserve(tmp_path, 8)
    assert scraped(tmp_path)["sigproxy_exchanges_total code=200"] == 2.0
    dead = DeadWorkerMetrics(tmp_path)
    dead.add(8)
    dead.add(7)
    assert scraped(tmp_path)["sigproxy_exchanges_total code=200"] == 2.0
    assert not list(tmp_path.glob("*.draft"))
