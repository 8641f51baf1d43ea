"""Find where a message's head and body end, and the body's content (RFC 9112, 2.1, 6 and 7.1).

aiohttp's parser (3.14.5) keeps the bytes after the first message, does not say how many they are,
and returns a trailer of one message as a field of the next. So this module finds the ends: the
parser gets exactly one head, and no body.
"""

import re
from enum import Enum
from typing import Protocol

KIB = 1024
# At most this many chunks are read at a time. 256 KiB can have 40,000 chunks of one byte, and no
# other client is served while they are read.
CHUNKS_A_TURN = 256
# A chunk's size with its extensions. AWS signs chunks with 90 bytes; nginx's limit is its buffer.
CHUNK_LINE_BYTES = 4 * KIB

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:;[^\0\r]*)?")
_LENIENT_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\0\r]*)?")
_PLAIN_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})\r\n")
_TRAILER = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\0\r]*")
_SPACE_BEFORE_FIELDS = re.compile(rb"[\r\n]*[^\n]*\n[ \t]")
_BLANK_LINE = {False: re.compile(rb"\r\n\r\n"), True: re.compile(rb"\n\r?\n")}


class HeadEnd:
    """Finds the blank line that ends a head; *lenient*: a line may end with LF alone.

    RFC 9112, 2.2 allows that. It is not used for requests: a proxy in front could read other
    requests in the same bytes than we do (request smuggling).
    """

    __slots__ = ("_blank_line", "_seam", "is_begun")

    def __init__(self, *, lenient: bool = False) -> None:
        self._blank_line = _BLANK_LINE[lenient]
        self.is_begun = False  # more than blank lines have arrived
        self._seam = b""  # the last bytes of the previous segment

    def find(self, data: bytes) -> int | None:
        """Return how many bytes of *data* are of the head; None: all, and it has not ended."""
        start = 0
        if not self.is_begun:
            if data[:1] in (b"\r", b"\n"):  # blank lines before it (2.2)
                start = len(data) - len(data.lstrip(b"\r\n"))
            self.is_begun = start < len(data)
            if not self.is_begun:
                return None
        joined = self._seam + data
        found = self._blank_line.search(joined, start)
        if found is None:
            self._seam = joined[max(start, len(joined) - 3) :]
            return None
        return found.end() - len(self._seam)


def whole_head(data: bytes, *, lenient: bool) -> int | None:
    """Return the length of the head that *data* begins with; None if there is no whole head."""
    if data[:1] in (b"\r", b"\n"):
        return None
    found = _BLANK_LINE[lenient].search(data)
    return None if found is None else found.end()


def has_space_before_fields(head: bytes) -> bool:
    """Return whether white space stands between the first line and the fields.

    Such a message must be refused (RFC 9112, 2.2): for llhttp a line of one space ends the head of
    a response, and the fields behind it are lost.
    """
    return _SPACE_BEFORE_FIELDS.match(head) is not None


class Body(Protocol):
    """Reads a body segment by segment."""

    @property
    def is_whole(self) -> bool: ...

    @property
    def fault(self) -> str | None:
        """Why the rest cannot be read; None if it can."""

    def take(self, data: bytes) -> tuple[bytes, int]:
        """Return the content in *data*, and the number of bytes that were read.

        All of *data* is read, unless the body has ended, is invalid, or its turn is over.
        """

    def missing(self) -> str | None:
        """Return what is missing if the connection ends now; None if the body is complete."""


class LengthBody:
    """A body of *length* bytes."""

    __slots__ = ("_left", "_length")
    fault: str | None = None

    def __init__(self, length: int) -> None:
        self._length = self._left = length

    @property
    def is_whole(self) -> bool:
        return not self._left

    def take(self, data: bytes) -> tuple[bytes, int]:
        taken = min(self._left, len(data))
        self._left -= taken
        return data[:taken], taken

    def missing(self) -> str | None:
        return f"{self._length - self._left} of {self._length} bytes came"


