"""The end of a request line, which names the protocol (RFC 9112, 3).

llhttp takes "RTSP/1.1" and "ICE/1.0" there as well, and aiohttp tells of no difference: a request
of another protocol would be forwarded as if it were HTTP, without the rules that it follows.
"""

import re

from sigproxy.errors import VersionUnsupported

_SPOKEN = (b" HTTP/1.1", b" HTTP/1.0")
_PROTOCOL = re.compile(rb" ([A-Z]{1,16}/[0-9](?:\.[0-9])?)\Z")
_KEPT = 32  # bytes of a line that goes on in the next segment


class RequestLine:
    """Looks at the first line of one message, however it is cut into segments."""

    __slots__ = ("_is_read", "_tail")

    def __init__(self) -> None:
        self._tail = b""
        self._is_read = False

    def feed(self, data: bytes) -> None:
        """Raise VersionUnsupported if *data* ends a line of another protocol than HTTP/1.x.

        What is no request line at all is left to the parser.
        """
        if self._is_read:
            return
        if not self._tail:
            data = data.lstrip(b"\r\n")  # blank lines before it (RFC 9112, 2.2)
        end = data.find(b"\n")
        if end < 0:
            self._tail = (self._tail + data[-_KEPT:])[-_KEPT:]
            return
        self._is_read = True
        line = (self._tail + data[max(0, end - _KEPT) : end]).removesuffix(b"\r")
        if line.endswith(_SPOKEN):
            return
        if match := _PROTOCOL.search(line):
            raise VersionUnsupported(f"{match[1].decode()} is not spoken here; use HTTP/1.1")
