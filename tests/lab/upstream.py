"""A vendor's server: raw asyncio over TLS, records what it gets, answers by a script."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress

from tests.lab.wire import Request, read_body, read_head, response, within

Script = Callable[["Peer"], Awaitable[None]]
Responder = Callable[[Request], bytes]

BUFFER = 64 * 1024


class Peer:
    """One connection that the gateway opened."""

    def __init__(
        self, upstream: "Upstream", reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.upstream = upstream
        self.reader = reader
        self.writer = writer
        self.number = len(upstream.peers)
        self.requests: list[Request] = []
        self.sni = getattr(writer.get_extra_info("ssl_object"), "sni", None)
        self.ended = asyncio.Event()

    async def head(self) -> Request:
        request = Request(await read_head(self.reader))
        self.requests.append(request)
        self.upstream.requests.append(request)
        return request

    async def request(self) -> Request:
        """Return the next request with its whole body."""
        request = await self.head()
        await read_body(self.reader, request)
        return request

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def drain(self) -> None:
        async with within():
            await self.writer.drain()

    async def gone(self) -> None:
        """Return once the gateway has closed the connection; fail if it does not."""
        async with within():
            with suppress(ConnectionError):
                while await self.reader.read(BUFFER):
                    pass

    def reset(self) -> None:
        """Close as a crashed host would: with RST."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


class Upstream:
    """``requests`` and ``peers`` are in the order in which they came."""

    def __init__(self, script: Script, context: ssl.SSLContext | None) -> None:
        self._script = script
        self._context = context
        self._tasks: set[asyncio.Task[None]] = set()
        self.peers: list[Peer] = []
        self.requests: list[Request] = []
        self.failures: list[BaseException] = []
        self._changed = asyncio.Condition()

    async def start(self, address: str = "127.0.0.1", port: int = 0) -> None:
        self._server = await asyncio.start_server(
            self._serve, address, port, ssl=self._context, limit=BUFFER
        )

    @property
    def port(self) -> int:
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def open_peers(self) -> int:
        return sum(not peer.ended.is_set() for peer in self.peers)

    def at(self, path: str = "/", name: str = "up.example.com") -> bytes:
        """Return the gateway's request target for *path* here."""
        return f"/{name}:{self.port}{path}".encode()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        peer = Peer(self, reader, writer)
        self.peers.append(peer)
        await self._notify()
        try:
            await self._script(peer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the gateway has closed, or the test is over
        except Exception as error:
            self.failures.append(error)
        finally:
            peer.ended.set()
            writer.transport.close()
            self._tasks.discard(task)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def peer(self, number: int = 0) -> Peer:
        """Return the connection with that number, as soon as there is one."""
        async with within(), self._changed:
            await self._changed.wait_for(lambda: len(self.peers) > number)
        return self.peers[number]

    async def close(self) -> None:
        self._server.close()
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for peer in self.peers:
            with suppress(AttributeError):  # asyncio before 3.11.4, if it was closed twice
                peer.writer.transport.abort()
        await asyncio.sleep(0)
        assert not self.failures, self.failures


def answering(responder: Responder | bytes) -> Script:
    """Return a script that answers request after request on each connection."""

    async def script(peer: Peer) -> None:
        while True:
            request = await peer.request()
            peer.send(responder if isinstance(responder, bytes) else responder(request))
            await peer.drain()

    return script


OK = answering(response(200, b"ok"))
