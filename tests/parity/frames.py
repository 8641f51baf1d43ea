"""WebSocket frames as bytes (RFC 6455, 5.2), for both ends of the laboratory."""

import struct

from tests.parity.record import Frame

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
RSV1 = 4
_KEY = b"\x11\x22\x33\x44"


def encode(frame: Frame) -> bytes:
    first = bytes([frame.final << 7 | frame.reserved << 4 | frame.opcode])
    mask_bit, size = frame.masked << 7, len(frame.payload)
    if size < 126:
        head = first + bytes([mask_bit | size])
    elif size < 1 << 16:
        head = first + bytes([mask_bit | 126]) + struct.pack(">H", size)
    else:
        head = first + bytes([mask_bit | 127]) + struct.pack(">Q", size)
    return head + (_KEY + masked(frame.payload, _KEY) if frame.masked else frame.payload)


def masked(payload: bytes, key: bytes) -> bytes:
    """Return *payload* masked, or unmasked, with *key* (RFC 6455, 5.3)."""
    size = len(payload)
    stream = int.from_bytes((key * (size // 4 + 1))[:size], "big")
    return (int.from_bytes(payload, "big") ^ stream).to_bytes(size, "big")


def head_size(begin: bytes) -> int:
    """Return how many bytes the head has of which *begin* are the first two."""
    extended = {126: 2, 127: 8}.get(begin[1] & 127, 0)
    return 2 + extended + (4 if begin[1] & 128 else 0)


def payload_size(head: bytes) -> int:
    match head[1] & 127:
        case 126:
            return int.from_bytes(head[2:4], "big")
        case 127:
            return int.from_bytes(head[2:10], "big")
        case size:
            return size


def decode(head: bytes, payload: bytes) -> Frame:
    is_masked = bool(head[1] & 128)
    clear = masked(payload, head[-4:]) if is_masked and payload else payload
    return Frame(head[0] & 15, clear, bool(head[0] >> 7), (head[0] >> 4) & 7, is_masked)


def close(code: int, reason: str = "") -> bytes:
    """Return the payload of a Close frame."""
    return code.to_bytes(2, "big") + reason.encode()
