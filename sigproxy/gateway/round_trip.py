"""One request and its response's head, over one connection."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, NamedTuple

from aiohttp.streams import StreamReader

from sigproxy.errors import ConnectionTerminated, ResponseTimeout
from sigproxy.gateway.body import RequestBody
from sigproxy.gateway.forward_context import ForwardContext
from sigproxy.gateway.reader import REQUEST_PART_BYTES
from sigproxy.gateway.upstream.connection import Connection
from sigproxy.gateway.upstream.response_grammar import BrokenBody
from sigproxy.gateway.upstream.response_reader import Head
from sigproxy.policies.redirects import Follow
from sigproxy.semantics import fields as f
from sigproxy.semantics import forwarding, framing, trace_context
from sigproxy.semantics.fields import Fields
from sigproxy.semantics.target import Target

# What a followed redirect's own body may cost to keep its connection; nobody sees it.
DISCARDED_BYTES = 64 * 1024
DISCARDING_S = 0.25
# Of a 1xx: what a browser acts on (RFC 8297). A cookie, or a Location, would be past every rule.
_INTERIM_FIELDS = frozenset({b"link"})


# Takes back a connection that may serve another exchange.
Release = Callable[[Connection], None]


class UpstreamRequest(NamedTuple):
    """One request of the chain that an exchange may become."""

    method: str
    target: Target
    withheld_fields: frozenset[bytes]
    with_body: bool
    fields: Fields  # the client's, with those cookies only that are for this target
    lines: bytes = b""  # all that is sent for them; empty: to be made

    def redirected(self, follow: Follow) -> "UpstreamRequest":
        withheld = self.withheld_fields
        if follow.cross_origin:  # Fetch, 4.4, step 13, and cookies with it
            withheld |= forwarding.CREDENTIALS
        if not follow.with_body:
            withheld |= forwarding.CONTENT
        with_body = self.with_body and follow.with_body
        return UpstreamRequest(follow.method, follow.target, withheld, with_body, self.fields)


@dataclass(slots=True)
class Response:
    """A response's head, its body still to come, and the connection that it holds."""

    source: Target
    head: Head
    body: StreamReader
    connection: Connection
    release: Release
    upload: "asyncio.Task[bool] | None" = None

    @property
    def is_uploaded(self) -> bool:
        return self.upload is None or self.upload.done()

    async def stop_upload(self) -> None:
        """Read no more of the request's body: what is left is for the next hop."""
        if self.upload is not None:
            await _cancelled(self.upload)

    async def discard(self) -> None:
        """Read a little of the body, so that the connection may be kept."""
        left = DISCARDED_BYTES
        try:
            with suppress(BrokenBody, RuntimeError, TimeoutError):
                async with asyncio.timeout(DISCARDING_S):
                    while left > 0 and (part := await self.body.readany()):
                        left -= len(part)
        finally:
            await self.close()

    async def close(self) -> None:
        """Give the connection back if both messages are whole; close it otherwise.

        In the middle of a request's body, the next client's request would be read as more of it;
        behind a 101, as whatever was switched to. Who waits for the upload may be cancelled here.
        """
        whole = False
        try:
            uploaded = self.upload is None or await _ended_whole(self.upload)
            whole = uploaded and self.body.is_eof() and self.head.status != 101
        finally:
            if whole:
                self.release(self.connection)
            else:
                self.connection.close()


async def send_and_read_head(
    context: ForwardContext, outgoing: UpstreamRequest, connection: Connection, release: Release
) -> Response:
    """Send the request and read the response's head, at once where the body is still coming.

    An upstream may answer before it has read the body (a 413, say) and close: that answer, not
    the failing upload, is what the client must get.
    """
    body = context.body
    body.check()  # it may have failed while a redirect was on its way
    connection.expect(outgoing.method, context.limits)
    request_line = (outgoing.method.encode(), outgoing.target.path)
    lines = outgoing.lines or request_lines(context, outgoing)
    head = b"%b %b HTTP/1.1\r\n%b" % (*request_line, lines)
    if not outgoing.with_body or (body.at_end and body.replay_buffer.size <= REQUEST_PART_BYTES):
        connection.write(head + _whole_body(body) if outgoing.with_body else head)
        connection.answer_within(context.response_timeout_s)
        message, content = await connection.read_head(_interim(context))
        _note_first_byte(context)
        return Response(outgoing.target, message, content, connection, release)
    begun = body.replay_buffer.replay()
    connection.write(head + _part(body, begun.pop(0)))
    upload = asyncio.create_task(_upload(context, connection, begun))
    try:
        message, content = await _read_head_during(upload, context, connection)
    except BaseException:
        await _cancelled(upload)
        raise
    upload.add_done_callback(lambda done: _break_off_failed(done, connection))
    return Response(outgoing.target, message, content, connection, release, upload)


