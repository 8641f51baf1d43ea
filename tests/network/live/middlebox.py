"""A company's box that opens TLS: it looks at requests, and passes on what it does not stop."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from tests.media.live.networks import GATEWAY, Namespace

FORBIDDEN = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 7\r\n"
    b"Connection: close\r\n\r\nblocked"
)

# What is passed on in place of what a client has sent; None: it is refused.
Look = Callable[[bytes], bytes | None]


def pass_all(data: bytes) -> bytes | None:
    return data


def refuse_websockets(data: bytes) -> bytes | None:
    return None if b"upgrade: websocket" in data.lower() else data


def refuse_options(data: bytes) -> bytes | None:
    return None if data.startswith(b"OPTIONS ") else data


def rename(theirs: str, ours: str) -> Look:
    """Let the gateway see *ours* in Host where the client has sent *theirs*."""
    return lambda data: data.replace(f"Host: {theirs}".encode(), f"Host: {ours}".encode())


@asynccontextmanager
async def running(
    namespace: Namespace,
    address: str,
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
    name: str,
    look: Look,
) -> AsyncIterator[None]:
    """Take connections at *address*; *contexts*: as a server, and as the client of *name*."""
    server_context, client_context = contexts
    writers: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        with suppress(OSError):
            sock = await namespace.connected(GATEWAY, 443)
            there, back = await asyncio.open_connection(
                sock=sock, ssl=client_context, server_hostname=name
            )
            writers.add(back)
            await asyncio.gather(_inspected(reader, back, writer, look), _piped(there, writer))

    listener = namespace.bound(socket.SOCK_STREAM, address, 443)
    server = await asyncio.start_server(serve, sock=listener, ssl=server_context)
    try:
        yield
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()


async def _inspected(
    reader: asyncio.StreamReader,
    back: asyncio.StreamWriter,
    writer: asyncio.StreamWriter,
    look: Look,
) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            passed = look(data)
            if passed is None:
                writer.write(FORBIDDEN)
                break
            back.write(passed)
            await back.drain()
    back.close()


async def _piped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
