"""WebSocket messages of a fixed size, masked with zeros (RFC 6455, 5.2)."""

import struct

BINARY, CLOSE = 2, 8
_NO_MASK = bytes(4)  # a legal key; the echo is then the payload as it stands


def masked(payload: bytes, opcode: int = BINARY) -> bytes:
    return _head(len(payload), opcode, 0x80) + _NO_MASK + payload


def unmasked_size(payload_size: int) -> int:
    """Return how many bytes a message takes on the way back."""
    return len(_head(payload_size, BINARY, 0)) + payload_size


def _head(size: int, opcode: int, mask_bit: int) -> bytes:
    first = 0x80 | opcode
    if size < 126:
        return bytes([first, mask_bit | size])
    if size < 1 << 16:
        return bytes([first, mask_bit | 126]) + struct.pack(">H", size)
    return bytes([first, mask_bit | 127]) + struct.pack(">Q", size)
