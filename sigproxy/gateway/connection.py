"""One connection to an upstream: aiohttp's client protocol without its session."""

import asyncio
from collections.abc import Callable

from aiohttp import http
from aiohttp.client_exceptions import ClientError, ClientPayloadError
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.streams import StreamReader

from sigproxy.errors import BadResponse, ConnectionTerminated, ResponseHeadTooLarge
from sigproxy.policies.limits import Limits
from sigproxy.semantics import fields as f
from sigproxy.semantics.authority import Authority

Head = http.RawResponseMessage
Interim = Callable[[Head], None]


class UpstreamProtocol(ResponseHandler):
    """aiohttp's client protocol, which takes a reset for the end of a body without a length.

    *heir* is the protocol that has taken its place: TLS transports may have scheduled the news
    of the end for us before that.
    """

    heir: asyncio.BaseProtocol | None = None

    def connection_lost(self, exc: BaseException | None) -> None:
        if exc is not None:
            self.fail_body(exc)
        super().connection_lost(exc)
        if self.heir is not None:
            self.heir.connection_lost(exc)  # type: ignore[arg-type]  # as asyncio calls it

    def fail_body(self, exc: BaseException) -> None:
        """Have whoever reads the response's body get an error, unless it is whole."""
        body = self._payload
        if body is not None and not body.is_eof():
            body.set_exception(ClientPayloadError(f"connection lost: {exc}"), exc)


class Connection:
    """Sends one request at a time and reads its response's head; the body is a StreamReader."""

    __slots__ = ("address", "authority", "idle_since_s", "protocol", "reused", "transport")

    def __init__(self, authority: Authority, address: str, protocol: UpstreamProtocol) -> None:
        assert protocol.transport is not None
        self.authority = authority
        self.address = address
        self.protocol = protocol
        self.transport: asyncio.Transport = protocol.transport
        self.reused = False
        self.idle_since_s = 0.0

    @property
    def is_usable(self) -> bool:
        """False once the upstream has closed, or sent what nobody asked for."""
        return self.protocol.is_connected() and not self.protocol.should_close

    def expect(self, method: str, limits: Limits) -> None:
        """Prepare for the response to a request with *method*."""
        self.protocol.set_response_params(
            skip_payload=method == "HEAD",
            read_until_eof=True,
            auto_decompress=False,
            max_line_size=limits.response_head_bytes,
            max_field_size=limits.response_head_bytes,
            max_headers=limits.response_field_lines,
        )

    def write(self, data: bytes) -> None:
        if self.transport.is_closing():
            raise ConnectionTerminated("the upstream closed the connection")
        self.transport.write(data)

    async def drain(self) -> None:
        """Wait while the upstream takes no more; raise ConnectionTerminated if it has gone."""
        try:
            await self.protocol._drain_helper()
        except (ClientError, ConnectionError) as error:
            raise ConnectionTerminated("the upstream closed the connection") from error

    async def read_head(self, limits: Limits, interim: Interim) -> tuple[Head, StreamReader]:
        """Return the final response's head and body; give each 1xx before it to *interim*."""
        while True:
            try:
                message, body = await self.protocol.read()
            except LineTooLong as error:
                raise _too_large(limits) from error
            except HttpProcessingError as error:
                raise _unparsed(error, limits) from error
            except (ClientError, ConnectionError, asyncio.IncompleteReadError) as error:
                raise ConnectionTerminated(
                    "the upstream closed the connection before it answered"
                ) from error
            _check_head(message, limits)
            if message.code >= 200 or message.code == 101:
                return message, body
            interim(message)

    def close(self) -> None:
        self.protocol.close()

    def break_off(self, reason: str) -> None:
        """End the connection under whoever is reading from it."""
        self.protocol.fail_body(ConnectionAbortedError(reason))
        if not self.transport.is_closing():
            self.transport.abort()


def _unparsed(error: HttpProcessingError, limits: Limits) -> BadResponse | ResponseHeadTooLarge:
    # ResponseHandler raises its own copy; what the parser said is the cause.
    if isinstance(error.__cause__, LineTooLong) or error.message == "Too many headers received":
        return _too_large(limits)
    reason = error.message.partition(":\n")[0].strip() or "not HTTP/1.1"
    return BadResponse(f"the upstream's response is malformed: {reason}")


def _too_large(limits: Limits) -> ResponseHeadTooLarge:
    return ResponseHeadTooLarge(
        f"the upstream's response head is over {limits.response_head_bytes} bytes"
    )


def _check_head(message: Head, limits: Limits) -> None:
    if f.size(message.raw_headers) > limits.response_head_bytes:
        raise _too_large(limits)
    if message.version.major != 1:
        raise BadResponse(f"the upstream answers in HTTP/{message.version.major}, not HTTP/1.1")
    codings = [each.lower() for each in f.elements(message.raw_headers, b"transfer-encoding")]
    if codings not in ([], [b"chunked"]):  # we ask for none: taking it off would corrupt the body
        raise BadResponse(f"the upstream's Transfer-Encoding is {b', '.join(codings)!r}")
    if not f.is_clean(message.raw_headers):
        raise BadResponse("a field of the upstream's response holds CR, LF or NUL")
