"""One HTTP exchange: send, follow redirects inside, stream back."""

from time import monotonic

from sigproxy.errors import (
    AddressRefused,
    BadResponse,
    ConnectionTerminated,
    LoopDetected,
    RedirectRefused,
    ResponseTimeout,
)
from sigproxy.gateway import cookies, locations
from sigproxy.gateway.forward_context import ForwardContext
from sigproxy.gateway.round_trip import (
    Response,
    UpstreamRequest,
    request_lines,
    send_and_read_head,
)
from sigproxy.gateway.upstream.client import Upstream
from sigproxy.gateway.upstream.connection import Connection
from sigproxy.gateway.upstream.response_grammar import BrokenBody, SilentBody
from sigproxy.policies import jar
from sigproxy.policies.redirects import Follow, PassThrough
from sigproxy.semantics import fields as f
from sigproxy.semantics import framing, proxy_status
from sigproxy.semantics.fields import Field

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Upstreams for which a client's head is kept as it is sent: a page asks several by turns.
HEADS_KEPT = 4
_PASS_THROUGH = PassThrough()


async def fetch(context: ForwardContext, upstream: Upstream) -> Response:
    """Return the response that the client is to see; every redirect that policy follows is past.

    Each hop is admitted, vetted and verified anew. Raises a GatewayError.
    """
    if not context.body.at_end:
        await context.body.begin()
    exchange = context.exchange
    outgoing = _first(context)
    gained = jar.EMPTY
    hops = 0
    while True:
        exchange.set_target(outgoing.target)
        try:
            response = await _attempt(context, outgoing, upstream)
        except AddressRefused as error:
            if not hops:
                raise
            raise RedirectRefused(f"the upstream redirects to {error.detail}") from error
        try:
            decision = _decide(context, outgoing, response, hops)
            if isinstance(decision, Follow):
                await response.stop_upload()
                # It may have outgrown the replay buffer by now.
                decision = _decide(context, outgoing, response, hops)
        except (LoopDetected, RedirectRefused):
            cookies.keep(context, response, gained)
            await response.close()
            raise
        except BaseException:
            await response.close()
            raise
        if isinstance(decision, PassThrough):
            return response
        gained = cookies.keep(context, response, gained)
        await response.discard()
        outgoing = cookies.for_next_hop(context, outgoing.redirected(decision), gained)
        exchange.redirects = hops = hops + 1


def _first(context: ForwardContext) -> UpstreamRequest:
    """Return the client's own request, with those of its cookies that are for this target."""
    decision, fields = context.decision, context.exchange.fields
    withheld, heads = decision.terms.withheld_fields, decision.terms.heads
    trace = context.exchange.trace
    if trace is not None and trace.is_sent:  # it is of this exchange alone
        withheld, heads = withheld | trace.replaces, {}
    authority = decision.target.authority
    place = decision.route.prefix, authority
    lines = heads.get(place, b"")
    if not lines and b"cookie" not in withheld:
        fields = decision.route.cookies.request_fields(fields, authority)
    method = context.exchange.method
    outgoing = UpstreamRequest(method, decision.target, withheld, True, fields, lines)
    if not lines and decision.terms.websocket_key is None:  # no other has the same key
        if len(heads) == HEADS_KEPT:
            heads.clear()
        heads[place] = lines = request_lines(context, outgoing)
        return outgoing._replace(lines=lines)
    return outgoing


def _decide(
    context: ForwardContext, outgoing: UpstreamRequest, response: Response, hops: int
) -> Follow | PassThrough:
    status = response.head.status
    context.exchange.upstream_status = status
    if status == 101 and context.decision.terms.websocket_key is None:  # RFC 9110, 15.2.2
        raise BadResponse("the upstream switches protocols, which nobody asked for")
    location = f.first(response.head.fields, b"location")
    if location is None:
        return _PASS_THROUGH
    decision = context.decision.route.redirects.decide(
        status=status,
        location=location,
        source=outgoing.target,
        method=outgoing.method,
        hops=hops,
        replayable=context.body.replay_buffer.is_whole,
        targets=context.decision.route.targets,
    )
    own_authorities = context.decision.own_authorities
    if isinstance(decision, Follow) and decision.target.authority in own_authorities:
        raise LoopDetected("the upstream redirects to this gateway")
    if isinstance(decision, PassThrough):
        locations.check(context, outgoing.target, status, location)
    return decision


async def _attempt(
    context: ForwardContext, outgoing: UpstreamRequest, upstream: Upstream
) -> Response:
    """Send once; once more, over a new connection, if a kept one had died and it is safe.

    One that answers 408 had died too: the upstream gave it up before our request arrived there
    (RFC 9110, 15.5.9).
    """
    safe = outgoing.method in SAFE_METHODS
    fresh = False
    while True:
        connection = await upstream.acquire(
            outgoing.target.authority, context.owner, context.exchange, safe=safe, fresh=fresh
        )
        _note_connection(context, connection)
        try:
            response = await send_and_read_head(context, outgoing, connection, upstream.release)
            upstream.answered(connection, context.exchange.fields, response.head.fields)
        except ConnectionTerminated:
            connection.close()
            if not (safe and connection.reused and context.body.replay_buffer.is_whole):
                raise
        except BaseException:
            connection.close()
            raise
        else:
            has_died = response.head.status == 408 and connection.reused
            if not (has_died and safe and context.body.replay_buffer.is_whole):
                return response
            await response.close()
        fresh = True


def _note_connection(context: ForwardContext, connection: Connection) -> None:
    exchange = context.exchange
    exchange.connected_s = monotonic() - exchange.started_s
    exchange.address = connection.address or None  # which only the proxy knows
    exchange.reused = connection.reused


async def stream_back(context: ForwardContext, response: Response) -> None:
    """Give *response* to the client; once its head is out, an error can only cut."""
    fields = response_fields(context, response)
    mode, fields = framing.of_response(
        context.exchange.method,
        response.head.status,
        context.exchange.version,
        fields,
        response.head.is_chunked,
    )
    writer, body, timeout_s = context.response_writer, response.body, context.response_timeout_s
    first = b"" if body.exception() else body.read_nowait()
    writer.start(response.head.status, response.head.reason, fields, mode, first)
    try:
        while not body.at_eof() and (part := await response.connection.read_part(timeout_s)):
            await writer.write(part)
    except BrokenBody as error:
        silent = isinstance(error, SilentBody)
        context.exchange.error = (ResponseTimeout if silent else ConnectionTerminated).token
        context.exchange.detail = f"the upstream broke off in the response's body: {error}"
        writer.cut()
    else:
        writer.end(f.first(fields, b"content-length"))


def response_fields(context: ForwardContext, response: Response) -> list[Field]:
    received = response.head.fields
    fields = f.end_to_end(received, f.NOT_FOR_CLIENTS)
    if not locations.NAMES.isdisjoint(received.named):
        fields = locations.for_client(context, response.source, fields)
    if b"proxy-status" in received.named:
        fields = proxy_status.without_ours(fields)
    if b"set-cookie" in received.named:
        fields = cookies.for_client(context, response.source, fields)
    if context.response_writer.cookies:
        fields = [*context.response_writer.cookies, *fields]
    return context.decision.cors.response_fields(fields)
