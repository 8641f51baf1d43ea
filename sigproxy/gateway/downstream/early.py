"""What a client sends before its connection has a transport: read, or looked at, on the socket."""

import asyncio
import select
import socket

# Linux tells that the peer has sent its end while bytes are still unread; others tell less.
_LEFT = getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR


async def read(sock: socket.socket, most: int, flags: int = 0) -> bytes:
    """Return what has come, b"" at the end; the loop's own sock_recv knows no flags.

    It waits each time, so that whoever sends without end lets others have their turn.
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
    """Return what has come, b"" once the peer has gone in any way, None if there is nothing yet."""
    try:
        return sock.recv(most, flags)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def has_left(sock: socket.socket) -> bool:
    """Return whether the peer has hung up, whatever it sent before."""
    looking = select.poll()
    looking.register(sock, _LEFT)
    return bool(looking.poll(0))


def _set(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)
