"""An upstream that echoes WebSocket messages and takes uploads, in raw bytes."""

import asyncio
import base64
import hashlib
import re
from typing import cast

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
_KEY = re.compile(rb"\r\nsec-websocket-key: *([^\r]+)\r\n", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_CLOSE = 8
_SHORT, _LONG = 126, 127
_UPLOADED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n"
    b'{"stored":true}'
)


def accept_value(key: bytes) -> bytes:
    return base64.b64encode(hashlib.sha1(key + _GUID).digest())


def unmasked_frames(buffer: bytearray) -> tuple[bytes, bool]:
    """Take whole frames out of *buffer*; return them as a server sends them, and if one is Close.

    Our clients mask with zeros, so that leaving the key out is all there is to unmasking.
    """
    echoed, at, closing = [], 0, False
    while len(buffer) - at >= 6:
        size, head = buffer[at + 1] & 127, 2
        if size == _SHORT:
            size, head = int.from_bytes(buffer[at + 2 : at + 4], "big"), 4
        elif size == _LONG:
            size, head = int.from_bytes(buffer[at + 2 : at + 10], "big"), 10
        end = at + head + 4 + size
        if len(buffer) < end:
            break
        begin = bytearray(buffer[at : at + head])
        begin[1] &= 127
        echoed.append(begin + buffer[at + head + 4 : end])
        closing = closing or begin[0] & 15 == _CLOSE
        at = end
    del buffer[:at]
    return b"".join(echoed), closing


class Echo(asyncio.Protocol):
    """One connection: uploads one after another, or a WebSocket."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._is_websocket = False
        self._body_left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._body_left:
            self._take(data)
            return
        self._buffer += data
        if not self._is_websocket:
            self._head()
        if self._is_websocket and self._buffer:
            self._echo()

    def _echo(self) -> None:
        frames, closing = unmasked_frames(self._buffer)
        if frames:
            self._transport.write(frames)
        if closing:
            self._transport.close()

    def _head(self) -> None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[: end + 4])
        del self._buffer[: end + 4]
        if key := _KEY.search(head):
            self._upgrade(key[1])
            return
        length = _LENGTH.search(head)
        assert length is not None, head
        begun, self._body_left = bytes(self._buffer), int(length[1])
        self._buffer.clear()
        self._take(begun)

    def _upgrade(self, key: bytes) -> None:
        self._is_websocket = True
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept_value(key.strip()) + b"\r\n\r\n"
        )

    def _take(self, data: bytes) -> None:
        self._body_left -= len(data)
        if self._body_left <= 0:
            self._transport.write(_UPLOADED)
