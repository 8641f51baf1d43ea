"""Write one response to the client."""

import asyncio
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import time

from sigproxy.errors import ConnectionTerminated, DnsError, GatewayError, RequestTimeout
from sigproxy.exchange import Exchange
from sigproxy.gateway.downstream.error_response import error_response
from sigproxy.gateway.downstream.request import Request
from sigproxy.gateway.drain import Drain
from sigproxy.gateway.transport import reset
from sigproxy.policies.cors import Cors
from sigproxy.semantics import fields as f
from sigproxy.semantics import framing
from sigproxy.semantics.fields import NO_FIELDS, Field
from sigproxy.semantics.framing import Framing


class ResponseWriter:
    """The response side of one exchange.

    Call either ``send`` once, or ``start``, ``write`` any number of times, and ``end``. After an
    error between start and end, all that is left is to ``cut`` the connection (RFC 9112, 8).
    """

    def __init__(self, request: Request, exchange: Exchange, drain: Drain) -> None:
        self._body = request.body
        self._connection = request.connection
        self._drain = drain
        self._exchange = exchange
        self._framing = Framing.NONE
        refused = request.connection.refusal is not None
        self.keep_alive = not (request.head.should_close or refused)
        self.cors: Cors | None = None  # None: the route is not known yet
        self.cookies: list[Field] = []  # from redirects that the gateway followed
        self.started = False
        self._is_whole = False
        self._sent = 0  # bytes of the body

    @property
    def transport(self) -> asyncio.Transport:
        transport = self._connection.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client has gone")
        return transport

    def _write(self, data: bytes) -> None:
        """Write *data*; raise ConnectionResetError if the client has gone."""
        _ = self.transport
        self._connection.flow.write(data)

    @property
    def is_writable(self) -> bool:
        """False while the client accepts no more data."""
        return not self._connection.flow.writing_paused

    def send_continue(self) -> None:
        """Send 100 (Continue), for which the client waits before its body (RFC 9110, 10.1.1)."""
        self.interim(100, "Continue", [])

    def interim(self, status: int, reason: str, fields: list[Field]) -> None:
        """Send a 1xx response (RFC 9110, 15.2), but not to a client of HTTP/1.0."""
        if self._exchange.version >= (1, 1):
            self._write(f.serialize(_status_line(status, reason), fields))

    def send(self, status: int, fields: list[Field], body: bytes = b"") -> None:
        """Send a whole response of our own, with the exchange's id."""
        own = [(b"X-Request-Id", self._exchange.id.encode()), (b"Date", _date(int(time())))]
        if status != HTTPStatus.NO_CONTENT:
            own.append((b"Content-Length", b"%d" % len(body)))
        fields = [*fields, *own]
        framing = Framing.NONE if self._exchange.method == "HEAD" else Framing.LENGTH
        self.start(status, _phrase(status), fields, framing, body)
        self._is_whole = True

    def refuse(self, error: GatewayError) -> None:
        """Send an error of our own; if a response has already begun, cut it instead."""
        self._exchange.error = error.token
        self._exchange.detail = error.detail
        self._exchange.has_no_address = isinstance(error, DnsError) and error.exists is not None
        if self.started:
            self.cut()
            return
        fields, body = error_response(error, self._exchange.id, self._exchange.fields)
        if error.ends_connection:
            self.keep_alive = False
        cors = self.cors or Cors.unjudged(self._exchange.fields)
        self.send(error.status, [*self.cookies, *fields, *cors.error_fields()], body)
        if isinstance(error, RequestTimeout) or self._body.exception():
            # The client was too slow or the body is invalid: do not wait for the rest of it.
            self._connection.close()

    def start(
        self, status: int, reason: str, fields: list[Field], framing: Framing, chunk: bytes = b""
    ) -> None:
        """Write the head, together with *chunk*, the first part of the body."""
        self._framing = framing
        if framing is Framing.CLOSE or not self._body.is_eof() or self._drain.draining:
            self.keep_alive = False
        fields = [*fields, *self._connection_fields()]
        self.started = True
        self._exchange.status = status
        head = f.serialize(_status_line(status, reason), fields)
        self._write(head + self._framed(chunk))

    def _connection_fields(self) -> list[Field]:
        if not self.keep_alive:
            return [(b"Connection", b"close")]
        return [(b"Connection", b"keep-alive")] if self._exchange.version < (1, 1) else []

    def _framed(self, chunk: bytes) -> bytes:
        if not chunk or self._framing is Framing.NONE:
            return b""
        self._sent += len(chunk)
        self._exchange.sent = self._sent
        return framing.chunk(chunk) if self._framing is Framing.CHUNKED else chunk

    async def write(self, chunk: bytes) -> None:
        """Send *chunk*; wait until the client accepts more; raise ClientStalled as ``drain``."""
        self._write(self._framed(chunk))
        await self._connection.drain()

    def end(self, declared: bytes | None) -> None:
        """End the body; cut the connection if *declared*, its Content-Length, is not its length."""
        if self._framing is Framing.CHUNKED:
            self._write(framing.LAST_CHUNK)
        elif self._framing is Framing.LENGTH and self._sent != int(declared or 0):
            self._exchange.error = ConnectionTerminated.token
            self._exchange.detail = "the response's body is not as long as its Content-Length says"
            return self.cut()
        self._is_whole = True

    def abandon(self) -> None:
        """Cut a response that has begun and will not be completed."""
        if self.started and not self._is_whole:
            self.cut()

    def cut(self) -> None:
        """End the connection so that the client does not consider the body complete."""
        self.keep_alive = False
        transport = self._connection.transport
        if transport is None or transport.is_closing():
            return
        if self._framing is Framing.CLOSE:  # a normal close would mean the end of the body
            reset(transport)
        else:
            transport.close()


def _status_line(status: int, reason: str) -> bytes:
    return b"HTTP/1.1 %d %b" % (status, reason.encode("utf-8", "surrogateescape"))


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()


@lru_cache
def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase


def answer_unparsed(exchange: Exchange, error: GatewayError) -> bytes:
    """Return a whole response to bytes that are not a request; note it in *exchange*."""
    exchange.status, exchange.error, exchange.detail = error.status, error.token, error.detail
    fields, body = error_response(error, exchange.id, NO_FIELDS)
    fields.append((b"X-Request-Id", exchange.id.encode()))
    return _last_response(exchange, error.status, fields, body)


def answer_in_clear(exchange: Exchange, detail: str) -> bytes:
    """Return a whole response, without TLS, to a request that came without; note its status."""
    exchange.status = HTTPStatus.BAD_REQUEST
    fields = [
        (b"Content-Type", b"text/plain; charset=utf-8"),
        (b"Cache-Control", b"no-store"),
        (b"X-Request-Id", exchange.id.encode()),
    ]
    return _last_response(exchange, HTTPStatus.BAD_REQUEST, fields, f"{detail}\n".encode())


def _last_response(exchange: Exchange, status: int, fields: list[Field], body: bytes) -> bytes:
    exchange.sent = len(body)
    fields += [
        *Cors.unjudged(NO_FIELDS).error_fields(),
        (b"Content-Length", b"%d" % len(body)),
        (b"Date", _date(int(time()))),
        (b"Connection", b"close"),
    ]
    return f.serialize(_status_line(status, _phrase(status)), fields) + body
