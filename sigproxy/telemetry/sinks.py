"""Destinations of log lines: a file, a FIFO, or a standard stream. Everything here may block.

Several workers write to the same pipe. So each write to a pipe has only whole lines, and at most
PIPE_BUF bytes, which POSIX writes in one piece.
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
    """*rest* could not be written; *is_only_early*: nobody has opened the FIFO for reading yet."""

    def __init__(self, rest: bytes, why: str, *, is_only_early: bool = False) -> None:
        super().__init__(why)
        self.rest = rest
        self.why = why
        self.is_only_early = is_only_early


class Sink(Protocol):
    @property
    def slow(self) -> str:
        """The beginning of a sentence for the log: it was not read, or written too slowly."""

    def write(self, block: bytes) -> None:
        """Write whole lines, however long that takes; raise Unwritten."""

    def close(self) -> None: ...


class StreamSink:
    """Standard output or standard error of the process."""

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
    """Appends to a file; if logrotate has moved it, it is opened again.

    If nobody reads a FIFO, its lines are kept until a reader opens it.
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
        """Return a descriptor of the file that is at the path now."""
        if self._file is not None:
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(self._file), os.stat(self._path)):
                    return self._file
            self.close()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        # Without O_NONBLOCK, opening a FIFO that nobody reads would block.
        self._file = os.open(self._path, flags | os.O_NONBLOCK, 0o666)
        os.set_blocking(self._file, True)
        self._lines = _Lines()
        return self._file

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class _Lines:
    """Writes lines to one descriptor; after a failure it continues on a new line."""

    def __init__(self) -> None:
        self._is_torn = False
        self._longest: int | None = None  # the maximum for one write; None: not known yet
        self.rest = b""  # the unwritten part of the last block

    def write(self, file: int, block: bytes) -> None:
        self.rest = block
        if self._longest is None:
            is_pipe = stat.S_ISFIFO(os.fstat(file).st_mode)
            self._longest = select.PIPE_BUF if is_pipe else sys.maxsize
        if self._is_torn:  # the last write wrote only a part of a line: the disk was full
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
        """Return as many whole lines as fit; if not even one fits, a part of it."""
        if len(self.rest) <= longest:
            return self.rest
        return self.rest[: self.rest.rfind(b"\n", 0, longest) + 1 or longest]


def _is_fifo(path: str) -> bool:
    with suppress(OSError):
        return stat.S_ISFIFO(os.stat(path).st_mode)
    return False
