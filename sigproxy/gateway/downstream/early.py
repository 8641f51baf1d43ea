"""Read, or peek at, what a client sends before its socket has an asyncio transport."""

import asyncio
import select
import socket
from contextlib import suppress

# POLLRDHUP: the peer has sent FIN, even if bytes are still unread. Only Linux has it.
_LEFT = getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR


async def read(sock: socket.socket, most: int, flags: int = 0) -> bytes:
    """Return the bytes received, b"" at the end; the loop's own sock_recv has no flags.

    It always waits once, so that a client that sends without end does not block the others.
    """
    loop = asyncio.get_running_loop()
    while True:
        ready = loop.create_future()
        loop.add_reader(sock, _set, ready)
        try:
            await ready
        finally:
            loop.remove_reader(sock)
        if (found := receive(sock, most, flags)) is not None:
            return found


def receive(sock: socket.socket, most: int, flags: int = 0) -> bytes | None:
    """Return the bytes received, b"" if the connection has ended, None if there is nothing yet."""
    try:
        return sock.recv(most, flags)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def send(sock: socket.socket, answer: bytes) -> None:
    """Send a short answer, if it can be sent at once: nothing else was sent before it."""
    with suppress(OSError):
        sock.send(answer)


async def linger(sock: socket.socket, most_s: float) -> None:
    """End what we send, and read until the peer closes, or for *most_s*.

    Closing with unread bytes sends RST, which can destroy the answer (RFC 9112, 9.6).
    """
    with suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
        async with asyncio.timeout(most_s):
            while await read(sock, 65536):
                pass


def has_left(sock: socket.socket) -> bool:
    """Return whether the peer has closed the connection, even if bytes are still unread."""
    looking = select.poll()
    looking.register(sock, _LEFT)
    return bool(looking.poll(0))


def _set(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)