class CloseBody:
    """A body that ends when its connection closes (RFC 9112, 6.3)."""

    __slots__ = ()
    fault: str | None = None
    is_whole = False

    def take(self, data: bytes) -> tuple[bytes, int]:
        return data, len(data)

    def missing(self) -> str | None:
        return None


class _Line(Enum):
    """What the next line of a chunked body is."""

    SIZE = "a chunk's size"
    CHUNK_END = "the line end after a chunk"
    TRAILER = "its trailers"


class ChunkedBody:
    """A body in chunks, up to the blank line after its trailers (RFC 9112, 7.1).

    Trailers are read and dropped; together they may have *trailer_bytes*. *lenient*: a line may
    end with LF alone, and spaces may follow a size.
    """

    __slots__ = ("_begun", "_left", "_lenient", "_line", "_trailer_bytes", "fault", "is_whole")

    def __init__(self, trailer_bytes: int, *, lenient: bool = False) -> None:
        self._lenient = lenient
        self._trailer_bytes = trailer_bytes
        self._line = _Line.SIZE
        self._begun = b""  # the start of a line that continues in the next segment
        self._left = 0  # bytes of the current chunk
        self.is_whole = False
        self.fault: str | None = None

    def take(self, data: bytes) -> tuple[bytes, int]:
        content: list[bytes] = []
        position, end = 0, len(data)
        for _ in range(CHUNKS_A_TURN):
            if position == end or self.is_whole or self.fault is not None:
                break
            if self._left:
                part = data[position : position + self._left]
                content.append(part)
                position += len(part)
                self._left -= len(part)
            elif (chunk_end := self._whole_chunk(data, position, content)) > position:
                position = chunk_end
            else:
                position = self._read_line(data, position)
        return b"".join(content), position

    def _whole_chunk(self, data: bytes, start: int, content: list[bytes]) -> int:
        """Read a chunk if *data* has all of it, the usual case; return its end, or *start*."""
        if self._line is not _Line.SIZE or self._begun:
            return start
        size = _PLAIN_SIZE.match(data, start)
        if size is None:
            return start
        chunk_end = size.end() + int(size[1], 16)
        if chunk_end == size.end() or data[chunk_end : chunk_end + 2] != b"\r\n":
            return start
        content.append(data[size.end() : chunk_end])
        return chunk_end + 2

    def _read_line(self, data: bytes, start: int) -> int:
        """Read a line that starts, or continues, at *start*; return where it ends."""
        most = self._trailer_bytes if self._line is _Line.TRAILER else CHUNK_LINE_BYTES
        stop = start + max(most, 2) + 1 - len(self._begun)
        line_end = data.find(b"\n", start, stop)
        if line_end < 0:
            self._begun += data[start:stop]
            if len(data) >= stop:
                self.fault = f"{self._line.value}: too long"
            return min(len(data), stop)
        line = self._begun + data[start:line_end]
        self._begun = b""
        if line.endswith(b"\r"):
            self._take_line(line[:-1])
        elif self._lenient:
            self._take_line(line)
        else:
            self.fault = f"{self._line.value}: no CR before its LF"
        return line_end + 1

    def _take_line(self, line: bytes) -> None:
        if self._line is _Line.SIZE:
            self._take_size(line)
        elif self._line is _Line.TRAILER:
            self._take_trailer(line)
        elif line:
            self.fault = "a chunk is longer than its size"
        else:
            self._line = _Line.SIZE

    def _take_size(self, line: bytes) -> None:
        size = (_LENIENT_SIZE if self._lenient else _SIZE).fullmatch(line)
        if size is None:
            self.fault = "a chunk's size is not a hexadecimal number"
            return
        self._left = int(size[1], 16)
        self._line = _Line.CHUNK_END if self._left else _Line.TRAILER

    def _take_trailer(self, line: bytes) -> None:
        self._trailer_bytes -= len(line)
        if not line:
            self.is_whole = True
        elif _TRAILER.fullmatch(line) is None:
            self.fault = "a trailer is not a valid field"
        elif self._trailer_bytes < 0:
            self.fault = f"{self._line.value}: too long"

    def missing(self) -> str | None:
        return "its last chunk did not come"
