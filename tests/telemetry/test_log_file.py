"""Lines of the access log: together, in order, and never an exchange's end."""

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest

from sigproxy.telemetry import log_file, losses
from sigproxy.telemetry.log_file import FLUSH_LINES, LineWriter
from tests.lab.lab import until
from tests.lab.wire import WAIT_S

Open = Callable[[Path | str], LineWriter]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Return what makes writers, which end with the test."""
    writers: list[LineWriter] = []

    def make(path: Path | str) -> LineWriter:
        writers.append(LineWriter(str(path)))
        return writers[-1]

    yield make
    for writer in writers:
        writer.close()
        assert writer.settle(WAIT_S)


def written(writer: LineWriter, path: Path) -> str:
    """Return what is in the file once all that was handed over is."""
    assert writer.settle(WAIT_S)
    return path.read_text()


def test_without_a_loop_a_line_is_handed_over_at_once(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "access.log"
    writer = opened(path)
    writer.write("first %s %d {}")
    writer.write("ümläut \udcff")
    assert written(writer, path) == "first %s %d {}\nümläut \\udcff\n"


async def test_lines_of_one_moment_come_together_and_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: Open
) -> None:
    monkeypatch.setattr(log_file, "FLUSH_S", 0.01)
    path = tmp_path / "access.log"
    writer = opened(path)
    for number in range(10):
        writer.write(f"line {number}")
    assert written(writer, path) == ""
    await until(path.read_text)
    assert path.read_text().splitlines() == [f"line {number}" for number in range(10)]


async def test_many_lines_do_not_wait(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "access.log"
    writer = opened(path)
    for number in range(FLUSH_LINES + 1):
        writer.write(str(number))
    assert len(written(writer, path).splitlines()) == FLUSH_LINES
    writer.flush()
    assert len(written(writer, path).splitlines()) == FLUSH_LINES + 1


async def test_a_flush_leaves_nothing_behind_for_later(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "access.log"
    writer = opened(path)
    writer.write("one")
    writer.flush()
    writer.write("two")
    writer.flush()
    writer.flush()
    assert written(writer, path) == "one\ntwo\n"


async def test_the_last_lines_are_handed_over_at_the_end(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "access.log"
    writer = opened(path)
    writer.write("last")
    writer.close()
    assert written(writer, path) == "last\n"


def test_lines_go_to_standard_output(capfd: pytest.CaptureFixture[str], opened: Open) -> None:
    writer = opened("-")
    writer.write("one")
    writer.write("two")
    assert writer.settle(WAIT_S)
    assert capfd.readouterr() == ("one\ntwo\n", "")


async def test_what_cannot_be_written_costs_lines_and_is_said_once_a_minute(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    opened: Open,
) -> None:
    path = tmp_path / "gone" / "access.log"
    writer = opened(path)
    with caplog.at_level(logging.ERROR, "sigproxy"):
        for number in range(3):
            writer.write(str(number))
            writer.flush()
        assert writer.settle(WAIT_S)
        await until(lambda: caplog.messages)
    [said] = caplog.messages
    assert said.startswith(f"1 line of the access log was lost: {path}: No such file")
    assert "access_log.path" in said

    caplog.clear()
    monkeypatch.setattr(losses, "monotonic", lambda: monotonic() + losses.SAY_EVERY_S)
    writer.write("4")
    writer.flush()
    await until(lambda: caplog.messages)
    assert caplog.messages[0].startswith("3 lines of the access log were lost")

    path.parent.mkdir()
    writer.write("there again")
    writer.flush()
    assert written(writer, path) == "there again\n"


def test_a_line_that_cannot_be_made_costs_only_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, opened: Open
) -> None:
    class Unmade:
        def __str__(self) -> str:
            raise ValueError("no line")

    path = tmp_path / "access.log"
    writer = opened(path)
    for line in ("one", Unmade(), "two"):
        writer.write(line)

    assert written(writer, path) == "one\ntwo\n"
    assert "could not be rendered" in caplog.text


async def test_a_fifo_without_a_reader_stops_nothing_and_its_lines_are_kept(
    tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "access.fifo"
    os.mkfifo(path)
    writer = opened(path)
    writer.write("kept")
    writer.flush()
    assert not writer.settle(0.01)

    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    assert writer.settle(WAIT_S)
    assert os.read(reader, 100) == b"kept\n"
    os.close(reader)
