"""A client's bytes become requests, off aiohttp's parser: one message, and no byte more."""

import asyncio
from typing import cast

from aiohttp import http
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParser
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader

from sigproxy.errors import BadRequest, HeadTooLarge
from sigproxy.gateway.parsing import reason_of, request_error
from sigproxy.gateway.receiver import MalformedBody
from sigproxy.gateway.transport import Flow
from sigproxy.policies.limits import Limits
from sigproxy.semantics.boundaries import ChunkedEnd, HeadEnd, LengthEnd
from sigproxy.semantics.request_line import RequestLine

# Beyond a limit of ours the parser goes on a little, so that the answer can carry CORS fields.
_PARSER_SLACK = 2
AHEAD_BYTES = 64 * 1024  # of a body: read ahead of whoever takes it


class RequestReader:
    """Reads a head, then its body, until ``is_whole``; then ``next`` makes it ready for another.

    Why the parser gets no more: see ``semantics.boundaries``. *flow* is told to pause and to
    resume reading, as the body is taken.
    """

    __slots__ = (
        *("_body_bytes", "_boundary", "_flow", "_in_body", "_is_parser_spent", "_limits"),
        *("_line", "_loop", "_parser", "body", "head_bytes", "is_broken"),
    )

    def __init__(self, limits: Limits, flow: Flow, loop: asyncio.AbstractEventLoop) -> None:
        self._limits = limits
        self._flow = flow
        self._loop = loop
        self._parser = self._new_parser()
        self._is_parser_spent = False  # it would not read another request as it should
        self._boundary: HeadEnd | LengthEnd | ChunkedEnd = HeadEnd()
        self._line = RequestLine()
        self._in_body = False
        self._body_bytes = 0
        self.body: StreamReader = EMPTY_PAYLOAD
        self.head_bytes = 0  # of a head that is not whole yet
        self.is_broken = False  # where the body ends cannot be told

    def _new_parser(self) -> HttpRequestParser:
        limits = self._limits
        return HttpRequestParser(
            cast(BaseProtocol, self._flow),  # as far as StreamReader uses one
            self._loop,
            AHEAD_BYTES,
            max_line_size=limits.request_target_bytes * _PARSER_SLACK,
            max_field_size=limits.request_field_bytes * _PARSER_SLACK,
            max_headers=limits.field_lines,
            payload_exception=MalformedBody,
            auto_decompress=False,
        )

    @property
    def is_whole(self) -> bool:
        """Whether a request, head and body, has come."""
        return self._in_body and self.body.is_eof()

    def feed(self, data: bytes) -> tuple[http.RawRequestMessage | None, bytes]:
        """Take *data* up to the end of the head, or of the body; return a whole head, and the rest.

        Raises a RequestError for what cannot be read as a head. What cannot be read as a body
        is told to whoever reads ``body``.
        """
        end = self._boundary.find(data)
        piece = data[:end]
        rest = b"" if end is None else data[end:]
        if not self._in_body:
            self._line.feed(piece)
        try:
            messages, _, _ = self._parser.feed_data(piece)
        except (HttpProcessingError, IndexError, ValueError) as error:  # the latter are yarl's
            if not self._in_body:
                raise request_error(error) from error
            self._break(reason_of(error))
            return None, b""
        if self._in_body:
            if messages or (end is not None) != self.body.is_eof():
                self._break("where it ends is in doubt")
            else:
                self._body_goes_on(len(piece))
        elif not messages:
            self._head_goes_on(len(piece))
        elif end is None:
            raise BadRequest("where the request's head ends is in doubt")
        else:
            return self._begin(*messages[0]), rest
        return None, rest

    def _begin(self, head: http.RawRequestMessage, body: StreamReader) -> http.RawRequestMessage:
        self.body = body
        self.head_bytes = self._body_bytes = 0
        self._in_body = True
        self._is_parser_spent = bool(head.chunked or head.upgrade)
        if head.chunked:
            self._boundary = ChunkedEnd()
        elif not body.is_eof():
            self._boundary = LengthEnd.of(head.headers.get("Content-Length", ""))
        return head

    def _head_goes_on(self, length: int) -> None:
        self.head_bytes += length
        if self.head_bytes > self._limits.request_head_bytes * _PARSER_SLACK:
            raise HeadTooLarge("the request's head is too large")

    def _body_goes_on(self, length: int) -> None:
        """Count the body as it comes: what is counted elsewhere is its content.

        Chunks of one byte, each with an extension of many KiB, would be a small body for ever.
        """
        self._body_bytes += length
        most = self._limits.request_body_bytes * _PARSER_SLACK
        if self._body_bytes > most and not self.body.is_eof():
            self._break("it has more framing than content")

    def _break(self, reason: str) -> None:
        self.is_broken = True
        self.body.set_exception(MalformedBody(reason))

    def next(self) -> None:
        """Make ready for the next head."""
        self.body = EMPTY_PAYLOAD
        self._in_body = False
        self._boundary = HeadEnd()
        self._line = RequestLine()
        if self._is_parser_spent:
            self._is_parser_spent = False
            self._parser = self._new_parser()
