"""A connection's bytes become messages: heads off aiohttp's parser, bodies off their framing.

Both sides read so, requests and responses; their grammars say how each is judged.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader

from sigproxy.errors import GatewayError
from sigproxy.gateway.meter import Meter
from sigproxy.gateway.transport import Flow
from sigproxy.semantics.boundaries import Body, HeadEnd, whole_head

# Of a body: how much is read ahead, read at once, and written before its receiver has taken some.
# TLS never shrinks its buffer below its largest write.
REQUEST_PART_BYTES = 16 * 1024  # anybody may send one
RESPONSE_PART_BYTES = 64 * 1024
# Behind a first line that is parsed alone: the parser wants a Host.
ANY_FIELDS = b"Host: a\r\n\r\n"
# Field lines of so many bytes are kept until the next request on their connection.
KEPT_BYTES = 4 * 1024
KEPT_LINES = 40  # each of them costs some 300 bytes more; a browser sends 15 to 25
PARTS_AHEAD = 1024  # likewise: in segments of one byte each of them would cost 40

# Bodies never reach the parsers, so that they need no protocol, no loop and no limit.
NO_BODIES = (None, None, 0)

Head = TypeVar("Head")


class HeadParser(Protocol):
    """As much of aiohttp's parsers as is used here: for one head, and no byte more."""

    def feed_data(self, data: bytes) -> tuple[Any, bool, bytes]: ...


@dataclass(frozen=True, slots=True)
class Grammar(Generic[Head]):
    """How the messages of one side are read."""

    new_parser: Callable[[], HeadParser]
    head_of: Callable[[Any, bytes], Head]  # of what the parser returns, and what it was given
    check_line: Callable[[bytes], None]  # which a parser lets pass; there may be more behind it
    may_begin: Callable[[bytes], bool]  # with these bytes; there may be few of them
    # What the parser returns for a first line, and a head whose field lines are the same: return
    # a head of both, or None if another first line gives them another meaning. None: none repeat.
    with_fields_of: Callable[[Any, Head], Head | None] | None
    body_of: Callable[[Head], Body | None]
    head_error: Callable[[Exception], GatewayError]
    not_http: Callable[[], GatewayError]
    in_doubt: Callable[[bytes], GatewayError]
    too_large: Callable[[bytes], GatewayError]
    broken_body: Callable[[str], Exception]
    most_head_bytes: int
    is_lenient: bool
    worth: int  # how much framing each byte of content pays for
    part_bytes: int  # of a body


