"""CONNECT: ask an HTTP proxy for a tunnel, and read what it answers (RFC 9110, 9.3.6).

request(("203.0.113.5", 443), login)     the bytes to send
is_begun(received), end(received)        what there is of the answer's head
answer(head)                             its status; ValueError if it is not HTTP
"""

import re
from base64 import b64encode
from dataclasses import dataclass

LARGEST_HEAD = 8192  # bytes; a refusal's page follows behind it, and nobody reads that

_PROTOCOL = b"HTTP/1."
_STATUS_LINE = re.compile(rb"HTTP/1\.[0-9] ([1-9][0-9]{2})(?: ([^\r\n]*))?\Z")
_SCHEME = re.compile(rb"(?:^|,)\s*([A-Za-z][A-Za-z0-9-]*)(?=\s+[^=\s]|\s*,|\s*\Z)")
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BARE_LF = re.compile(rb"(?<!\r)\n")
_REASON_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """*reason*: in printable ASCII, may be empty. *schemes*: the logins that a 407 offers."""

    status: int
    reason: str = ""
    schemes: tuple[str, ...] = ()

    @property
    def is_tunnel(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_interim(self) -> bool:
        """Whether another answer follows; a 101 would be one to something that we did not ask."""
        return 100 <= self.status < 200 and self.status != 101

    def __str__(self) -> str:
        return f"{self.status} {self.reason}".rstrip()


def basic(user: str, password: str) -> bytes:
    """Return the value of Proxy-Authorization for the Basic scheme, in UTF-8 (RFC 7617, 2)."""
    return b"Basic " + b64encode(f"{user}:{password}".encode())


def request(place: tuple[str, int], login: bytes | None = None) -> bytes:
    """Return the request for a tunnel to *place*, a host or an address, and a port.

    *login*: the value of Proxy-Authorization, if there is one.
    """
    host, port = place
    target = (f"[{host}]:{port}" if ":" in host else f"{host}:{port}").encode()
    lines = [b"CONNECT %b HTTP/1.1" % target, b"Host: " + target]
    if login is not None:
        lines.append(b"Proxy-Authorization: " + login)
    return b"\r\n".join((*lines, b"", b""))


def is_begun(received: bytes) -> bool:
    """Return whether *received*, of any length, may be the beginning of an answer's head in HTTP.

    Lines that end in LF alone are none of HTTP's here: their head would have no end.
    """
    is_http = received[: len(_PROTOCOL)] == _PROTOCOL[: len(received)]
    return is_http and _BARE_LF.search(received) is None


def end(received: bytes) -> int | None:
    """Return where the head in *received* ends; None if its end has not come."""
    at = received.find(b"\r\n\r\n")
    return None if at < 0 else at + 4


def answer(head: bytes) -> Answer:
    """Return what *head* says; raise ValueError if that is not HTTP.

    Of a 2xx its Content-Length and Transfer-Encoding are ignored: the tunnel begins behind it.
    """
    status_line, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    match = _STATUS_LINE.match(status_line)
    if match is None:
        raise ValueError("no status line of HTTP/1.1")
    return Answer(int(match[1]), _printable(match[2] or b""), _schemes(lines))


def _printable(reason: bytes) -> str:
    text = "".join(chr(each) if 0x20 <= each < 0x7F else "?" for each in reason).strip()
    return text[:_REASON_CHARACTERS]


def _schemes(lines: list[bytes]) -> tuple[str, ...]:
    """Return the schemes of each Proxy-Authenticate, which is a list (RFC 9110, 11.7.1)."""
    found: list[str] = []
    for line in lines:
        name, _, value = line.partition(b":")
        if name.lower() == b"proxy-authenticate":
            found += (each.decode() for each in _SCHEME.findall(_QUOTED.sub(b'""', value.strip())))
    return tuple(dict.fromkeys(found))
