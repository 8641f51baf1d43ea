"""What stands for a TURN server: it reads the PROXY header, then does as a test wants."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from sigproxy.semantics.proxy_header import Header, Wanted, parse
from tests.lab.wire import within

# A Binding request without attributes (RFC 8489, 5).
BINDING = bytes.fromhex("000100002112a442") + b"transaction1"
SECRET = "0123456789abcdef" * 4


@dataclass(slots=True)
class Session:
    """One connection that the gateway made: whom it was said to be for, and what came."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    client: str | None
    raw_header: bytes
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, size: int) -> bytes:
        async with within():
            return await self.reader.readexactly(size)


class TurnServer:
    """Keeps each session; *echoes* whatever comes behind the header, and hangs up at *last*."""

    def __init__(self, *, echoes: bool = True, last: bytes = b"") -> None:
        self.echoes = echoes
        self._last = last
        self.sessions: list[Session] = []
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for session in self.sessions:
            session.writer.close()

    @property
    def table(self) -> dict[str, Any]:
        """Return what [turn] says of it, for a gateway of the lab."""
        return {"relay": f"127.0.0.1:{self.port}", "name": "gateway.example", "open": True}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        header, raw = b"", b""
        while isinstance(found := parse(header), Wanted):
            header += await reader.readexactly(found.most)
        raw = header
        assert isinstance(found, Header)
        session = Session(reader, writer, None if found.client is None else str(found.client), raw)
        self.sessions.append(session)
        try:
            while self.echoes and (data := await reader.read(65536)):
                writer.write(data)
                await writer.drain()
                if data == self._last:
                    break
        except ConnectionError:
            pass
        finally:
            session.ended.set()
            if self.echoes:
                writer.close()
