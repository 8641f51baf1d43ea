"""HTTP/1.1 messages read as bytes: nothing is tidied up, nothing is hidden."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

# For what must come, on a busy machine; only a failing test ever waits that long. It is shorter
# than pool_idle_s and keepalive_s, which would end in their own time what is left behind.
WAIT_S = 25.0


@asynccontextmanager
async def within(wait_s: float = WAIT_S) -> AsyncIterator[None]:
    """Fail the test if what is inside takes longer."""
    try:
        async with asyncio.timeout(wait_s):
            yield
    except TimeoutError:
        raise AssertionError(f"nothing came within {wait_s:g} s") from None


@dataclass(slots=True)
class Message:
    """A head, and the body that came with it."""

    raw_head: bytes
    body: bytes = b""
    chunks: list[bytes] = field(default_factory=list)
    complete: bool = True  # False: the connection ended within the body

    @property
    def first_line(self) -> bytes:
        return self.raw_head.split(b"\r\n", 1)[0]

    @property
    def fields(self) -> list[tuple[bytes, bytes]]:
        lines = self.raw_head.split(b"\r\n")[1:-2]
        return [(name, value) for name, _, value in (line.partition(b": ") for line in lines)]

    def values(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def get(self, name: bytes) -> bytes | None:
        """Return the only value of *name*; more than one fails the test."""
        found = self.values(name)
        assert len(found) < 2, f"{name!r} came {len(found)} times"
        return found[0] if found else None

    @property
    def is_chunked(self) -> bool:
        return self.get(b"transfer-encoding") == b"chunked"


class Request(Message):
    @property
    def method(self) -> bytes:
        return self.first_line.split(b" ")[0]

    @property
    def target(self) -> bytes:
        return self.first_line.split(b" ")[1]


class Response(Message):
    @property
    def status(self) -> int:
        return int(self.first_line.split(b" ")[1])

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str | None:
        """Return the token, if the gateway itself wrote this answer."""
        return self.json["error"] if self.get(b"proxy-status") else None


async def read_head(reader: asyncio.StreamReader) -> bytes:
    """Return the bytes up to and with the empty line; raise IncompleteReadError at the end."""
    return await reader.readuntil(b"\r\n\r\n")


async def body_parts(reader: asyncio.StreamReader, message: Message) -> AsyncIterator[bytes]:
    """Yield the parts of a body that has a length or is chunked, as they come."""
    if message.is_chunked:
        while size := int(await reader.readline() or b"!", 16):
            yield await reader.readexactly(size)
            assert await reader.readexactly(2) == b"\r\n"
        assert await reader.readexactly(2) == b"\r\n"
    else:
        left = int(message.get(b"content-length") or 0)
        while left:
            part = await reader.read(min(left, 65536))
            if not part:
                raise asyncio.IncompleteReadError(b"", left)
            left -= len(part)
            yield part


async def read_body(
    reader: asyncio.StreamReader, message: Message, heard: asyncio.Semaphore | None = None
) -> None:
    """Add the whole body to *message*, or what comes of it; release *heard* for each part."""
    message.complete = False
    async with within():
        try:
            async for part in body_parts(reader, message):
                message.chunks.append(part)
                if heard:
                    heard.release()
            message.complete = True
        except (asyncio.IncompleteReadError, OSError, ValueError):  # a TLS error is an OSError
            pass
    message.body = b"".join(message.chunks)


def response(
    status: int = 200,
    body: bytes = b"",
    *fields: bytes,
    reason: bytes = b"OK",
    framed: bool = True,
) -> bytes:
    """Return a response as an upstream would send it; *framed* adds Content-Length."""
    lines = [b"HTTP/1.1 %d %b" % (status, reason), *fields]
    if framed:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked"
