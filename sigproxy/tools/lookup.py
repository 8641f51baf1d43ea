"""The addresses of a name, as any program of this machine finds them."""

import asyncio
import socket
import threading
from contextlib import suppress

AddrInfo = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[str, int]]


async def addresses(host: str, port: int) -> list[AddrInfo]:
    """Return what getaddrinfo does, once for each address; raise socket.gaierror.

    In a thread that nobody waits for: the C library may wait for half a minute for name servers,
    and an event loop's own threads are waited for at its end.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[AddrInfo]] = loop.create_future()

    def tell(outcome: "list[AddrInfo] | OSError") -> None:
        if found.done():
            return
        if isinstance(outcome, OSError):
            found.set_exception(outcome)
        else:
            found.set_result(outcome)

    def ask() -> None:
        try:
            outcome: list[AddrInfo] | OSError = socket.getaddrinfo(  # type: ignore[assignment]
                host, port, type=socket.SOCK_STREAM
            )
        except OSError as error:
            outcome = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(tell, outcome)

    threading.Thread(target=ask, daemon=True).start()
    return await found
