"""The client's side, on raw bytes."""

import asyncio
import socket
import ssl
import struct
from contextlib import suppress

from tests.lab.wire import Response, read_body, read_head, within

BODILESS = (204, 304)


class Client:
    """One connection to the gateway; ``interim`` collects the 1xx responses."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.interim: list[Response] = []

    @classmethod
    async def open(
        cls,
        host: str,
        port: int,
        context: ssl.SSLContext | None = None,
        buffer: int = 0,
        source: str = "",
        header: bytes = b"",
    ) -> "Client":
        """Connect from *source*; *buffer* bounds what the kernel takes if nothing is read.

        *header* goes in front of everything, TLS too.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family)
        sock.setblocking(False)
        if source:
            sock.bind((source, 0))
        if buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        try:
            await asyncio.get_running_loop().sock_connect(sock, (host, port))
            if header:
                await asyncio.get_running_loop().sock_sendall(sock, header)
        except BaseException:
            sock.close()
            raise
        name = "localhost" if context else None
        return cls(
            *await asyncio.open_connection(
                sock=sock, ssl=context, server_hostname=name, limit=buffer or 65536
            )
        )

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def drain(self) -> None:
        async with within():
            await self.writer.drain()

    def ask(
        self, target: bytes, *fields: bytes, method: bytes = b"GET", body: bytes | None = None
    ) -> None:
        """Send a whole request; a *body* gets its Content-Length."""
        lines = [b"%b %b HTTP/1.1" % (method, target), b"Host: localhost", *fields]
        if body is not None:
            lines.append(b"Content-Length: %d" % len(body))
        self.send(b"\r\n".join(lines) + b"\r\n\r\n" + (body or b""))

    async def get(
        self, target: bytes, *fields: bytes, method: bytes = b"GET", body: bytes | None = None
    ) -> Response:
        self.ask(target, *fields, method=method, body=body)
        return await self.response(method)

    async def head(self) -> Response:
        """Return the head of the final response; its body stays unread."""
        while True:
            async with within():
                head = Response(await read_head(self.reader))
            if head.status >= 200 or head.status == 101:
                return head
            self.interim.append(head)

    async def response(
        self, method: bytes = b"GET", heard: asyncio.Semaphore | None = None
    ) -> Response:
        """Return the final response with what came of its body.

        *heard* is released for its head, and for each part of a body that has a length or chunks.
        """
        response = await self.head()
        if heard:
            heard.release()
        if method == b"HEAD" or response.status in BODILESS or response.status < 200:
            return response
        if response.is_chunked or response.get(b"content-length") is not None:
            await read_body(self.reader, response, heard)
        else:
            response.body = await self.rest()
        return response

    async def rest(self) -> bytes:
        """Return all that comes until the gateway closes; fail if it does not."""
        async with within():
            return await self.reader.read()

    async def closed(self) -> bytes:
        """Return what comes until the gateway closes in any way, with RST too."""
        taken = b""
        async with within():
            with suppress(ConnectionError):
                while part := await self.reader.read(65536):
                    taken += part
        return taken

    def finish(self) -> None:
        """Send FIN and go on reading."""
        self.writer.write_eof()

    def reset(self) -> None:
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def vanish(self) -> None:
        """Reset, if there is anything left to reset."""
        if not self.writer.transport.is_closing():
            self.reset()

    def close(self) -> None:
        self.writer.transport.close()
