"""The corpus, group by group, in the order in which it is played."""

from tests.parity.cases import (
    bodies,
    broken_responses,
    connections,
    cookies,
    cors,
    encoding,
    fields,
    framing,
    limits,
    redirect_requests,
    redirects,
    refused_hosts,
    refused_redirects,
    responses,
    routing,
    smuggling,
    uploads,
    websocket,
    websocket_ends,
    websocket_messages,
)
from tests.parity.model import Case

GROUPS: dict[str, tuple[Case, ...]] = {
    "Routing: which host a path names": routing.CASES + refused_hosts.CASES,
    "Encoding: paths and queries byte for byte": encoding.CASES,
    "CORS: preflights and readable responses": cors.CASES,
    "Request fields, methods, sizes": fields.CASES + limits.CASES,
    "Request bodies": bodies.CASES + uploads.CASES,
    "Responses": responses.CASES + cookies.CASES + broken_responses.CASES,
    "Redirects and Location": redirects.CASES + redirect_requests.CASES + refused_redirects.CASES,
    "TLS, DNS, addresses, timeouts": connections.CASES,
    "Message framing and smuggling": framing.CASES + smuggling.CASES,
    "WebSocket": websocket_messages.CASES + websocket_ends.CASES + websocket.CASES,
}
CASES: tuple[Case, ...] = tuple(case for group in GROUPS.values() for case in group)