def request_lines(context: ForwardContext, outgoing: UpstreamRequest) -> bytes:
    """Return what follows the request line, up to the body."""
    terms = context.decision.terms
    fields = terms.forwarding.request_fields(
        outgoing.fields, outgoing.target.authority, outgoing.withheld_fields
    )
    if terms.websocket_key is not None:
        fields = forwarding.upgrade_fields(fields)
    trace = context.exchange.trace
    if trace is not None and trace.is_sent:
        fields.append((trace_context.NAME, trace.field))
    if outgoing.with_body and context.body.chunked:
        fields.append((b"Transfer-Encoding", b"chunked"))
    return f.serialize_lines(fields)


def _whole_body(body: RequestBody) -> bytes:
    content = b"".join(body.replay_buffer.replay())
    return framing.chunk(content) + framing.LAST_CHUNK if body.chunked else content


def _part(body: RequestBody, part: bytes) -> bytes:
    return framing.chunk(part) if body.chunked else part


async def _upload(context: ForwardContext, connection: Connection, begun: list[bytes]) -> bool:
    """Send *begun* and the rest of the body; return False if the upstream takes no more of it."""
    body = context.body
    try:
        while begun:  # none is held for longer than it takes to send it
            await _pass_on(context, connection, begun.pop(0))
        while part := await body.read():
            await _pass_on(context, connection, part)
        if body.chunked:
            connection.write(framing.LAST_CHUNK)
    except ConnectionTerminated:
        return False  # what the upstream said before it closed is still to be read
    except TimeoutError:
        raise _deadline_passed(context) from None
    return True


async def _pass_on(context: ForwardContext, connection: Connection, part: bytes) -> None:
    connection.write(_part(context.body, part))
    async with asyncio.timeout(context.response_timeout_s):
        await connection.drain()


async def _read_head_during(
    upload: "asyncio.Task[bool]", context: ForwardContext, connection: Connection
) -> tuple[Head, StreamReader]:
    reading = asyncio.create_task(connection.read_head(_interim(context)))
    try:
        await asyncio.wait((upload, reading), return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            upload.result()  # the client's fault, if it raises
            connection.answer_within(context.response_timeout_s)
        head = await reading
        _note_first_byte(context)
        return head
    finally:
        await _cancelled(reading)


def _deadline_passed(context: ForwardContext) -> ResponseTimeout:
    return ResponseTimeout(
        f"{context.exchange.upstream} did not answer within {context.response_timeout_s:g} s"
    )


def _note_first_byte(context: ForwardContext) -> None:
    context.exchange.first_byte_s = monotonic() - context.exchange.started_s


def _interim(context: ForwardContext) -> Callable[[Head], None]:
    def forward(head: Head) -> None:
        # 100 is ours to send: Expect stays here. No hints are queued for a client that does not
        # read.
        if head.status != 100 and context.response_writer.is_writable:
            fields = [each for each in head.fields if each[0].lower() in _INTERIM_FIELDS]
            context.response_writer.interim(head.status, head.reason, fields)

    return forward


async def _cancelled(task: "asyncio.Task[Any]") -> None:
    """Cancel *task* and wait until it is over; its own error no longer matters."""
    task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()


def _break_off_failed(upload: "asyncio.Task[bool]", connection: Connection) -> None:
    """A client that fails while the response is on its way already: neither can be mended."""
    if not upload.cancelled() and upload.exception() is not None:
        connection.break_off("the client's upload failed")


async def _ended_whole(upload: "asyncio.Task[bool]") -> bool:
    if not upload.done():
        await _cancelled(upload)
    return _is_whole(upload)


def _is_whole(upload: "asyncio.Task[bool]") -> bool:
    return not upload.cancelled() and upload.exception() is None and upload.result()
