"""Writing one answer to the client, byte for byte as decided."""

import asyncio
import json
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import time

from sigproxy.errors import ConnectionTerminated, GatewayError, RequestTimeout
from sigproxy.exchange import Exchange
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

    Either ``send`` once, or ``start``, ``write`` as often as need be, and ``end``. What goes
    wrong between start and end can only ``cut`` the connection (RFC 9112, 8).
    """

    def __init__(self, request: Request, exchange: Exchange, drain: Drain) -> None:
        self._body = request.body
        self._connection = request.connection
        self._drain = drain
        self._exchange = exchange
        self._framing = Framing.NONE
        refused = request.connection.refusal is not None
        self.keep_alive = not (request.head.should_close or refused)
        self.cors: Cors | None = None  # None: it is not known yet which route judges
        self.cookies: list[Field] = []  # of redirects that the client does not see
        self.started = False
        self._is_whole = False
        self._sent = 0  # of the body

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
        """False while the client takes no more."""
        return not self._connection.flow.writing_paused

    def send_continue(self) -> None:
        """Tell the client to send its body (RFC 9110, 10.1.1)."""
        self.interim(100, "Continue", [])

    def interim(self, status: int, reason: str, fields: list[Field]) -> None:
        """Pass on a 1xx (RFC 9110, 15.2); a client of HTTP/1.0 knows none."""
        if self._exchange.version >= (1, 1):
            self._write(f.serialize(_status_line(status, reason), fields))

    def send(self, status: int, fields: list[Field], body: bytes = b"") -> None:
        if status != HTTPStatus.NO_CONTENT:
            fields = [*fields, (b"Content-Length", b"%d" % len(body))]
        fields = [*fields, (b"Date", _date(int(time())))]
        framing = Framing.NONE if self._exchange.method == "HEAD" else Framing.LENGTH
        self.start(status, _phrase(status), fields, framing, body)
        self._is_whole = True

    def refuse(self, error: GatewayError) -> None:
        """Answer with an error of our own, or cut what has already begun."""
        self._exchange.error = error.token
        self._exchange.detail = error.detail
        if self.started:
            self.cut()
            return
        fields, body = error_body(error, self._exchange.id)
        if error.ends_connection:
            self.keep_alive = False
        cors = self.cors or Cors.unjudged(self._exchange.fields)
        self.send(error.status, [*self.cookies, *fields, *cors.error_fields()], body)
        if isinstance(error, RequestTimeout) or self._body.exception():
            # What is still to come of this body is not worth another wait.
            self._connection.close()

    def start(
        self, status: int, reason: str, fields: list[Field], framing: Framing, chunk: bytes = b""
    ) -> None:
        """Write the head, and *chunk* of the body in the same segment."""
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
        """Send *chunk*; wait while the client takes no more, and no longer than it may stall."""
        self._write(self._framed(chunk))
        await self._connection.drain()

    def end(self, declared: bytes | None) -> None:
        """End the body; cut it if it is not as long as *declared*: the next would be its rest."""
        if self._framing is Framing.CHUNKED:
            self._write(framing.LAST_CHUNK)
        elif self._framing is Framing.LENGTH and self._sent != int(declared or 0):
            self._exchange.error = ConnectionTerminated.token
            self._exchange.detail = "the response's body is not as long as its Content-Length says"
            return self.cut()
        self._is_whole = True

    def abandon(self) -> None:
        """Cut what has begun, and will not be ended."""
        if self.started and not self._is_whole:
            self.cut()

    def cut(self) -> None:
        """End the connection so that the client cannot take the body for whole."""
        self.keep_alive = False
        transport = self._connection.transport
        if transport is None or transport.is_closing():
            return
        if self._framing is Framing.CLOSE:  # a clean end would look like the body's
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
    """Return a whole answer to bytes that were no request: there is nothing to agree with."""
    exchange.status, exchange.error, exchange.detail = error.status, error.token, error.detail
    fields, body = error_body(error, exchange.id)
    exchange.sent = len(body)
    fields += [
        *Cors.unjudged(NO_FIELDS).error_fields(),
        (b"Content-Length", b"%d" % len(body)),
        (b"Date", _date(int(time()))),
        (b"Connection", b"close"),
    ]
    return f.serialize(_status_line(error.status, _phrase(error.status)), fields) + body


def error_body(error: GatewayError, request_id: str) -> tuple[list[Field], bytes]:
    """Return the fields and the JSON of an answer of the gateway's own (RFC 9209)."""
    body = {"error": error.token, "detail": error.detail, "request_id": request_id}
    details = error.detail.encode("ascii", "replace").decode()
    details = "".join(char if " " <= char <= "~" else "?" for char in details[:200])
    quoted = details.replace("\\", "\\\\").replace('"', '\\"')
    fields = [
        (b"Content-Type", b"application/json"),
        (b"Cache-Control", b"no-store"),
        (b"Proxy-Status", f'sigproxy; error={error.proxy_error}; details="{quoted}"'.encode()),
        (b"X-Request-Id", request_id.encode()),
        *error.fields,
    ]
    return fields, json.dumps(body).encode() + b"\n"
