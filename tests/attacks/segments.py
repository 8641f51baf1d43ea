"""What an upstream sends is the same response however it is cut into segments.

Streams at random, of parts that parsers have read differently; each is fed whole, byte by byte, and
cut at random.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sigproxy.errors import GatewayError
from sigproxy.gateway.upstream.connection import Connection
from sigproxy.policies.limits import Limits
from sigproxy.semantics import fields as f
from sigproxy.semantics import framing
from sigproxy.semantics.authority import Authority
from tests.attacks.figures import Figure, none_of
from tests.lab.pki import Pki

STREAMS, SEED = 20_000, 1
PROBE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-P: probe\r\n\r\nok"
PROBED = ((b"Content-Length", b"2"), (b"X-P", b"probe"))

METHODS = ("GET", "GET", "POST", "HEAD")
LINE_ENDS = (b"\r\n",) * 25 + (b"\n", b"\r", b"\r\n ", b"\r\r\n", b"\r\n\t")
VERSIONS = (b"HTTP/1.1 ",) * 9 + (b"HTTP/1.0 ", b"HTTP/2.0 ", b"RTSP/1.1 ", b"HTTP/1.1")
CODES = (b"200",) * 8 + tuple(b"204 304 103 100 150 199 206 500 302 101 099 2000 20".split())
REASONS = (b" OK",) * 18 + (b"", b" ", b" a\tb", b" \xff\xfe", b" a\x01")
SIZES = (b"%x",) * 20 + (b"%x ", b"%x;e", b"0%x", b"%X")
TRAILERS = (b"X-T: 1", b"Content-Length: 3", b"T:", b": x", b"A: b\r\n c")
FIELDS = (
    *(b"X-A: 1", b"Connection: close", b"Connection: keep-alive", b"X-B: a\r\n b", b"X-C:"),
    *(b"X D: 1", b"X-E : 1", b"Upgrade: websocket", b"Connection: upgrade", b"Content-Length: 5"),
    *(b"Content-Length: 18446744073709551615", b"Transfer-Encoding: gzip"),
    *(b"Transfer-Encoding: chun\r\n ked", b"Content-Length: 1\r\n 0", b"\x80: y", b"X-F: \x01"),
)


class Transport(asyncio.Transport):
    """Goes nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self._closed = False

    def is_closing(self) -> bool:
        return self._closed

    def close(self) -> None:
        self._closed = True

    abort = close

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Streams:
    """Makes them up."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def stream(self) -> bytes:
        """Return some messages; a byte may be wrong, and the end may be missing."""
        pick = self.random
        data = b"".join(self._message() for _ in range(pick.choice((1, 1, 1, 2, 3))))
        if pick.random() < 0.1:
            at = pick.randrange(len(data))
            data = (
                data[:at] + bytes([pick.choice(b"\r\n :0\0a")]) + data[at + pick.choice((0, 1)) :]
            )
        return data[: pick.randrange(len(data) + 1)] if pick.random() < 0.3 else data

    def _message(self) -> bytes:
        pick = self.random
        line = pick.choice(VERSIONS) + pick.choice(CODES) + pick.choice(REASONS)
        lines = [line + self._line_end()]
        body, kind = b"", pick.random()
        if kind < 0.4:
            body = self._content(pick.choice((0, 1, 5, 30)))
            lines.append(b"Content-Length: %d" % len(body) + self._line_end())
        elif kind < 0.75:
            body = b"".join(self._chunks())
            lines.append(b"Transfer-Encoding: chunked" + self._line_end())
        lines += [pick.choice(FIELDS) + self._line_end() for _ in range(pick.randrange(3))]
        return b"".join(lines) + (b"\r\n" if pick.random() < 0.96 else self._line_end()) + body

    def _chunks(self) -> Iterator[bytes]:
        pick = self.random
        for _ in range(pick.randrange(4)):
            content = self._content(pick.choice((1, 5, 17)))
            yield pick.choice(SIZES) % len(content) + self._line_end()
            yield content + self._line_end()
        yield b"0" + self._line_end()
        for _ in range(pick.choice((0, 0, 0, 1, 2))):
            yield pick.choice(TRAILERS) + self._line_end()
        yield self._line_end()

    def _content(self, size: int) -> bytes:
        return bytes(self.random.choices(b"ab\r\nH", k=size))

    def _line_end(self) -> bytes:
        return self.random.choice(LINE_ENDS)

    def ways(self, data: bytes) -> Iterator[list[bytes]]:
        """Yield three ways to cut *data*."""
        yield [data]
        yield [data[at : at + 1] for at in range(len(data))]
        cuts = sorted(self.random.randrange(len(data) + 1) for _ in range(self.random.randrange(6)))
        pairs = zip([0, *cuts], [*cuts, len(data)], strict=True)
        yield [data[start:end] for start, end in pairs if start < end]


class Reading:
    """One connection that gets one stream."""

    def __init__(self, method: str, loop: asyncio.AbstractEventLoop) -> None:
        self._method = method
        self._connection = Connection(Authority("up.example.com"), loop)
        self._connection.connection_made(Transport())
        self._begin()

    def _begin(self) -> None:
        self._interim: list[Any] = []
        self._result: Any = None  # a head with its body, or an error's name
        self._connection.expect(self._method, Limits())

    def _feed(self, data: bytes) -> None:
        self._connection.data_received(data)
        self._check()

    def _check(self) -> None:
        """Note a head once it is there; nothing waits, since there is no loop that runs."""
        if self._result is not None:
            return
        reading = self._connection.read_head(
            lambda head: self._interim.append((head.status, head.fields))
        )
        try:
            reading.send(None)
            reading.close()
        except StopIteration as end:
            self._result = end.value
        except GatewayError as error:
            self._result = type(error).__name__

    def read(self, segments: Sequence[bytes], *, ends: bool) -> object:
        """Return what the gateway makes of *segments*."""
        for segment in segments:
            self._feed(segment)
        if ends:
            self._connection.connection_lost(None)
            self._check()
        return (tuple(self._interim), self._seen())

    def _seen(self) -> object:
        if not isinstance(self._result, tuple):
            return self._result
        head, body = self._result
        fields = f.end_to_end(head.fields)
        try:
            mode, _ = framing.of_response(
                self._method, head.status, (1, 1), fields, head.is_chunked
            )
        except GatewayError as error:
            return type(error).__name__, head.status
        failed = body.exception() is not None
        content = b"" if failed else body.read_nowait()
        return head.status, head.reason, head.fields, mode, content, failed, body.is_eof()

    def is_dirty(self) -> bool:
        """Whether it would be kept, and the next response would then not be what comes."""
        connection = self._connection
        if not isinstance(self._result, tuple) or self._result[0].status == 101:
            return False
        if not (connection.is_usable and connection.is_between_messages):
            return False
        self._begin()
        self._feed(PROBE)
        if not isinstance(self._result, tuple) or self._interim:
            return True
        head, body = self._result
        content = b"" if self._method == "HEAD" else b"ok"
        return (head.fields, body.read_nowait()) != (PROBED, content)


@dataclass(slots=True)
class Found:
    different: int = 0
    dirty: int = 0


def compared(count: int, seed: int) -> Found:
    """Read *count* streams three times each."""
    streams, found = Streams(seed), Found()
    loop = asyncio.new_event_loop()
    try:
        for _ in range(count):
            data, method = streams.stream(), streams.random.choice(METHODS)
            ends = streams.random.random() < 0.5
            readings = [(Reading(method, loop), way) for way in streams.ways(data)]
            seen = [reading.read(way, ends=ends) for reading, way in readings]
            found.different += seen.count(seen[0]) < len(seen)
            found.dirty += not ends and any(reading.is_dirty() for reading, _ in readings)
    finally:
        loop.close()
    return found


async def figures(_: Pki) -> AsyncIterator[Figure]:
    found = await asyncio.to_thread(compared, STREAMS, SEED)
    what = "an upstream's bytes, cut into other segments"
    yield none_of(f"{what}: another response", found.different, STREAMS)
    yield none_of(f"{what}: a connection kept that is not clean", found.dirty, STREAMS)
