"""TLS by hand, for upstreams that hang up as no library of Python's would."""

import ssl
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from tests.lab.upstream import Peer

T = TypeVar("T")


class Tls:
    """The server's side of TLS over a *peer*'s TCP connection."""

    def __init__(self, peer: Peer, context: ssl.SSLContext) -> None:
        self._peer = peer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    async def head(self) -> bytes:
        """Shake hands; return the head of the first request."""
        await self._done(self._tls.do_handshake)
        head = b""
        while b"\r\n\r\n" not in head:
            head += await self._done(lambda: self._tls.read(65536))
        return head

    async def send(self, data: bytes) -> None:
        for start in range(0, len(data), 16384):
            await self._done(partial(self._tls.write, data[start : start + 16384]))

    async def hang_up(self) -> None:
        """Send the closing alert and FIN at once, as nginx does: wait for nobody's."""
        with suppress(ssl.SSLWantReadError):
            self._tls.unwrap()
        await self._flush()
        self._peer.writer.write_eof()

    async def _done(self, step: Callable[[], T]) -> T:
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                await self._flush()
                received = await self._peer.reader.read(65536)
                if not received:
                    raise ConnectionResetError from None
                self._incoming.write(received)
            else:
                await self._flush()
                return result

    async def _flush(self) -> None:
        self._peer.writer.write(self._outgoing.read())
        await self._peer.writer.drain()
