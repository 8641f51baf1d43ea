"""What may stand between a client and a gateway: it looks into TLS, and changes what it sees."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

Change = Callable[[bytes], bytes]


def unchanged(data: bytes) -> bytes:
    return data


def without_upgrade(data: bytes) -> bytes:
    """As a proxy that knows no WebSockets."""
    return data.replace(b"Upgrade: websocket", b"X-Removed: websocket").replace(
        b"Connection: Upgrade", b"Connection: keep-alive"
    )


@asynccontextmanager
async def between(
    port: int, own: ssl.SSLContext, trust: ssl.SSLContext, change: Change = unchanged
) -> AsyncIterator[int]:
    """Take connections in place of the gateway at *port*, with the certificate *own*."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        there = await asyncio.open_connection("localhost", port, ssl=trust)
        try:
            await asyncio.gather(
                _pass(reader, there[1], change), _pass(there[0], writer, unchanged)
            )
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            there[1].transport.abort()
            writer.transport.abort()
            tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=own)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in set(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, change: Change) -> None:
    while data := await reader.read(65536):
        writer.write(change(data))
        await writer.drain()
    writer.close()
