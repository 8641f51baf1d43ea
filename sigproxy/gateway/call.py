"""What the handler knows of one exchange once it is admitted: the input of http and tunnel."""

from typing import NamedTuple

from sigproxy.exchange import Exchange
from sigproxy.gateway.body import RequestBody
from sigproxy.gateway.downstream.response_writer import Answer
from sigproxy.gateway.owner import Owner
from sigproxy.policies.cors import Cors
from sigproxy.policies.limits import Limits
from sigproxy.routing import Route
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.forwarding import Forwarding
from sigproxy.semantics.target import Target


class Call(NamedTuple):
    exchange: Exchange
    route: Route
    mount: bytes  # in front of the dialect's own form: the route's prefix, and the access key
    target: Target
    own: frozenset[Authority]
    forwarding: Forwarding
    limits: Limits
    taken_off: bytes  # by a proxy in front: what clients have before the mount, or nothing
    base: bytes  # in front of that in a Location: scheme and host, or nothing
    body: RequestBody
    answer: Answer
    cors: Cors
    owner: Owner  # of the connections to upstreams
    websocket_key: bytes | None  # the client's, if it asks for a WebSocket
    response_timeout_s: float
