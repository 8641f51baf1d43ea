"""Read what an upstream sends, one response at a time; the part of a connection without I/O."""

import asyncio
from enum import Enum

from aiohttp.streams import StreamReader

from sigproxy.errors import BadResponse
from sigproxy.gateway.reader import MessageReader
from sigproxy.gateway.transport import Flow
from sigproxy.gateway.upstream.response_grammar import (
    ResponseHead,
    check_response_head,
    response_grammar,
)
from sigproxy.policies.limits import Limits

Head = ResponseHead


class State(Enum):
    """What the upstream may send now."""

    IDLE = "nothing: no request has been sent"
    HEAD = "a response's head"
    BODY = "the rest of its body"
    WHOLE = "nothing more: the response is complete"
    SWITCHED = "bytes of another protocol"
    CLOSED = "nothing: received bytes are ignored"


class Turn(Enum):
    """How a turn of reading has ended."""

    ALL = "everything was read, or the rest waits until an interim response is taken"
    OVER = "the turn is over, and unread bytes are left"
    STRAY = "the bytes belong to no response or are invalid: close the connection"


class ResponseReader:
    """Reads a response: interim ones, the final head, and the body.

    One head is kept at a time: ``take`` makes room for the next, then ``go_on`` reads the bytes
    that have been received meanwhile.
    """

    __slots__ = ("_flow", "_limits", "_loop", "_reader", "behind", "head", "is_last", "state")

    def __init__(self, flow: Flow, loop: asyncio.AbstractEventLoop) -> None:
        self._flow = flow
        self._loop = loop
        self._limits: Limits | None = None
        self._reader: MessageReader[Head]
        self.state = State.IDLE
        self.head: tuple[Head, StreamReader] | None = None
        self.behind = b""  # received bytes that are not read yet
        self.is_last = False  # the upstream has announced it, or the connection has failed

    @property
    def body(self) -> StreamReader:
        return self._reader.body

    def expect(self, method: str, limits: Limits) -> None:
        """Prepare for the response to a request with *method*."""
        if limits is not self._limits:
            self._limits = limits
            self._reader = MessageReader(response_grammar(limits), self._flow, self._loop)
        self._reader.next(bodiless=method == "HEAD")
        self.state = State.HEAD

    @property
    def has_interim(self) -> bool:
        """Whether an interim response has not been taken yet."""
        return self.head is not None and self.state is State.HEAD

    def take(self) -> tuple[Head, StreamReader] | None:
        head, self.head = self.head, None
        return head

    def feed(self, data: bytes) -> Turn:
        """Read *data*; raise a GatewayError for an invalid head."""
        if self.behind or self.has_interim:
            self.behind += data
            return Turn.ALL
        return self._follow(data)

    def go_on(self) -> Turn:
        """Read the bytes that were left; raise like ``feed``."""
        data, self.behind = self.behind, b""
        return self._follow(data)

    def _follow(self, data: bytes) -> Turn:
        while data:
            if self.state is State.HEAD:
                data = self._follow_head(data)
                if self.has_interim:
                    self.behind = data
                    return Turn.ALL
            elif self.state is State.BODY:
                _, data = self._reader.feed(data)
                if self._reader.is_whole:
                    self.state = State.WHOLE
                elif self._reader.fault is not None:
                    return Turn.STRAY
                elif data:
                    self.behind = data
                    return Turn.OVER
            elif self.state is State.SWITCHED:
                self.behind = data
                return Turn.ALL
            elif self.state is State.WHOLE and not data.strip(b"\r\n"):
                return Turn.ALL  # RFC 9112, 2.2: old servers end a body with an empty line
            else:
                return Turn.STRAY
        return Turn.ALL

    def _follow_head(self, data: bytes) -> bytes:
        """Read *data* up to a head's end; return the bytes after it."""
        head, rest = self._reader.feed(data)
        if head is None:
            return rest
        assert self._limits is not None
        check_response_head(head, self._limits)
        self.head = head, self._reader.body
        if head.status == 101:
            self.state = State.SWITCHED
        elif head.status < 200:
            wasted = self._reader.head_bytes
            self._reader.next(bodiless=self._reader.bodiless)
            if not self._reader.spend(wasted, 0):
                raise BadResponse("the upstream sends interim responses without end")
        else:
            self.is_last = self.is_last or head.should_close
            self.state = State.WHOLE if self._reader.is_whole else State.BODY
        return rest

    def feed_eof(self) -> None:
        """Note that the upstream has closed."""
        if self.state is State.BODY:
            self._reader.feed_eof()

    def break_off(self, reason: str) -> None:
        """Let a reader of the body get an error with *reason*, unless the body is complete."""
        if self.state is State.BODY:
            self._reader.break_off(reason)

    def detach(self) -> bytes:
        """Stop reading; return the bytes after a 101. Frees memory: a WebSocket lasts for hours."""
        del self._reader
        return self.behind