class MessageReader(Generic[Head]):
    """Reads a head, then its body, until ``is_whole``; then ``next`` makes it ready for another.

    *flow* is told to pause and to resume reading, as the body is taken.
    """

    __slots__ = (
        *("_before", "_begun", "_body", "_end", "_flow", "_grammar", "_in_body", "_loop"),
        *("_is_line_checked", "_meter", "_parts"),
        *("bodiless", "body", "fault", "head_bytes"),
    )

    def __init__(self, grammar: Grammar[Head], flow: Flow, loop: asyncio.AbstractEventLoop) -> None:
        self._grammar = grammar
        self._flow = flow
        self._loop = loop
        self._meter = Meter(grammar.worth)
        self._before: tuple[bytes, Head] | None = None  # field lines, and what they are part of
        self.next()

    def next(self, *, bodiless: bool = False) -> None:
        """Make ready for the next message, which has no body if it is *bodiless*.

        Nothing of the message before is kept but the fields of its head, in case they come again.
        """
        self.bodiless = bodiless
        self._end: HeadEnd | None = None
        self._begun = b""  # of a head that is not whole yet
        self._is_line_checked = False
        self._in_body = False
        self._body: Body | None = None  # what is still to come of it
        self.body: StreamReader = EMPTY_PAYLOAD
        self._parts = 0  # of the body, since reading was paused last
        self.fault: str | None = None  # why the rest of the body cannot be read
        self.head_bytes = 0

    @property
    def in_head(self) -> bool:
        """Whether a head has begun and is not whole yet."""
        return self.head_bytes > 0 and not self._in_body

    @property
    def is_whole(self) -> bool:
        """Whether a message, head and body, has come."""
        return self._in_body and self._body is None and self.fault is None

    def feed(self, data: bytes) -> tuple[Head | None, bytes]:
        """Follow *data*, up to the end of the head, of the body, or of this turn.

        Return a head that is whole now, and what has not been followed. Raises the grammar's
        errors for what cannot be read as a head. What cannot be read as a body is told to
        whoever reads ``body``, and stands in ``fault``.
        """
        if self._body is not None:
            return None, self._feed_body(self._body, data)
        return self._feed_head(data)

    def _feed_head(self, data: bytes) -> tuple[Head | None, bytes]:
        if self._end is None:
            end = whole_head(data, lenient=self._grammar.is_lenient)
            if end is not None and end <= self._grammar.most_head_bytes:  # as nearly all come
                self.head_bytes = end
                return self._begin_body(self._parse(data[:end])), data[end:]
            self._end = HeadEnd(lenient=self._grammar.is_lenient)
        end = self._end.find(data)
        if not self._end.is_begun:  # a blank line after the last message is no head (RFC 9112, 2.2)
            if not self.spend(len(data), 0):
                raise self._grammar.too_large(data)
            return None, b""
        piece = data if end is None else data[:end]
        if end is None or self.head_bytes:
            self._begun += piece
        self.head_bytes += len(piece)
        if self.head_bytes > self._grammar.most_head_bytes:
            raise self._grammar.too_large(self._begun or piece)
        if end is None:
            self._check_first_line()
            return None, b""
        return self._begin_body(self._parse(bytes(self._begun) or piece)), data[end:]

    def _parse(self, head: bytes) -> Head:
        """Parse a whole head at once: what llhttp makes of some depends on how it is cut."""
        with_fields_of = self._grammar.with_fields_of
        if with_fields_of is None:
            return self._grammar.head_of(self._parsed(head), head)
        line_end = head.find(b"\n") + 1
        field_lines = head[line_end:]
        if self._before is not None and field_lines == self._before[0]:
            parsed = self._parsed(head[:line_end] + ANY_FIELDS)
            repeated = with_fields_of(parsed, self._before[1])
            if repeated is not None:
                return repeated
        found = self._grammar.head_of(self._parsed(head), head)
        is_kept = (
            len(field_lines) <= KEPT_BYTES
            and field_lines.count(b"\n") <= KEPT_LINES
            and self._grammar.may_begin(head)
        )
        self._before = (field_lines, found) if is_kept else None
        return found

    def _parsed(self, head: bytes) -> Any:
        messages = self._fed(head)
        if not messages:
            raise self._grammar.in_doubt(head)
        return messages[0][0]

    def _check_first_line(self) -> None:
        """Refuse at once what begins like no message: a TLS handshake, another protocol's hello.

        However it is cut into segments, it is refused at the same byte.
        """
        if self._is_line_checked:
            return
        line, newline, _ = self._begun.lstrip(b"\r\n").partition(b"\n")
        if newline or (line and not self._grammar.may_begin(line)):
            self._is_line_checked = True
            self._fed(line + newline)

    def _fed(self, head: bytes) -> Any:
        """Return what the parser makes of *head*, whole or not."""
        self._grammar.check_line(head)
        try:
            messages = self._grammar.new_parser().feed_data(head)[0]
        except (HttpProcessingError, IndexError, ValueError) as error:  # the latter are yarl's
            raise self._grammar.head_error(error) from error
        if not (self._grammar.may_begin(head) or self._grammar.may_begin(head.lstrip(b"\r\n"))):
            raise self._grammar.not_http()
        return messages

    def _begin_body(self, head: Head) -> Head:
        self._begun = b""
        self._in_body = True
        self._body = None if self.bodiless else self._grammar.body_of(head)
        if self._body is not None:
            self.body = StreamReader(self._flow, self._grammar.part_bytes, loop=self._loop)  # type: ignore[arg-type]
        return head

    def _feed_body(self, framing: Body, data: bytes) -> bytes:
        content, followed = framing.take(data)
        self._flow.window.earn(followed - len(content), len(content))
        if content:
            self.body.feed_data(content)
            self._parts += 1
        if self._parts == PARTS_AHEAD:  # whoever reads what has just been fed resumes
            self._parts = 0
            self._flow.pause_reading()
        if framing.is_whole:
            self._body = None
            self.body.feed_eof()
        elif framing.fault is not None:
            self.break_off(framing.fault)
        elif not self.spend(followed - len(content), len(content)):
            self.break_off("it has far more framing than content")
        return data[followed:]

    def spend(self, wasted: int, useful: int) -> bool:
        """Account for bytes that are not framing of a body; see ``Meter.spend``."""
        return self._meter.spend(wasted, useful)

    def break_off(self, fault: str) -> None:
        """Have whoever reads the body get an error, unless all of it has come."""
        if self._body is not None:
            self._body = None
            self.fault = fault
            self.body.set_exception(self._grammar.broken_body(fault))

    def feed_eof(self) -> None:
        """Note that nothing comes any more: the end of a body that has no other."""
        if self._body is None:
            return
        if missing := self._body.missing():
            self.break_off(f"the connection ended before it did: {missing}")
        else:
            self._body = None
            self.body.feed_eof()
