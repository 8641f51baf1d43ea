"""As much of protobuf's wire format as the scripted services speak: numbers, texts and messages.

"Encoding" of the Protocol Buffers documentation: each field is a key, which is its number and the
kind of what follows, and a variable-length number or so many bytes.
"""

from collections.abc import Iterator

NUMBER, BYTES = 0, 2
Value = int | str | bytes


def message(*fields: tuple[int, Value]) -> bytes:
    """Write a message; a field of it that is a message itself is given as bytes."""
    return b"".join(_field(number, value) for number, value in fields)


def fields(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield each field's number and value: an integer, or what may be a text or a message."""
    at = 0
    while at < len(raw):
        key, at = _read(raw, at)
        value, at = _read(raw, at)
        if key & 7 == NUMBER:
            yield key >> 3, value
        elif key & 7 == BYTES:
            yield key >> 3, raw[at : at + value]
            at += value
        else:
            raise ValueError(f"field {key >> 3} is of kind {key & 7}, which nobody here reads")


def _field(number: int, value: Value) -> bytes:
    if isinstance(value, int):
        return _written(number << 3 | NUMBER) + _written(value)
    raw = value.encode() if isinstance(value, str) else value
    return _written(number << 3 | BYTES) + _written(len(raw)) + raw


def _written(value: int) -> bytes:
    """Write seven bits a byte, the lowest first; the top bit says that more follow."""
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def _read(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while raw[at] & 0x80:
        value |= (raw[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
    return value | raw[at] << shift, at + 1
