"""Numbered messages, and the frames that they travel in (RFC 6455)."""

import struct
from random import Random
from zlib import crc32

# A snapshot of a large meeting; a ping's size; text as signaling sends it; an SDP offer. The
# largest comes first: buffers of a TLS connection grow with the largest message that it has
# carried, and memory that goes on growing later is something else.
SIZES = (64 * 1024, 10, 120, 700, 3000, 120, 700, 16 * 1024)
MOST_BYTES = 1 << 20
SHIFT = 1009  # so that no two messages in a row have the same content
_BLOCK = Random(1).randbytes(MOST_BYTES + SHIFT)
_HEAD = struct.Struct("!II")


class Corrupt(Exception):
    """A message is not what its sender made."""


def content(name: str, size: int) -> bytes:
    """Return *size* bytes that belong to *name*, the same in every process."""
    begin = crc32(name.encode()) % SHIFT
    return _BLOCK[begin : begin + size]


def message(session: str, number: int, size: int) -> bytes:
    """Return the message of that number; no other session's or number's passes for it."""
    filler = content(f"{session} {number}", size - _HEAD.size)
    return _HEAD.pack(number, _check(session, number, filler)) + filler


def number_of(session: str, data: bytes) -> int:
    """Return which of *session*'s messages *data* is; raise Corrupt if it is none."""
    if len(data) < _HEAD.size:
        raise Corrupt(f"session {session}: a message of {len(data)} bytes")
    number, check = _HEAD.unpack_from(data)
    if check != _check(session, number, data[_HEAD.size :]):
        raise Corrupt(f"session {session}: message {number} is not as it was sent")
    return int(number)


def _check(session: str, number: int, filler: bytes) -> int:
    return crc32(filler, crc32(f"{session} {number}".encode()))


class Frames:
    """Takes bytes as they come, gives whole frames: opcode and unmasked payload."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        self._buffer += data
        found = []
        while (frame := self._next()) is not None:
            found.append(frame)
        return found

    def _next(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, begin = buffer[1] & 0x7F, 2
        if size >= 126:
            begin = 4 if size == 126 else 10
            if len(buffer) < begin:
                return None
            size = int.from_bytes(buffer[2:begin], "big")
        mask = b""
        if buffer[1] & 0x80:
            mask, begin = bytes(buffer[begin : begin + 4]), begin + 4
        if len(buffer) < begin + size:
            return None
        opcode, payload = buffer[0] & 0x0F, bytes(buffer[begin : begin + size])
        del buffer[: begin + size]
        return opcode, _unmasked(payload, mask) if mask else payload


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    size = len(payload)
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
    return (int.from_bytes(payload, "big") ^ key).to_bytes(size, "big")
