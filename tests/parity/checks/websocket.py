"""Claims about the WebSocket frames that the client received."""

import zlib

from tests.parity.frames import RSV1
from tests.parity.model import Check, Observation
from tests.parity.record import Frame

_FLUSH = b"\x00\x00\xff\xff"


def frames(*expected: tuple[int, bytes]) -> Check:
    """Exactly these messages and control frames came, in this order."""

    def check(seen: Observation) -> str | None:
        got = [(frame.opcode, frame.payload) for frame in seen.frames]
        if got == list(expected):
            return None
        return f"frames {_short(seen.frames)}, wanted {[(o, p[:20]) for o, p in expected]}"

    return check


def message_of(size: int) -> Check:
    """The first message has *size* bytes."""

    def check(seen: Observation) -> str | None:
        got = [len(frame.payload) for frame in seen.frames[:1]]
        return None if got == [size] else f"messages of {got} bytes, wanted {size}"

    return check


def inflated(text: bytes) -> Check:
    """The first message, decompressed where it is compressed (RFC 7692), is *text*."""

    def check(seen: Observation) -> str | None:
        if not seen.frames:
            return "no message"
        message = seen.frames[0]
        clear = message.payload
        if message.reserved & RSV1:
            try:
                clear = zlib.decompressobj(-15).decompress(message.payload + _FLUSH)
            except zlib.error as error:
                return f"the message does not inflate: {error}"
        return None if clear == text else f"message {clear[:40]!r}"

    return check


def _short(frames: list[Frame]) -> list[tuple[int, bytes]]:
    return [(frame.opcode, frame.payload[:20]) for frame in frames]
