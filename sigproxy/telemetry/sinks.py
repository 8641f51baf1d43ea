"""Where lines go: a file, a FIFO, or a standard stream. Everything here may wait.

To a pipe lines go whole, as many at a time as it takes in one piece (POSIX, PIPE_BUF): several
workers write to the same one.
"""

import errno
import os
import select
import stat
import sys
from contextlib import suppress
from typing import Protocol

STANDARD_OUTPUT = 1
STANDARD_ERROR = 2
_NAMES = {STANDARD_OUTPUT: "standard output", STANDARD_ERROR: "standard error"}


class Unwritten(Exception):
    """*rest* of what was to be written was not; *is_only_early*: nobody reads it yet."""

    def __init__(self, rest: bytes, why: str, *, is_only_early: bool = False) -> None:
        super().__init__(why)
        self.rest = rest
        self.why = why
        self.is_only_early = is_only_early


class Sink(Protocol):
    @property
    def slow(self) -> str:
        """Say, as the beginning of a sentence, that it takes less than it is given."""

    def write(self, block: bytes) -> None:
        """Write whole lines, however long that takes; raise Unwritten."""

    def close(self) -> None: ...


class StreamSink:
    """Standard output or standard error, as it was when the process began."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._name = _NAMES[descriptor]
        self._lines = _Lines()

    @property
    def slow(self) -> str:
        return f"{self._name} was not read"

    def write(self, block: bytes) -> None:
        try:
            self._lines.write(self._descriptor, block)
        except OSError as error:
            is_closed = error.errno == errno.EBADF
            why = f"{self._name} is closed" if is_closed else f"{self._name}: {error.strerror}"
            raise Unwritten(self._lines.rest, why) from error

    def close(self) -> None: ...


class FileSink:
    """A file, appended to; one that logrotate moved away is opened anew.

    A FIFO is waited for while nobody reads it, and its lines are kept for who comes next.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: int | None = None
        self._lines = _Lines()

    @property
    def slow(self) -> str:
        return f"{self._path} was not read, or took too long to write"

    def write(self, block: bytes) -> None:
        try:
            file = self._open()
        except OSError as error:
            raise self._unwritten(block, error) from error
        try:
            self._lines.write(file, block)
        except OSError as error:
            if error.errno == errno.EPIPE:
                self.close()
            raise self._unwritten(self._lines.rest, error) from error

    def _unwritten(self, rest: bytes, error: OSError) -> Unwritten:
        if error.errno in (errno.ENXIO, errno.EPIPE) and _is_fifo(self._path):
            return Unwritten(rest, f"nobody reads {self._path}", is_only_early=True)
        return Unwritten(rest, f"{self._path}: {error.strerror}")

    def _open(self) -> int:
        """Return the descriptor of what is at the path now."""
        if self._file is not None:
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(self._file), os.stat(self._path)):
                    return self._file
            self.close()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        # Without O_NONBLOCK a FIFO that nobody reads could not be left for another file.
        self._file = os.open(self._path, flags | os.O_NONBLOCK, 0o666)
        os.set_blocking(self._file, True)
        self._lines = _Lines()
        return self._file

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class _Lines:
    """Writes lines to one descriptor, each from its beginning."""

    def __init__(self) -> None:
        self._is_torn = False
        self._longest: int | None = None  # what goes in one write, once that is known
        self.rest = b""  # of the block that was written last

    def write(self, file: int, block: bytes) -> None:
        self.rest = block
        if self._longest is None:
            is_pipe = stat.S_ISFIFO(os.fstat(file).st_mode)
            self._longest = select.PIPE_BUF if is_pipe else sys.maxsize
        if self._is_torn:  # half a line was all that a full disk could take
            os.write(file, b"\n")
            self._is_torn = False
        try:
            while self.rest:
                self.rest = self.rest[os.write(file, self._piece(self._longest)) :]
        except OSError:
            begun = len(block) - len(self.rest)
            self._is_torn = begun > 0 and not block.endswith(b"\n", 0, begun)
            raise

    def _piece(self, longest: int) -> bytes:
        """Return as many lines as go together; a part of one that is longer than that."""
        if len(self.rest) <= longest:
            return self.rest
        return self.rest[: self.rest.rfind(b"\n", 0, longest) + 1 or longest]


def _is_fifo(path: str) -> bool:
    with suppress(OSError):
        return stat.S_ISFIFO(os.stat(path).st_mode)
    return False
