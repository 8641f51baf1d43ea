"""Find WebSocket frame boundaries without decoding payloads (RFC 6455, 5.2)."""

import struct

CLOSE = 0x8
GOING_AWAY = 1001  # RFC 6455, 7.4.1: an endpoint leaves
NO_STATUS = 1005  # RFC 6455, 7.4.1: a Close frame without a code
SERVICE_RESTART = 1012  # IANA registry: the client may reconnect, after a random delay

_MAX_HEADER = 14
# At most this many frames are read at a time. 256 KiB can have 125,000 empty frames, and no other
# client is served while they are read.
FRAMES_A_TURN = 1024


class FrameScanner:
    """Reads the frame headers of one direction of a tunnel.

    ``at_boundary``: the bytes so far end with a whole frame, so that we may send a frame of our
    own. ``close_code`` is set by the first Close frame. ``header_bytes`` counts the bytes of
    headers, except those of a frame that is a whole segment. If a peer breaks the protocol and
    sends no frames, only ``at_boundary`` becomes meaningless.
    """

    __slots__ = (
        "_header",
        "_is_close",
        "_mask",
        "_payload",
        "_remaining",
        "close_code",
        "header_bytes",
    )

    def __init__(self) -> None:
        self._header = b""
        self._remaining = 0
        self._is_close = False
        self._mask = b""
        self._payload = b""
        self.close_code: int | None = None
        self.header_bytes = 0

    @property
    def at_boundary(self) -> bool:
        return not self._remaining and not self._header

    def feed(self, data: bytes, *, to_boundary: bool = False) -> int:
        """Read *data*; return how many bytes of it were read.

        All are read, up to FRAMES_A_TURN frames; with *to_boundary*, up to the first frame's end.
        """
        position, end = 0, len(data)
        if not self._remaining and not self._header and _is_one_whole_frame(data, end):
            return end
        for _ in range(2 * FRAMES_A_TURN):  # headers and payloads
            if position == end or (to_boundary and position and self.at_boundary):
                break
            if self._remaining:
                taken = min(self._remaining, end - position)
                if self._is_close:
                    self._read_close(data[position : position + taken])
                self._remaining -= taken
                position += taken
            else:
                position = self._read_header(data, position)
        return position

    def _read_header(self, data: bytes, position: int) -> int:
        """Read a frame header that starts, or continues, at *position*; return where it ends."""
        held = len(self._header)
        header = self._header + data[position : position + _MAX_HEADER - held]
        length = header_length(header)
        if length is None or len(header) < length:
            self._header = header
            return len(data)
        self._header = b""
        self.header_bytes += length
        self._remaining = payload_length(header)
        self._is_close = header[0] & 0x0F == CLOSE
        if self._is_close:
            self._mask = header[length - 4 : length] if header[1] & 0x80 else b"\0\0\0\0"
            self._payload = b""
            if not self._remaining and self.close_code is None:
                self.close_code = NO_STATUS
        return position + length - held

    def _read_close(self, part: bytes) -> None:
        self._payload = (self._payload + part)[:2]
        if len(self._payload) == 2 and self.close_code is None:
            high, low = (byte ^ key for byte, key in zip(self._payload, self._mask, strict=False))
            self.close_code = high << 8 | low


def _is_one_whole_frame(data: bytes, length: int) -> bool:
    """Return whether *data* is exactly one frame, and no Close: the usual case in signaling."""
    if length < 4 or data[0] & 0x0F == CLOSE:
        return False
    header, payload = (6 if data[1] & 0x80 else 2), data[1] & 0x7F
    if payload == 126:
        header, payload = header + 2, data[2] << 8 | data[3]
    return payload != 127 and length == header + payload


def header_length(header: bytes) -> int | None:
    if len(header) < 2:
        return None
    masked, length = header[1] & 0x80, header[1] & 0x7F
    return 2 + {126: 2, 127: 8}.get(length, 0) + (4 if masked else 0)


def payload_length(header: bytes) -> int:
    length = header[1] & 0x7F
    if length == 126:
        return int.from_bytes(header[2:4], "big")
    if length == 127:
        return int.from_bytes(header[2:10], "big")
    return length


def close_frame(code: int, reason: bytes = b"", mask: bytes = b"") -> bytes:
    """Return a Close frame with a *reason* of up to 123 bytes.

    A server's has no *mask*; a client's has one of 4 bytes, which nobody can guess (RFC 6455, 5.3).
    """
    payload = struct.pack(">H", code) + reason
    head = struct.pack("BB", 0x80 | CLOSE, len(payload) | (0x80 if mask else 0))
    if mask:
        payload = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    return head + mask + payload
