"""From an upstream's 101 to the tunnel, and until that has closed."""

from sigproxy.exchange import Observers
from sigproxy.gateway.downstream.request import Request
from sigproxy.gateway.drain import Drain
from sigproxy.gateway.forward import response_fields
from sigproxy.gateway.forward_context import ForwardContext
from sigproxy.gateway.round_trip import Response
from sigproxy.gateway.tunnel import Tunnel
from sigproxy.policies.cookies import without
from sigproxy.semantics import fields as f
from sigproxy.semantics import upgrade
from sigproxy.semantics.fields import Field


def check(context: ForwardContext, response: Response) -> list[Field]:
    """Return the fields of the client's 101; raise UpgradeFailed if the upstream's is invalid."""
    assert context.decision.terms.websocket_key is not None
    upgrade.check_response(context.decision.terms.websocket_key, response.head.fields)
    fields = without(response_fields(context, response), b"content-length")  # RFC 9110, 8.6
    return [*fields, (b"Connection", b"Upgrade"), (b"Upgrade", b"websocket")]


async def serve(
    request: Request,
    context: ForwardContext,
    response: Response,
    drain: Drain,
    observers: Observers,
) -> None:
    """Send the 101, and return when both sides have closed; raise UpgradeFailed."""
    fields = check(context, response)
    client_transport, upstream = context.response_writer.transport, response.connection
    tunnel = Tunnel(
        context,
        (client_transport, request.connection.flow),
        (upstream.transport, upstream.flow),
    )
    client_transport.write(f.serialize(b"HTTP/1.1 101 Switching Protocols", fields))
    early_client = request.connection.detach(tunnel.client)
    early_upstream = upstream.detach(tunnel.upstream)
    request.connection.flow.transfer_to(tunnel.client)
    upstream.flow.transfer_to(tunnel.upstream)
    context.exchange.status = 101
    context.exchange.websocket = True
    observers.opened(context.exchange)
    tunnel.start(early_client, early_upstream)
    if upstream.is_lost:  # it sent its 101 and closed at once
        tunnel.upstream.connection_lost(None)
    await drain.until_closed(tunnel)
