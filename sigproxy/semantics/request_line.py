"""Check the protocol name at the end of a request line (RFC 9112, 3).

llhttp also accepts "RTSP/1.1" and "ICE/1.0", and aiohttp does not report the difference. So a
request of another protocol would be forwarded as if it were HTTP.
"""

import re

from sigproxy.errors import VersionUnsupported

_SPOKEN = (b" HTTP/1.1\r", b" HTTP/1.0\r", b" HTTP/1.1", b" HTTP/1.0")
_PROTOCOL = re.compile(rb" ([A-Z]{1,16}/[0-9](?:\.[0-9])?)\r?\Z")
_LONGEST = 24  # bytes at the line's end that _PROTOCOL can match


def check(head: bytes) -> None:
    """Raise VersionUnsupported if the first line of *head* names another protocol than HTTP/1.x.

    The parser reports a line that is not a request line at all.
    """
    start = 0
    if head[:1] in (b"\r", b"\n"):  # blank lines before it (RFC 9112, 2.2)
        start = len(head) - len(head.lstrip(b"\r\n"))
    end = head.find(b"\n", start)
    if end < 0 or head.endswith(_SPOKEN, start, end):
        return
    if match := _PROTOCOL.search(head[max(start, end - _LONGEST) : end]):
        raise VersionUnsupported(f"{match[1].decode()} is not supported; use HTTP/1.1")
