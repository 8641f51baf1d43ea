"""The upstream's WebSocket side: the path ``/ws/NAME`` chooses what it does."""

import asyncio
import base64
import hashlib
import zlib

from tests.parity import frames
from tests.parity.record import Frame, UpstreamRequest
from tests.parity.upstream.wire import Wire

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
DEFLATE = "permessage-deflate"
FLOOD_FRAME = Frame(frames.BINARY, b"\x55" * 65536)
FLOOD_FRAMES = 1024
_FLUSH = b"\x00\x00\xff\xff"


def accept_for(key: str) -> str:
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()


def switching(request: UpstreamRequest, *more: str) -> bytes:
    """Return a 101 that answers the handshake, with the last subprotocol that was offered."""
    key = next(iter(request.values("sec-websocket-key")), "")
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept_for(key)}",
        *more,
    ]
    if offered := ",".join(request.values("sec-websocket-protocol")):
        lines.append(f"Sec-WebSocket-Protocol: {offered.split(',')[-1].strip()}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


async def play(wire: Wire, request: UpstreamRequest) -> bool:
    """Answer the handshake as the path says; return whether the connection stays for HTTP."""
    name = request.target.partition("?")[0].removeprefix("/ws/")
    request.framing = "websocket"
    match name.split("/"):
        case ["reject"]:
            fields = (("Content-Type", "text/plain"), ("X-Why", "denied"))
            await wire.answer(request, 403, fields, b"denied")
            return True
        case ["400"]:
            await wire.answer(request, 400, (("Content-Type", "text/plain"),), b"bad ws")
            return True
        case ["302"]:
            await wire.answer(request, 302, (("Location", "https://up.example.com/ws/echo"),))
            return True
        case ["never"]:
            if await wire.wait_for_end(120):
                request.connection.ended = "closed by the gateway"
        case ["wrong-accept"]:
            wrong = switching(request).replace(b"Accept: ", b"Accept: A")
            await wire.raw(wrong)
            await wire.wait_for_end(1)
        case [kind, *argument]:
            await _converse(wire, request, kind, argument)
    return False


async def _converse(wire: Wire, request: UpstreamRequest, kind: str, argument: list[str]) -> None:
    offered = ",".join(request.values("sec-websocket-extensions"))
    deflates = DEFLATE in offered and kind != "nodeflate"
    more = ["X-Up: 1", "Set-Cookie: ws=1"]
    head = switching(request, *more, *([f"Sec-WebSocket-Extensions: {DEFLATE}"] * deflates))
    if kind == "odd-switch":
        head = switching(request, "Content-Length: 0").replace(b"Upgrade: w", b"upgrade: W")
        head = head.replace(b"Connection: ", b"connection: keep-alive, ")
    if kind == "interim":
        head = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + head
    await wire.raw(head + _with_the_head(kind))
    match kind:
        case "push-eof":
            request.connection.ended = "closed by the upstream"
        case "reset":
            await asyncio.sleep(0.1)
            wire.reset(request.connection)
        case "eof":
            await asyncio.sleep(0.1)
            request.connection.ended = "closed by the upstream"
        case "flood":
            flood = asyncio.create_task(_flood(wire, request))
            try:
                await _echo(wire, request)
            finally:
                flood.cancel()
                await asyncio.gather(flood, return_exceptions=True)
        case "close":
            await wire.frame(Frame(frames.CLOSE, frames.close(int(argument[0]), "bye")))
            await _echo(wire, request)
        case _:
            await _echo(wire, request)


def _with_the_head(kind: str) -> bytes:
    """Return what follows the 101 in the same segment."""
    match kind:
        case "push" | "push-eof":
            return frames.encode(Frame(frames.TEXT, b"pushed-with-101"))
        case "ping":
            return frames.encode(Frame(frames.PING, b"srv-ping"))
        case "badframe":
            return b"\xf3\x02xx"
        case _:
            return b""


async def _flood(wire: Wire, request: UpstreamRequest) -> None:
    for _ in range(FLOOD_FRAMES):
        await wire.frame(FLOOD_FRAME)
        await asyncio.sleep(0)  # or asyncio takes frames for a connection that it knows is lost
        request.sent += len(FLOOD_FRAME.payload)


async def _echo(wire: Wire, request: UpstreamRequest) -> None:
    """Send every message back, until a Close frame."""
    message, first = b"", Frame(frames.TEXT, b"")
    inflate, deflate = zlib.decompressobj(-15), zlib.compressobj(wbits=-15)
    while True:
        frame = await wire.next_frame()
        if len(request.frames) < 50:
            request.frames.append(frame)
        match frame.opcode:
            case frames.CLOSE:
                await wire.frame(Frame(frames.CLOSE, frame.payload))
                code = int.from_bytes(frame.payload[:2], "big")
                request.connection.ended = f"closed with {code}"
                return
            case frames.PING:
                await wire.frame(Frame(frames.PONG, frame.payload))
                continue
            case frames.PONG:
                continue
            case frames.TEXT | frames.BINARY:
                message, first = b"", frame
        message += frame.payload
        if frame.final:
            await wire.frame(_echoed(message, first, inflate, deflate))


def _echoed(
    message: bytes, first: Frame, inflate: "zlib._Decompress", deflate: "zlib._Compress"
) -> Frame:
    if not first.reserved & frames.RSV1:
        return Frame(first.opcode, message)
    clear = inflate.decompress(message + _FLUSH)
    packed = deflate.compress(clear) + deflate.flush(zlib.Z_SYNC_FLUSH)
    return Frame(first.opcode, packed.removesuffix(_FLUSH), reserved=frames.RSV1)
