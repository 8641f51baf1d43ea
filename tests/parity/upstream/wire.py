"""One connection from the gateway, as the scripts of the upstream use it."""

import asyncio
import socket
import struct
import time

from tests.parity import frames
from tests.parity.record import Frame, UpstreamConnection, UpstreamRequest

HEAD_END = b"\r\n\r\n"
Fields = tuple[tuple[str, str], ...]
STAMP: Fields = (("Date", "Thu, 01 Jan 2026 00:00:00 GMT"), ("Server", "upstream/1"))
BODILESS = (204, 304)


class Wire:
    """Reads requests and writes answers, byte by byte as told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self._writer = writer

    async def head(self) -> bytes | None:
        """Return the next request head; None once the gateway has closed."""
        try:
            return await self.reader.readuntil(HEAD_END)
        except asyncio.IncompleteReadError:
            return None

    async def body(self, request: UpstreamRequest) -> bytes:
        if "chunked" in ",".join(request.values("transfer-encoding")).lower():
            request.framing = "chunked"
            await self._chunks(request)
        elif lengths := request.values("content-length"):
            request.framing = "length"
            await self._exactly(request, int(lengths[0]))
        request.body_is_whole = True
        request.body_ended = time.monotonic()
        return request.body

    async def _exactly(self, request: UpstreamRequest, size: int) -> None:
        while (missing := size - len(request.body)) > 0:
            data = await self.reader.read(min(65536, missing))
            if not data:
                raise ConnectionError("the body was cut short")
            self._took(request, data)

    async def _chunks(self, request: UpstreamRequest) -> None:
        while size := int((await self.reader.readuntil(b"\r\n")).split(b";")[0], 16):
            self._took(request, await self.reader.readexactly(size))
            await self.reader.readexactly(2)
        while await self.reader.readuntil(b"\r\n") != b"\r\n":  # the trailer section
            pass

    @staticmethod
    def _took(request: UpstreamRequest, data: bytes) -> None:
        request.body_began = request.body_began or time.monotonic()
        request.body += data

    async def raw(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def answer(
        self, request: UpstreamRequest, status: int, fields: Fields = (), body: bytes = b""
    ) -> None:
        """Send a response with a Content-Length."""
        lines = [f"HTTP/1.1 {status} X", *(f"{n}: {v}" for n, v in (*STAMP, *fields))]
        if status not in BODILESS:
            lines.append(f"Content-Length: {len(body)}")
        silent = request.method == "HEAD" or status in BODILESS
        head = "\r\n".join(lines).encode("latin-1") + HEAD_END
        await self.raw(head + (b"" if silent else body))

    async def frame(self, frame: Frame) -> None:
        await self.raw(frames.encode(frame))

    async def next_frame(self) -> Frame:
        head = await self.reader.readexactly(2)
        head += await self.reader.readexactly(frames.head_size(head) - 2)
        return frames.decode(head, await self.reader.readexactly(frames.payload_size(head)))

    async def wait_for_end(self, seconds: float) -> bool:
        """Return whether the gateway closed within *seconds* (anything it sends is dropped)."""
        try:
            async with asyncio.timeout(seconds):
                while await self.reader.read(65536):
                    pass
        except TimeoutError:
            return False
        return True

    def reset(self, connection: UpstreamConnection) -> None:
        connection.ended = "reset by the upstream"
        sock: socket.socket = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def close(self) -> None:
        self._writer.close()
        try:
            async with asyncio.timeout(2):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._writer.transport.abort()
