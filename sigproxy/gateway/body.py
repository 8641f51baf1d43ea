"""A request's body on its way up: streamed, counted, and kept as far as a replay may need it."""

import asyncio
from collections.abc import Callable

from aiohttp.streams import StreamReader

from sigproxy.errors import BadRequest, RequestTimeout
from sigproxy.exchange import Exchange
from sigproxy.gateway.downstream.request import MalformedBody
from sigproxy.gateway.reader import REQUEST_PART_BYTES
from sigproxy.gateway.replay import ReplayBuffer, ReplayPool
from sigproxy.policies.limits import Limits, body_patience_s, check_body
from sigproxy.semantics import fields as f


class RequestBody:
    """Reads the client's body once; ``replay_buffer`` keeps what was read, while it may."""

    def __init__(
        self,
        stream: StreamReader,
        exchange: Exchange,
        limits: Limits,
        send_continue: Callable[[], None],
        replays: ReplayPool,
    ) -> None:
        self._stream = stream
        self._exchange = exchange
        self._limits = limits
        self._send_continue: Callable[[], None] | None = None
        self._patience_s = limits.body_grace_s
        self._received = 0
        self._fault: Exception | None = None
        self.replay_buffer = ReplayBuffer(limits.replay_body_bytes, replays)
        self.chunked = bool(f.values(exchange.fields, b"transfer-encoding"))
        if f.has_element(exchange.fields, b"expect", b"100-continue"):
            self._send_continue = send_continue

    @property
    def at_end(self) -> bool:
        return self._stream.at_eof()

    async def begin(self) -> None:
        """Read the first part, so that a client that never sends one costs no connection."""
        if self.replay_buffer.is_empty:
            await self.read()

    async def read(self) -> bytes:
        """Return the next part, b"" at the end.

        Raises BodyTooLarge, BadRequest for broken framing, and RequestTimeout once the client
        has kept us waiting for longer than the slowest accepted rate would.
        """
        if self._send_continue is not None:  # RFC 9110, 10.1.1: admitted, so it may come
            self._send_continue()
            self._send_continue = None
        try:
            part = await self._next_part()
            self._received += len(part)
            self._exchange.received = self._received
            check_body(self._limits, self._received)
        except Exception as error:
            self._fault = error
            raise
        self.replay_buffer.keep(part)
        return part

    def check(self) -> None:
        """Raise again what ended a ``read``: what came before that is not the whole body."""
        if self._fault is not None:
            raise self._fault

    async def _next_part(self) -> bytes:
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        try:
            async with asyncio.timeout(self._patience_s):
                part: bytes = await self._stream.read(REQUEST_PART_BYTES)
        except TimeoutError:
            raise RequestTimeout("the request's body comes too slowly") from None
        except RuntimeError as error:  # aiohttp's word for a connection that is lost
            raise ConnectionResetError("the client has gone") from error
        except MalformedBody as error:
            raise BadRequest(f"the request's body is malformed: {error}") from error
        left_s = self._patience_s - (loop.time() - started_s)
        self._patience_s = body_patience_s(self._limits, left_s, len(part))
        return part
