"""The vendor: answers requests, acknowledges messages, writes down what it has received.

python -m soak.upstream '{"certificate": "..."}'
"""

import asyncio
import random
import socket
import ssl
import struct
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zlib import crc32

from soak import child, messages
from tests.lab.frames import BINARY, CLOSE, frame, switching
from tests.lab.wire import LAST_CHUNK, Request, chunk, read_body, read_head, response

NAME_FIELD = b"X-Soak-Name"
OTHER = "other.example.com"
CHUNK_BYTES = 7000


@dataclass(slots=True, eq=False)
class Line:
    """One connection that the gateway opened, and what it carries or has carried last."""

    writer: asyncio.StreamWriter
    name: str = ""

    def reset(self) -> None:
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass(slots=True)
class Heard:
    """How many messages of a session have come, one after the other."""

    name: str
    count: int = 0


class Vendor:
    def __init__(self) -> None:
        self._lines: set[Line] = set()
        self._heard: list[Heard] = []
        self._uploads: Counter[str] = Counter()
        self._faults: list[str] = []
        self._port = 0

    async def start(self, context: ssl.SSLContext, host: str) -> int:
        """Listen; return the port."""
        self._server = await asyncio.start_server(
            self._serve, host, 0, ssl=context, backlog=2048, limit=1 << 16
        )
        self._port = int(self._server.sockets[0].getsockname()[1])
        return self._port

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(writer)
        self._lines.add(line)
        try:
            while await self._exchange(line, reader):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass  # the gateway has gone
        except Exception as error:
            self._faults.append(f"{line.name}: {error!r}")
        finally:
            self._lines.discard(line)
            writer.transport.close()

    async def _exchange(self, line: Line, reader: asyncio.StreamReader) -> bool:
        request = Request(await read_head(reader))
        url = urlsplit(request.target.decode())
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        line.name = query["name"]
        if request.get(b"upgrade"):
            line.writer.write(switching(request))
            await self._converse(line, reader)
            return False
        await read_body(reader, request)
        if not request.complete:  # the client has gone in the middle of it
            return False
        if url.path == "/sum":
            self._count_upload(line.name)
        line.writer.write(self._answer(request, url.path, query))
        await line.writer.drain()
        return True

    def _count_upload(self, name: str) -> None:
        self._uploads[name] += 1
        if self._uploads[name] > 1:
            self._faults.append(f"{name}: a POST has come {self._uploads[name]} times")

    def _answer(self, request: Request, path: str, query: dict[str, str]) -> bytes:
        named = NAME_FIELD + b": " + query["name"].encode()
        match path:
            case "/bytes":
                body = messages.content(query["name"], int(query["size"]))
                if "chunked" in query:
                    parts = [body[at:][:CHUNK_BYTES] for at in range(0, len(body), CHUNK_BYTES)]
                    head = response(200, b"", named, b"Transfer-Encoding: chunked", framed=False)
                    return head + b"".join(map(chunk, parts)) + LAST_CHUNK
                return response(200, body, named)
            case "/sum":
                said = b"%d %08x" % (len(request.body), crc32(request.body))
                return response(200, said, named)
            case _ if path.startswith("/moved/"):
                there = request.target.removeprefix(b"/moved").decode()
                location = f"Location: https://{OTHER}:{self._port}{there}".encode()
                return response(307, b"", named, location, reason=b"Temporary Redirect")
            case _:
                return response(404, b"nothing here", named, reason=b"Not Found")

    async def _converse(self, line: Line, reader: asyncio.StreamReader) -> None:
        """Send each message back once it has been found to be the next one."""
        heard = Heard(line.name)
        self._heard.append(heard)
        frames = messages.Frames()
        while data := await reader.read(1 << 16):
            for opcode, payload in frames.feed(data):
                if opcode != CLOSE:
                    self._take(heard, opcode, payload)
                line.writer.write(frame(opcode, payload))
                if opcode == CLOSE:
                    return
            await line.writer.drain()

    def _take(self, heard: Heard, opcode: int, payload: bytes) -> None:
        try:
            number = messages.number_of(heard.name, payload)
        except messages.Corrupt as error:
            self._faults.append(str(error))
            return
        if opcode != BINARY or number != heard.count + 1:
            came = f"message {number} came behind {heard.count}, with opcode {opcode}"
            self._faults.append(f"session {heard.name}: {came}")
        heard.count = number

    async def reset(self, share: float) -> list[str]:
        """Reset that share of the open connections, but one at least; return whose they were."""
        lines = [line for line in self._lines if not line.writer.is_closing()]
        chosen = random.sample(lines, min(len(lines), max(1, round(len(lines) * share))))
        for line in chosen:
            line.reset()
        return [line.name for line in chosen]

    async def open(self) -> int:
        return len(self._lines)

    async def report(self) -> dict[str, Any]:
        received = [(heard.name, heard.count) for heard in self._heard]
        return {"received": received, "faults": self._faults, "open": len(self._lines)}


async def main(document: dict[str, Any]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(document["certificate"])
    vendor = Vendor()
    port = await vendor.start(context, document.get("host", "127.0.0.1"))

    async def begin() -> int:
        return port

    orders = (begin, vendor.open, vendor.reset, vendor.report)
    await child.obey({order.__name__: order for order in orders})


if __name__ == "__main__":
    child.run(main)
