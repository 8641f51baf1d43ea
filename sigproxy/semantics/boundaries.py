"""Where a request's head and its body end, found without reading what is in them.

The parser reads them, and must agree. But it keeps what comes behind a message, does not tell how
much that is, and takes the last trailer of one message for the first field of the next (aiohttp
3.14.5): so it gets one message, and no byte more.

Each ``find`` returns how much of its segment belongs to the head or body; None: all of it, and
there is more to come.
"""

import re
from typing import Self

_BLANK_LINE = b"\r\n\r\n"
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;|\r?\Z)")
_LINE_KEPT = 20  # of a line that goes on in the next segment: its size, or whether it is empty


class HeadEnd:
    """Looks for the blank line behind a head (RFC 9112, 2.1)."""

    __slots__ = ("_is_begun", "_seam")

    def __init__(self) -> None:
        self._is_begun = False
        self._seam = b""  # the last bytes of the segment before

    def find(self, data: bytes) -> int | None:
        start = 0
        if not self._is_begun:
            start = len(data) - len(data.lstrip(b"\r\n"))  # blank lines before it (2.2)
            self._is_begun = start < len(data)
        joined = self._seam + data
        position = joined.find(_BLANK_LINE, start)
        if position < 0 or not self._is_begun:
            self._seam = joined[1 - len(_BLANK_LINE) :] if self._is_begun else b""
            return None
        end = position + len(_BLANK_LINE) - len(self._seam)
        self._is_begun, self._seam = False, b""
        return end


class LengthEnd:
    """Counts a body of *left* bytes."""

    __slots__ = ("_left",)

    def __init__(self, left: int) -> None:
        self._left = left

    @classmethod
    def of(cls, content_length: str) -> Self:
        """Take digits as the parser has let them pass: thousands of zeros, if need be."""
        return cls(int(content_length.lstrip("0") or 0))

    def find(self, data: bytes) -> int | None:
        self._left -= len(data)
        return len(data) + self._left if self._left <= 0 else None


class ChunkedEnd:
    """Follows the chunks of a body up to the blank line behind its trailers (RFC 9112, 7.1)."""

    __slots__ = ("_in_trailers", "_is_lost", "_line", "_skipped")

    def __init__(self) -> None:
        self._line = b""  # the beginning of one that goes on in the next segment
        self._skipped = 0  # what is left of a chunk, and the CRLF behind it
        self._in_trailers = False
        self._is_lost = False

    def find(self, data: bytes) -> int | None:
        """Return None for ever if it is not chunked as it should be."""
        position, end = 0, len(data)
        while position < end and not self._is_lost:
            if self._skipped:
                taken = min(self._skipped, end - position)
                self._skipped -= taken
                position += taken
                continue
            line_end = data.find(b"\n", position)
            if line_end < 0:
                self._line = (self._line + data[position : position + _LINE_KEPT])[:_LINE_KEPT]
                return None
            line = self._line + data[position : min(line_end, position + _LINE_KEPT)]
            self._line = b""
            position = line_end + 1
            if not self._in_trailers:
                self._begin_chunk(line)
            elif line in (b"\r", b""):
                return position
        return None

    def _begin_chunk(self, line: bytes) -> None:
        size = _SIZE.match(line)
        if size is None:
            self._is_lost = True
        elif length := int(size[1], 16):
            self._skipped = length + len(b"\r\n")
        else:
            self._in_trailers = True
