"""Lines to a file: together, in order, to where the path leads now, and never an exchange's end."""

import errno
import logging
import os
import resource
from pathlib import Path

import pytest

from sigproxy.telemetry import lines
from sigproxy.telemetry.lines import FLUSH_LINES, LineWriter
from tests.gateway.lab import until


def test_without_a_loop_a_line_is_there_at_once(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    writer = LineWriter(str(path))
    writer.write("first %s %d {}")
    writer.write("ümläut \udcff")
    assert path.read_bytes() == "first %s %d {}\nümläut \\udcff\n".encode()


async def test_lines_of_one_moment_come_together_and_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "FLUSH_S", 0.01)
    path = tmp_path / "access.log"
    writer = LineWriter(str(path))
    for number in range(10):
        writer.write(f"line {number}")
    assert path.read_text() == ""
    await until(path.read_text)
    assert path.read_text().splitlines() == [f"line {number}" for number in range(10)]


async def test_many_lines_do_not_wait(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    writer = LineWriter(str(path))
    for number in range(FLUSH_LINES + 1):
        writer.write(str(number))
    assert len(path.read_text().splitlines()) == FLUSH_LINES
    writer.flush()
    assert len(path.read_text().splitlines()) == FLUSH_LINES + 1


async def test_a_flush_leaves_nothing_behind_for_later(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    writer = LineWriter(str(path))
    writer.write("one")
    writer.flush()
    writer.write("two")
    writer.flush()
    writer.flush()
    assert path.read_text() == "one\ntwo\n"


def test_a_file_that_was_moved_away_is_opened_anew(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    writer = LineWriter(str(path))
    writer.write("first")
    path.rename(tmp_path / "access.log.1")
    writer.write("second")
    path.unlink()
    writer.write("third")
    assert (tmp_path / "access.log.1").read_text() == "first\n"
    assert path.read_text() == "third\n"


def test_a_file_that_was_cut_to_nothing_goes_on(tmp_path: Path) -> None:
    """As logrotate's copytruncate does."""
    path = tmp_path / "access.log"
    writer = LineWriter(str(path))
    writer.write("first")
    os.truncate(path, 0)
    writer.write("second")
    assert path.read_bytes() == b"second\n"


def test_lines_go_to_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    writer = LineWriter("-")
    writer.write("one")
    writer.write("two")
    assert capfd.readouterr() == ("one\ntwo\n", "")


def test_what_cannot_be_written_costs_lines_and_is_said_once_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "gone" / "access.log"
    writer = LineWriter(str(path))
    with caplog.at_level(logging.ERROR, "sigproxy"):
        for number in range(3):
            writer.write(str(number))
    assert len(caplog.records) == 1
    assert f"access log {path}: " in caplog.text
    assert "1 line(s) lost" in caplog.text

    caplog.clear()
    monkeypatch.setattr(lines, "SAY_EVERY_S", 0.0)
    writer.write("4")
    assert "3 line(s) lost" in caplog.text

    path.parent.mkdir()
    writer.write("there again")
    assert path.read_text() == "there again\n"


def test_a_full_disk_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    writer = LineWriter(str(tmp_path / "access.log"))

    def full(file: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    writer.write("one")
    monkeypatch.undo()
    assert "No space left on device" in caplog.text


async def test_half_a_line_on_a_full_disk_is_no_beginning_of_the_next(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "access.log"
    writer = LineWriter(str(path))
    for line in ("whole", "torn", "lost"):
        writer.write(line)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len("whole\nto"), hard))
    try:
        writer.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "2 line(s) lost" in caplog.text

    writer.write("there is room")
    writer.flush()

    assert path.read_text() == "whole\nto\nthere is room\n"


def test_a_write_that_is_cut_short_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, write = tmp_path / "access.log", os.write
    writer = LineWriter(str(path))
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:2]))
    writer.write("longer than two")
    assert path.read_text() == "longer than two\n"


def test_a_line_that_cannot_be_made_costs_only_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Unmade:
        def __str__(self) -> str:
            raise ValueError("no line")

    path = tmp_path / "access.log"
    writer = LineWriter(str(path))
    for line in ("one", Unmade(), "two"):
        writer.write(line)

    assert path.read_text() == "one\ntwo\n"
    assert "could not be made" in caplog.text
