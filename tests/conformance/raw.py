"""What hypothesis makes requests of: right ones, odd ones, and right ones with a slip in them."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

UP = b"@UP"  # the path to the upstream

_METHODS = [b"GET", b"POST", b"PUT", b"DELETE", b"HEAD", b"OPTIONS", b"PATCH"]
_ODD_METHODS = [b"get", b"TRACE", b"CONNECT", b"G T", b"", b"PRI", b"FOO", b"POST\t"]
_PATHS = [
    b"/",
    b"/a",
    b"//a",
    b"/a/../b",
    b"/%2e%2e/%2f",
    b"/a?x=%0d%0a&y=/",
    b"/?",
    b"/~!$&'()*+,;=:@",
]
_ODD_TARGETS = [
    *(b"*", b"/", b"//", b"x", b"", b"http://localhost@UP/a", b"http://other.example.org/"),
    *(
        b"@UP/a b",
        b"@UP/\xff",
        b"@UP/a#b",
        b"@UP/\x00",
        b"@UP/a\x7f",
        b"@UP/\\",
        b"/evil.example.org/",
    ),
]
_VERSIONS = [b"HTTP/1.1"] * 8 + [b"HTTP/1.0", b"HTTP/1.2", b"HTTP/2.0", b"http/1.1", b"HTTP/1.1 "]
_HOSTS = [b"Host: localhost"] * 8 + [
    *(
        b"Host:localhost",
        b"Host: localhost\t ",
        b"HOST: localhost",
        b"Host: a@b",
        b"Host:",
        b"X: y",
    ),
    *(b"Host: localhost\r\nHost: localhost", b"Host : localhost", b"Host: a, b", b"Host: [::1]:80"),
]
_FIELDS = [
    *(b"X-A: 1", b"x-a:  2\t", b"X-A:", b"X-Long: " + b"a" * 300, b"Cookie: a=b", b"X-\xe9: 1"),
    *(b"Connection: keep-alive", b"Connection: X-A", b"Connection: close, X-A", b"Keep-Alive: 5"),
    *(b"TE: trailers", b"Trailer: X-A", b"Proxy-Connection: keep-alive", b"Upgrade: h2c"),
    *(b"Connection: Upgrade\r\nUpgrade: foo", b"Expect: 100-continue", b"Expect: x", b"Via: 1.1 x"),
    *(
        b"X A: 1",
        b"X-A : 1",
        b" folded: 1",
        b"X-A: a\r\n b",
        b"X-A: a\rb",
        b"X-A: a\0",
        b": 1",
        b"X",
    ),
]
_FRAMES = [
    *(b"Content-Length: 0", b"Content-Length: 3", b"Content-Length: +3", b"Content-Length: 3, 3"),
    *(b"Content-Length: 003", b"content-length:3", b"Content-Length: 0x3", b"Content-Length: 3 "),
    *(b"Content-Length: 5", b"Content-Length: 90", b"Content-Length:", b"Content-Length : 3"),
    *(b"Transfer-Encoding: chunked", b"transfer-encoding:chunked", b"Transfer-Encoding: CHUNKED"),
    *(b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: identity", b"Transfer-Encoding:"),
    *(b"Transfer-Encoding : chunked", b"Transfer-Encoding: \x0bchunked", b"Transfer_Encoding: x"),
]
_BODIES = [
    *(
        b"",
        b"abc",
        b"0\r\n\r\n",
        b"3\r\nabc\r\n0\r\n\r\n",
        b"3;x=y\r\nabc\r\n0\r\n\r\n",
        b"3\nabc\n0\n\n",
    ),
    *(
        b"3\r\nabcd\r\n0\r\n\r\n",
        b"-3\r\nabc\r\n0\r\n\r\n",
        b"0\r\nX-T: 1\r\n\r\n",
        b"3\r\nabc\r\n",
    ),
    *(b"0x3\r\nabc\r\n0\r\n\r\n", b"3 \r\nabc\r\n0\r\n\r\n", b"00\r\n\r\n", b"0\r\n", b"abc\r\n"),
]
_SLIPS = [
    b"\r",
    b"\n",
    b"\0",
    b" ",
    b"\t",
    b"\r\n",
    b":",
    b"\x0b",
    b"\xff",
    b"0",
    b"GET / HTTP/1.1\r\n",
]

Framed = tuple[list[bytes], bytes]  # field lines, and the body as it is sent


def _with_length(body: bytes) -> Framed:
    return [b"Content-Length: %d" % len(body)], body


def _chunked(parts: list[bytes], trailers: list[bytes]) -> Framed:
    chunks = [b"%x\r\n%b" % (len(part), part) for part in parts if part]
    return [b"Transfer-Encoding: chunked"], b"\r\n".join([*chunks, b"0", *trailers, b"", b""])


def _message(
    method: bytes, target: bytes, version: bytes, host: bytes, fields: list[bytes], framed: Framed
) -> bytes:
    line = b" ".join([method, target, version])
    return b"\r\n".join([line, host, *fields, *framed[0], b"", framed[1]])


_path = st.sampled_from(_PATHS) | st.from_regex(rb"/[!\"$-~]{0,20}", fullmatch=True)
_target = _path.map(lambda path: UP + path)
_body = st.binary(max_size=40)
_trailers = st.lists(st.sampled_from([b"X-T: 1", b"X-T:", b"X-U: 2"]), max_size=2)
_one_frame_line = st.sampled_from(_FRAMES).map(lambda line: [line])
_frame_lines = _one_frame_line | st.lists(st.sampled_from(_FRAMES), min_size=2, max_size=2)


def _with_odd_body(lines: list[bytes]) -> st.SearchStrategy[Framed]:
    """Draw what some reader of *lines* takes for a whole body, more often than not."""
    fitting = [b"0\r\n\r\n", b"3\r\nabc\r\n0\r\n\r\n"] if b"hunked" in lines[0] else [b"abc"]
    return st.tuples(st.just(lines), st.sampled_from(fitting) | st.sampled_from(_BODIES) | _body)


_unframed: st.SearchStrategy[Framed] = st.just(([], b""))
_RIGHT: dict[str, st.SearchStrategy[Any]] = {
    "method": st.sampled_from(_METHODS),
    "target": _target,
    "version": st.just(b"HTTP/1.1"),
    "host": st.just(b"Host: localhost"),
    "fields": st.lists(st.sampled_from(_FIELDS[:5]), max_size=3),
    "framed": _unframed
    | _body.map(_with_length)
    | st.builds(_chunked, st.lists(_body, max_size=3), _trailers),
}
_ODD: dict[str, st.SearchStrategy[Any]] = {
    "method": st.sampled_from(_METHODS * 2 + _ODD_METHODS),
    "target": _target | st.sampled_from(_ODD_TARGETS),
    "version": st.sampled_from(_VERSIONS),
    "host": st.sampled_from(_HOSTS),
    "fields": st.lists(st.sampled_from(_FIELDS), min_size=1, max_size=3),
    "framed": _frame_lines.flatmap(_with_odd_body),
}
# RFC 9112 in every point, and so to be forwarded; in every point but one; in none.
right = st.builds(_message, **_RIGHT)
near = st.sampled_from(sorted(_ODD)).flatmap(
    lambda name: st.builds(_message, **(_RIGHT | {name: _ODD[name]}))
)
odd = near | st.builds(_message, **_ODD)


@dataclass(frozen=True, slots=True)
class Slip:
    place: int  # in thousandths of the message
    removed: int
    inserted: bytes

    def apply(self, message: bytes) -> bytes:
        at = len(message) * self.place // 1000
        return message[:at] + self.inserted + message[at + self.removed :]


_slip = st.builds(
    Slip, st.integers(0, 1000), st.integers(0, 3), st.sampled_from(_SLIPS) | st.binary(max_size=2)
)
broken = st.builds(lambda message, slip: slip.apply(message), right | odd, _slip)

CLASSICS = tuple(
    b"POST @UP/a HTTP/1.1\r\nHost: localhost\r\n" + framed
    for framed in (
        b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding:\r\n\r\n0\r\n\r\n",
        b"Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello",
    )
)
pipelines = st.lists(right, max_size=2).flatmap(
    lambda front: st.lists(right | odd | broken, min_size=1, max_size=2).map(
        lambda rest: [*front, *rest]
    )
)
