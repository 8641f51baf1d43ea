"""Limit the admin listener's connections: their number, their time, and the size of a request.

aiohttp's server waits forever for a first request, and does not limit connections. Here one
connection serves one request, with a deadline for its head and one for reading the response. When
the maximum is reached, a connection without a request is closed for a new one, so that monitoring
can connect despite any number of silent connections.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from aiohttp import web

MOST_CONNECTIONS = 64  # in each worker; a Prometheus server needs one
HEAD_S = 10.0  # as header_timeout_s
ANSWER_S = 30.0  # Prometheus waits 10 s
MOST_BYTES = 16 * 1024  # of a request; its body is not read

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Doorway:
    """Makes the protocols of one listener; *answer* returns the response to each request."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._guests: dict[asyncio.BaseTransport | None, Guest] = {}  # the oldest first
        self._server = web.Server(self._admit, access_log=None)

    def __call__(self) -> "Guest":
        return Guest(self, self._server())

    def enter(self, guest: "Guest", transport: asyncio.Transport) -> bool:
        """Return whether there is room; close a silent connection if that is necessary."""
        if len(self._guests) >= MOST_CONNECTIONS:
            silent = next((each for each in self._guests.values() if not each.has_asked), None)
            if silent is None:
                return False
            silent.leave()
        self._guests[transport] = guest
        return True

    def left(self, transport: asyncio.Transport) -> None:
        self._guests.pop(transport, None)

    async def _admit(self, request: web.BaseRequest) -> web.StreamResponse:
        if guest := self._guests.get(request.transport):
            guest.asked()
        response = await self._answer(request)
        response.force_close()
        return response

    def goes_on(self, request: web.BaseRequest) -> None:
        """Give the reader of a response that goes on, and has read so far, as long again."""
        if guest := self._guests.get(request.transport):
            guest.asked()

    async def close(self, within_s: float) -> None:
        """Wait for unfinished responses, and close the rest."""
        await self._server.shutdown(within_s)


class Guest(asyncio.Protocol):
    """One connection: wraps aiohttp's protocol with deadlines and limits."""

    def __init__(self, doorway: Doorway, protocol: asyncio.Protocol) -> None:
        self._doorway = doorway
        self._protocol = protocol
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._received = 0
        self.has_asked = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._protocol.connection_made(transport)
        if self._doorway.enter(self, self._transport):
            self._leave_in(HEAD_S)
        else:
            self._transport.abort()

    def asked(self) -> None:
        self.has_asked = True
        self._leave_in(ANSWER_S)

    def leave(self) -> None:
        assert self._transport is not None
        self._doorway.left(self._transport)
        self._transport.abort()

    def _leave_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self.leave)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if self._received > MOST_BYTES:
            self.leave()
        else:
            self._protocol.data_received(data)

    def eof_received(self) -> bool | None:
        return self._protocol.eof_received()

    def pause_writing(self) -> None:
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        self._protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._doorway.left(self._transport)
        self._protocol.connection_lost(exc)
