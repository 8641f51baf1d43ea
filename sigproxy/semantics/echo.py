"""A WebSocket that sends back what it gets: frames in, frames out (RFC 6455, 5)."""

import struct
from typing import NamedTuple

from sigproxy.semantics.frames import CLOSE, NO_STATUS, close_frame, header_length, payload_length

FRAME_BYTES = 64 * 1024  # of payload; the network test sends far less
PING, PONG = 0x9, 0xA

_DATA = frozenset({0x0, 0x1, 0x2})  # continuation, text, binary
_CONTROL_BYTES = 125
_PROTOCOL_ERROR, _TOO_BIG = 1002, 1009  # RFC 6455, 7.4.1


class Echoed(NamedTuple):
    """*answer*: to be sent. *rest*: of a frame that is not whole yet. *frames*: how many came.

    *close_code*: of the Close frame that *answer* ends with, after which nothing more is read.
    """

    answer: bytes
    rest: bytes
    frames: int
    close_code: int | None = None


def echo(data: bytes) -> Echoed:
    """Return what to send for a client's *data*, which begins with a frame.

    Frames go back as they came, each at once: what is fragmented stays so.
    """
    answers: list[bytes] = []
    position = 0
    while (length := header_length(data[position : position + 14])) is not None:
        header = data[position : position + length]
        if len(header) < length:
            break
        first, size = header[0], payload_length(header)
        if refused := _refusal(first, header[1], size):
            answers.append(close_frame(refused))
            return Echoed(b"".join(answers), b"", len(answers), refused)
        end = position + length + size
        if len(data) < end:
            break
        payload = _unmasked(data[position + length : end], header[-4:])
        position, opcode = end, first & 0x0F
        if opcode == CLOSE:
            code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else NO_STATUS
            answers.append(_frame(first, payload[:2]))
            return Echoed(b"".join(answers), b"", len(answers), code)
        answers.append(_answer(first, opcode, payload))
    return Echoed(b"".join(answers), data[position:], len(answers))


def _refusal(first: int, second: int, size: int) -> int | None:
    """Return the close code for a frame that is none a client may send; None if it may."""
    opcode, is_control = first & 0x0F, bool(first & 0x08)
    if first & 0x70 or not second & 0x80:  # RSV1 to 3: no extension was agreed on; no mask
        return _PROTOCOL_ERROR
    if is_control and (opcode not in (CLOSE, PING, PONG) or not first & 0x80):
        return _PROTOCOL_ERROR
    if is_control and size > _CONTROL_BYTES:
        return _PROTOCOL_ERROR
    if not is_control and opcode not in _DATA:
        return _PROTOCOL_ERROR
    return _TOO_BIG if size > FRAME_BYTES else None


def _answer(first: int, opcode: int, payload: bytes) -> bytes:
    if opcode == PONG:  # it answers nothing of ours
        return b""
    return _frame(first & 0xF0 | PONG if opcode == PING else first, payload)


def _frame(first: int, payload: bytes) -> bytes:
    """Return a server's frame: without a mask (RFC 6455, 5.1)."""
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 65536:
        return struct.pack("!BBH", first, 126, size) + payload
    return struct.pack("!BBQ", first, 127, size) + payload


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    size = len(payload)
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
    return (int.from_bytes(payload, "big") ^ key).to_bytes(size, "big")
