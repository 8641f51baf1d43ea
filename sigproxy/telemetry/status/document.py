"""The shape of /-/status.json, which the page and `sigproxy top` show too.

docs/status.md explains it. Durations are in seconds, moments in UTC (RFC 3339). Rates are of the
last ten to fifteen seconds for the whole gateway, and of the last minute for a row.
"""

from dataclasses import dataclass
from typing import Literal

from sigproxy.remedies import Gravity

Verdict = Literal["well", "notice", "warning", "fault"]


@dataclass(frozen=True, slots=True)
class Problem:
    gravity: Gravity
    what: str  # in plain words
    how: str  # to mend it
    token: str | None = None  # as in the access log; None: it is no error of an exchange
    place: str | None = None  # a vendor's host, or a route
    detail: str | None = None  # of the latest exchange
    last_minute: int = 0
    last_hour: int = 0
    at: str | None = None  # of the latest one


@dataclass(frozen=True, slots=True)
class Now:
    requests_per_s: float  # that have ended, and WebSockets that have opened
    received_bytes_per_s: float  # bodies and WebSockets, from clients
    sent_bytes_per_s: float  # to clients
    websockets: int  # open
    connections: int  # of clients, idle ones too
    in_flight: int  # exchanges that have not ended, WebSockets too
    turn_clients: int
    turn_received_bytes_per_s: float
    turn_sent_bytes_per_s: float


@dataclass(frozen=True, slots=True)
class History:
    """Sixty values, the newest last, one for each *step_s*."""

    step_s: int
    requests: list[int]
    errors: list[int]  # that the gateway ended, without what strangers cause
    received_bytes: list[int]
    sent_bytes: list[int]
    websockets: list[int]
    turn_clients: list[int]
    turn_bytes: list[int]


@dataclass(frozen=True, slots=True)
class Row:
    """Traffic on a route or to a vendor; ``_by_minute`` has sixty values, the newest not full."""

    name: str  # a prefix ("": no route), or host[:port] ("(others)": those without a row)
    requests_per_s: float
    received_bytes_per_s: float
    sent_bytes_per_s: float
    open: int  # WebSockets, or TURN clients
    requests_last_minute: int
    requests_last_hour: int
    errors_last_minute: int  # that the gateway ended, without what strangers cause
    errors_last_hour: int
    vendor_errors_last_minute: int  # the vendor's own answers of 500 and more
    vendor_errors_last_hour: int
    requests_by_minute: list[int]
    errors_by_minute: list[int]  # with the vendor's own


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Of the last five to ten minutes; None: it did not happen."""

    count: int  # of exchanges that waited for it
    p50_s: float | None
    p95_s: float | None


@dataclass(frozen=True, slots=True)
class VendorRow:
    traffic: Row
    dns: Quantiles
    tcp: Quantiles
    tls: Quantiles
    first_byte: Quantiles
    is_known: bool  # a route's targets name it, or it has answered in the last hour


@dataclass(frozen=True, slots=True)
class Place:
    """Where it happened, the most frequent first."""

    place: str  # a vendor's host, a route, or "": before there was a route
    last_minute: int
    last_hour: int
    detail: str  # of the latest exchange
    at: str


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """An error of the last hour, the worst first."""

    token: str
    gravity: Gravity  # what it usually is; "quiet" is never in problems
    what: str
    how: str
    last_minute: int
    last_hour: int
    by_minute: list[int]
    places: list[Place]


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A client near a limit, or refused by it. Limits are those of one worker."""

    client: str  # masked, unless it was asked for
    setting: str
    held: int | None  # None: it has been refused, and is not near the limit now
    limit: int | None
    refused_last_minute: int
    refused_last_hour: int


@dataclass(frozen=True, slots=True)
class CertificateView:
    """The one that is served; None: a proxy in front has TLS."""

    names: list[str]
    until: str | None
    days_left: float | None
    refusal: str | None  # why files that changed on disk are not used


@dataclass(frozen=True, slots=True)
class ReloadView:
    """The last one; None: there was none since the start."""

    at: str
    is_ok: bool
    why: list[str]


@dataclass(frozen=True, slots=True)
class WorkerView:
    pid: int
    state: Literal["serving", "draining", "silent"]
    age_s: float
    connections: int
    in_flight: int
    websockets: int
    turn_clients: int
    lag_s: float  # the latest its loop ran a timer, in the last minute
    said_s_ago: float  # so old are its figures


@dataclass(frozen=True, slots=True)
class Drain:
    is_stopping: bool  # /-/ready fails
    workers: int  # that finish what is open, after a reload or before the end
    in_flight: int  # there


@dataclass(frozen=True, slots=True)
class About:
    version: str
    python: str
    started_at: str | None  # the service, not this worker
    workers_wanted: int


@dataclass(frozen=True, slots=True)
class Status:
    at: str
    verdict: Verdict  # the worst of problems
    headline: str
    problems: list[Problem]  # the worst first
    now: Now
    history: History
    routes: list[Row]
    vendors: list[VendorRow]  # those that fail first, then the busiest
    turn: Row
    errors: list[ErrorRow]
    clients: list[ClientRow]
    are_clients_shown: bool
    certificate: CertificateView | None
    reload: ReloadView | None
    drain: Drain
    workers: list[WorkerView]
    about: About
