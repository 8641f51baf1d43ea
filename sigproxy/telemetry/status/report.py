"""What each worker says once a second.

A ``Report`` has what it is, and ``Figures``, which can be added (``merge``): those of workers that
have ended are kept that way.
"""

from dataclasses import dataclass, replace

from sigproxy.policies.limits import Near
from sigproxy.telemetry.status.durations import NO_DURATIONS, Durations
from sigproxy.telemetry.status.series import MOST_SLOTS, NO_COUNTS, Counts, later

OTHERS = "(others)"  # no host and no route is called that
# Names without an address in DNS that only a wildcard allows: strangers may have made them up.
NO_SUCH_NAMES = "(no such names)"
MOST_VENDORS = 40
MOST_PLACES = 8  # for each error
MOST_LIMITED = 32


@dataclass(frozen=True, slots=True)
class Traffic:
    """What passed: through the gateway, on a route, to a vendor, or as TURN."""

    requests: Counts = NO_COUNTS  # those that have ended, and WebSockets that have opened
    errors: Counts = NO_COUNTS  # exchanges that the gateway ended, without the quiet ones
    vendor_errors: Counts = NO_COUNTS  # a vendor's own answers of 500 and more
    received: Counts = NO_COUNTS  # bytes of bodies, WebSockets and TURN, from clients
    sent: Counts = NO_COUNTS
    open: int = 0  # WebSockets, or TURN clients

    def moved(self, slot: int, to: int) -> "Traffic":
        return Traffic(
            self.requests.moved(slot, to),
            self.errors.moved(slot, to),
            self.vendor_errors.moved(slot, to),
            self.received.moved(slot, to),
            self.sent.moved(slot, to),
            self.open,
        )

    def plus(self, other: "Traffic") -> "Traffic":
        return Traffic(
            self.requests.plus(other.requests),
            self.errors.plus(other.errors),
            self.vendor_errors.plus(other.vendor_errors),
            self.received.plus(other.received),
            self.sent.plus(other.sent),
            self.open + other.open,
        )


@dataclass(frozen=True, slots=True)
class Vendor:
    """What passed to one host, and how long it took to get there."""

    traffic: Traffic = Traffic()
    dns: Durations = NO_DURATIONS
    tcp: Durations = NO_DURATIONS
    tls: Durations = NO_DURATIONS
    first_byte: Durations = NO_DURATIONS  # from the request's head, with the steps before
    is_named: bool = False  # in some route's targets, and not only covered by a wildcard

    @property
    def is_known(self) -> bool:
        """Return whether no stranger has made it up: it is named, or has answered."""
        traffic = self.traffic
        return (
            self.is_named
            or traffic.open > 0
            or traffic.requests.last_hour > traffic.errors.last_hour
        )

    def moved(self, slot: int, to: int) -> "Vendor":
        return Vendor(
            self.traffic.moved(slot, to),
            self.dns.moved(slot, to),
            self.tcp.moved(slot, to),
            self.tls.moved(slot, to),
            self.first_byte.moved(slot, to),
            self.is_named,
        )

    def plus(self, other: "Vendor") -> "Vendor":
        return Vendor(
            self.traffic.plus(other.traffic),
            self.dns.plus(other.dns),
            self.tcp.plus(other.tcp),
            self.tls.plus(other.tls),
            self.first_byte.plus(other.first_byte),
            self.is_named or other.is_named,
        )


@dataclass(frozen=True, slots=True)
class Trouble:
    """Exchanges that ended with one error at one place."""

    counts: Counts = NO_COUNTS
    detail: str = ""  # the latest one, as the access log shows it
    at: float = 0.0  # when that was, in seconds since the epoch

    def moved(self, slot: int, to: int) -> "Trouble":
        return replace(self, counts=self.counts.moved(slot, to))

    def plus(self, other: "Trouble") -> "Trouble":
        latest = max(self, other, key=lambda each: each.at)
        return replace(latest, counts=self.counts.plus(other.counts))


@dataclass(frozen=True, slots=True)
class Figures:
    """What can be added. *slot* is the newest one of all counts in it.

    What passes through the gateway is the sum of *routes*, and *turn*. *troubles* are by error and
    place: a vendor's host, a route, or "". *limited* has requests that were refused, by the client
    and the setting that is its limit.
    """

    slot: int
    turn: Traffic = Traffic()
    websockets: tuple[int, ...] = ()  # how many were open, by slot
    turn_clients: tuple[int, ...] = ()
    routes: tuple[tuple[str, Traffic], ...] = ()
    vendors: tuple[tuple[str, Vendor], ...] = ()
    troubles: tuple[tuple[str, str, Trouble], ...] = ()
    limited: tuple[tuple[str, str, Counts], ...] = ()

    def moved(self, to: int) -> "Figures":
        """Return these figures as they are at the slot *to*: what is open stays open."""
        slot = self.slot
        if to <= slot:
            return self
        return Figures(
            to,
            self.turn.moved(slot, to),
            _held(self.websockets, to - slot),
            _held(self.turn_clients, to - slot),
            tuple((route, each.moved(slot, to)) for route, each in self.routes),
            tuple((host, each.moved(slot, to)) for host, each in self.vendors),
            tuple((token, place, each.moved(slot, to)) for token, place, each in self.troubles),
            tuple((who, setting, each.moved(slot, to)) for who, setting, each in self.limited),
        )

    def ended(self) -> "Figures":
        """Return what stays of a worker that has ended: nothing is open any more."""
        return replace(
            self,
            turn=replace(self.turn, open=0),
            websockets=(*self.websockets[:-1], 0),
            turn_clients=(*self.turn_clients[:-1], 0),
            routes=tuple((route, replace(each, open=0)) for route, each in self.routes),
            vendors=tuple(
                (host, replace(each, traffic=replace(each.traffic, open=0)))
                for host, each in self.vendors
            ),
        )


@dataclass(frozen=True, slots=True)
class Certificate:
    """The listener's, as a worker serves it."""

    names: tuple[str, ...]
    until: float | None  # seconds since the epoch; None: it is not valid now
    refusal: str | None  # why files that changed on disk are not used


@dataclass(frozen=True, slots=True)
class Report:
    """What one worker says of itself. Times ending in ``_s`` are of the monotonic clock."""

    pid: int
    at_s: float
    started_at: float  # seconds since the epoch
    wanted: int  # how many workers its configuration asks for
    connections: int
    most_connections: int  # limits.connections, or what follows from the descriptors
    in_flight: int
    is_leaving: bool  # it finishes what is open, and then ends
    is_noticed: bool  # the gateway will stop: /-/ready fails
    lag_s: float  # the latest its loop ran a timer, in the last minute
    near: tuple[Near, ...]
    certificate: Certificate | None
    figures: Figures
    lost_lines: int = 0  # of the logs, in the last five minutes
    redis_failures: int = 0  # in the last five minutes


def _held(values: tuple[int, ...], steps: int) -> tuple[int, ...]:
    """Return *values* as they are after *steps* in which the newest one stayed."""
    return tuple(later(list(values), steps, MOST_SLOTS, values[-1] if values else 0))
