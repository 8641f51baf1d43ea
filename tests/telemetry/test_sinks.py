"""What a file, a FIFO and a pipe do with lines: none is torn, none is written twice."""

import errno
import fcntl
import os
import resource
import select
from pathlib import Path

import pytest

from sigproxy.telemetry.sinks import STANDARD_OUTPUT, FileSink, StreamSink, Unwritten


def test_a_file_that_was_moved_away_is_opened_anew(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    sink = FileSink(str(path))
    sink.write(b"first\n")
    path.rename(tmp_path / "access.log.1")
    sink.write(b"second\n")
    path.unlink()
    sink.write(b"third\n")
    assert (tmp_path / "access.log.1").read_text() == "first\n"
    assert path.read_text() == "third\n"
    sink.close()


def test_a_file_that_was_cut_to_nothing_goes_on(tmp_path: Path) -> None:
    """As logrotate's copytruncate does."""
    path = tmp_path / "access.log"
    sink = FileSink(str(path))
    sink.write(b"first\n")
    os.truncate(path, 0)
    sink.write(b"second\n")
    assert path.read_bytes() == b"second\n"
    sink.close()


def test_half_a_line_on_a_full_disk_is_no_beginning_of_the_next(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    sink = FileSink(str(path))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len("whole\nto"), hard))
    try:
        with pytest.raises(Unwritten) as error:
            sink.write(b"whole\ntorn\nlost\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert error.value.rest == b"rn\nlost\n"

    sink.write(b"there is room\n")

    assert path.read_text() == "whole\nto\nthere is room\n"
    sink.close()


def test_a_write_that_is_cut_short_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, write = tmp_path / "access.log", os.write
    sink = FileSink(str(path))
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:2]))
    sink.write(b"longer than two\n")
    assert path.read_text() == "longer than two\n"
    sink.close()


def test_a_full_disk_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = FileSink(str(tmp_path / "access.log"))

    def full(file: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(Unwritten, match="No space left on device") as error:
        sink.write(b"one\n")
    assert str(tmp_path) in error.value.why
    assert not error.value.is_only_early
    sink.close()


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "access.fifo"
    os.mkfifo(path)
    return path


def test_a_fifo_that_nobody_reads_is_not_waited_for_in_open(fifo: Path) -> None:
    sink = FileSink(str(fifo))
    with pytest.raises(Unwritten, match="nobody reads") as error:
        sink.write(b"one\n")
    assert error.value.is_only_early
    assert error.value.rest == b"one\n"


def test_a_fifo_whose_reader_left_is_kept_for_the_next(fifo: Path) -> None:
    sink = FileSink(str(fifo))
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    sink.write(b"one\n")
    os.close(reader)
    with pytest.raises(Unwritten, match="nobody reads") as error:
        sink.write(b"two\n")
    assert (error.value.is_only_early, error.value.rest) == (True, b"two\n")

    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    sink.write(error.value.rest)
    assert os.read(reader, 100) == b"two\n"
    os.close(reader)
    sink.close()


def test_a_fifo_in_place_of_which_there_is_a_file_now(fifo: Path) -> None:
    sink = FileSink(str(fifo))
    with pytest.raises(Unwritten):
        sink.write(b"one\n")
    fifo.unlink()
    sink.write(b"one\n")
    assert fifo.read_bytes() == b"one\n"
    sink.close()


def test_to_a_pipe_lines_go_whole(fifo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that those of other workers do not come into the middle of one."""
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    sink, written, write = FileSink(str(fifo)), [], os.write

    def noted(file: int, data: bytes) -> int:
        written.append(data)
        return write(file, data)

    monkeypatch.setattr(os, "write", noted)
    sink.write(b"".join(b"%d " % number + b"x" * 990 + b"\n" for number in range(20)))

    assert all(len(each) <= select.PIPE_BUF and each.endswith(b"\n") for each in written)
    assert len(os.read(reader, 1 << 20).splitlines()) == 20
    os.close(reader)
    sink.close()


@pytest.mark.parametrize(
    ("broken", "says"),
    [("closed", "standard output is closed"), ("unread", "standard output: Broken pipe")],
)
def test_a_standard_stream_that_takes_nothing(broken: str, says: str) -> None:
    kept = fcntl.fcntl(STANDARD_OUTPUT, fcntl.F_DUPFD_CLOEXEC, 10)
    reading, writing = os.pipe()
    os.close(reading)
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        os.dup2(nothing if broken == "closed" else writing, STANDARD_OUTPUT)
        with pytest.raises(Unwritten) as error:
            StreamSink(STANDARD_OUTPUT).write(b"one\n")
    finally:
        os.dup2(kept, STANDARD_OUTPUT)
        for file in (kept, writing, nothing):
            os.close(file)
    assert error.value.why == says
    assert not error.value.is_only_early
