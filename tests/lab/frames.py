"""WebSocket handshakes and frames, made and read by hand (RFC 6455)."""

import base64
import hashlib
import os
import struct
from dataclasses import dataclass

from tests.lab.client import Client
from tests.lab.upstream import Peer, Script
from tests.lab.wire import Request, Response, read_head, response, within

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
HANDSHAKE = (
    b"Connection: keep-alive, Upgrade",
    b"Upgrade: websocket",
    b"Sec-WebSocket-Version: 13",
    b"Sec-WebSocket-Key: " + KEY,
)


@dataclass(frozen=True, slots=True)
class Frame:
    opcode: int
    payload: bytes

    @property
    def close_code(self) -> int | None:
        return struct.unpack_from("!H", self.payload)[0] if self.opcode == CLOSE else None


def frame(opcode: int, payload: bytes = b"", *, masked: bool = False, first: int = 0x80) -> bytes:
    """Return a frame; *first* has the FIN and RSV bits."""
    size = len(payload)
    if size < 126:
        length = bytes([size])
    elif size < 65536:
        length = struct.pack("!BH", 126, size)
    else:
        length = struct.pack("!BQ", 127, size)
    if not masked:
        return bytes([first | opcode]) + length + payload
    mask = os.urandom(4)
    marked = bytes([length[0] | 0x80]) + length[1:]
    return bytes([first | opcode]) + marked + mask + _xor(payload, mask)


def close(code: int, reason: bytes = b"", *, masked: bool = False) -> bytes:
    return frame(CLOSE, struct.pack("!H", code) + reason, masked=masked)


def _xor(payload: bytes, mask: bytes) -> bytes:
    size = len(payload)
    key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
    return (int.from_bytes(payload, "big") ^ key).to_bytes(size, "big")


async def read_frame(side: Client | Peer) -> Frame:
    """Return the next whole frame, unmasked."""
    reader = side.reader
    async with within():
        head = await reader.readexactly(2)
        size = head[1] & 0x7F
        if size >= 126:
            size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
        mask = await reader.readexactly(4) if head[1] & 0x80 else b"\0\0\0\0"
        return Frame(head[0] & 0x0F, _xor(await reader.readexactly(size), mask))


def accept_for(key: bytes) -> bytes:
    return base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())


def switching(request: Request, *fields: bytes) -> bytes:
    """Return the 101 that answers *request*."""
    lines = (
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: " + accept_for(request.get(b"sec-websocket-key") or b""),
        *fields,
    )
    return b"\r\n".join(lines) + b"\r\n\r\n"


def upgraded(then: Script, *fields: bytes) -> Script:
    """Return a script that accepts the handshake and goes on with *then*."""

    async def script(peer: Peer) -> None:
        peer.send(switching(await peer.head(), *fields))
        await then(peer)

    return script


async def echo(peer: Peer) -> None:
    """Send every byte back; frames stay masked, which only a client must not mind."""
    while data := await peer.reader.read(65536):
        peer.send(data)
        await peer.writer.drain()


async def echo_frames(peer: Peer) -> None:
    """Send every frame back as a server does, and close as asked."""
    while True:
        received = await read_frame(peer)
        peer.send(frame(received.opcode, received.payload))
        await peer.writer.drain()
        if received.opcode == CLOSE:
            return


async def handshake(client: Client, target: bytes, *fields: bytes) -> Response:
    """Ask for a WebSocket and return the answer's head."""
    client.ask(target, *HANDSHAKE, *fields)
    return Response(await read_head(client.reader))


async def ok_or_echo(peer: Peer) -> None:
    """Answer requests; take a WebSocket and send each frame back."""
    while True:
        request = await peer.request()
        if request.get(b"upgrade"):
            peer.send(switching(request))
            return await echo_frames(peer)
        peer.send(response(200, b"ok"))
