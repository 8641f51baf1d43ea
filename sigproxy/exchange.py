"""The record of one exchange, for logs and metrics.

The gateway fills it in as events happen. Observers read it when a WebSocket opens and when an
exchange ends. The gateway and its observers share nothing else.
"""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import NO_FIELDS, Fields
from sigproxy.semantics.target import Target
from sigproxy.semantics.trace_context import Trace

Side = Literal["client", "upstream", "gateway"]

# Errors of which no response can tell, since it is too late for one: they are in the log alone,
# beside those of `errors`. Of a WebSocket, a side is *gone* that closed its connection without a
# Close frame, has *reset* it (RST), or has *vanished*: it acknowledges nothing any more.
CLIENT_GONE = "client_gone"
CLIENT_RESET = "client_reset"
CLIENT_VANISHED = "client_vanished"
CLIENT_STALLED = "client_stalled"
UPSTREAM_GONE = "upstream_gone"
UPSTREAM_RESET = "upstream_reset"
UPSTREAM_VANISHED = "upstream_vanished"
UPSTREAM_STALLED = "upstream_stalled"
EMPTY_FRAMES = "empty_frames"
WEBSOCKET_IDLE = "websocket_idle"
TURN_STALLED = "turn_stalled"
TURN_IDLE = "turn_idle"
CUT_OFF = "cut_off_by_shutdown"

UNSENT = frozenset(
    {
        *(CLIENT_GONE, CLIENT_RESET, CLIENT_VANISHED, CLIENT_STALLED),
        *(UPSTREAM_GONE, UPSTREAM_RESET, UPSTREAM_VANISHED, UPSTREAM_STALLED),
        *(EMPTY_FRAMES, WEBSOCKET_IDLE, TURN_STALLED, TURN_IDLE, CUT_OFF),
    }
)


@dataclass(slots=True)
class Exchange:
    """Times ending in ``_s`` are seconds since ``started_s``; None: the event did not happen.

    ``dns_s``, ``tcp_s`` and ``tls_s`` are how long each step took, summed over all hops.
    """

    id: str
    started_at: float  # seconds since the epoch
    started_s: float  # the monotonic clock
    peer: str  # the address that the connection comes from
    client: str | None = None  # the address that trusted proxies report; None: the peer's
    method: str = "-"
    request_target: bytes = b"-"
    version: tuple[int, int] = (1, 1)
    fields: Fields = NO_FIELDS
    trace: Trace | None = None  # the span that it is; None: it is not traced

    route: str | None = None
    key: bytes | None = None  # the path segment in the access key's place, valid or not: secret
    upstream: Authority | None = None
    upstream_path: bytes | None = None  # without query; None: the request target shows it
    shows_target: bool = True
    address: str | None = None  # the upstream's IP address that was connected to
    reused: bool = False  # a pooled connection served it
    redirects: int = 0  # followed

    is_health_check: bool = False  # /-/live or /-/ready was answered
    issued: bool | None = None  # a TURN credential; None: it was not asked for one

    status: int | None = None  # sent downstream
    upstream_status: int | None = None
    error: str | None = None  # the token of a GatewayError, or one of UNSENT
    detail: str | None = None
    has_no_address: bool = False  # DNS says so of the upstream's name, or that there is none

    dns_s: float | None = None  # None: from the cache, or a pooled connection was used
    tcp_s: float | None = None
    tls_s: float | None = None
    connected_s: float | None = None
    first_byte_s: float | None = None
    ended_s: float | None = None
    received: int = 0  # body or tunnel bytes from the client
    sent: int = 0  # body or tunnel bytes to the client

    turn: str | None = None  # over what a TURN client came: "tls" or "tcp"
    websocket: bool = False  # the 101 went out
    close_code: int | None = None
    closed_by: Side | None = None

    def set_target(self, target: Target) -> None:
        """Record where the request is sent, initially or after a redirect."""
        self.upstream = target.authority
        if not self.shows_target:
            self.upstream_path = target.path.partition(b"?")[0]


class Observer(Protocol):
    def opened(self, exchange: Exchange) -> None:
        """A WebSocket's 101 has been sent, or a TURN client is connected to the TURN server."""

    def ended(self, exchange: Exchange) -> None:
        """The exchange is over; *exchange* does not change any more."""

    def failed(self, exchange: Exchange) -> None:
        """A client's connection has ended before its first request; *exchange* says why."""

    def closed(self) -> None:
        """The gateway has stopped; this is the last call."""


@dataclass(frozen=True, slots=True)
class Observers:
    each: tuple[Observer, ...] = field(default=())

    def opened(self, exchange: Exchange) -> None:
        for observer in self.each:
            observer.opened(exchange)

    def ended(self, exchange: Exchange) -> None:
        for observer in self.each:
            observer.ended(exchange)

    def failed(self, exchange: Exchange) -> None:
        for observer in self.each:
            observer.failed(exchange)

    def closed(self) -> None:
        for observer in self.each:
            observer.closed()
