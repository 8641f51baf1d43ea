"""Rows that count what passes, and tables of them that clients cannot fill."""

from collections.abc import Callable, Hashable
from typing import Generic, Protocol, Self, TypeVar

from sigproxy.telemetry.status.durations import Stopwatch
from sigproxy.telemetry.status.report import Traffic, Trouble, Vendor
from sigproxy.telemetry.status.series import MOST_SLOTS, SLOTS_A_MINUTE, Series


class TrafficRow:
    """Traffic while it is counted."""

    __slots__ = ("errors", "open", "received", "requests", "sent", "vendor_errors")

    def __init__(self, slots: int = MOST_SLOTS) -> None:
        self.requests = Series(slots)
        self.errors = Series(slots)
        self.vendor_errors = Series(slots)
        self.received = Series(slots)
        self.sent = Series(slots)
        self.open = 0

    def _each(self) -> tuple[Series, ...]:
        return self.requests, self.errors, self.vendor_errors, self.received, self.sent

    def end_slot(self, *, ends_minute: bool) -> None:
        for series in self._each():
            series.end_slot(ends_minute=ends_minute)

    def take(self, other: Self) -> None:
        for series, others in zip(self._each(), other._each(), strict=True):
            series.take(others)

    def traffic(self) -> Traffic:
        return Traffic(
            self.requests.counts(),
            self.errors.counts(),
            self.vendor_errors.counts(),
            self.received.counts(),
            self.sent.counts(),
            self.open,
        )


class VendorRow:
    """A vendor's host while it is counted."""

    __slots__ = ("dns", "first_byte", "tcp", "tls", "traffic")

    def __init__(self) -> None:
        self.traffic = TrafficRow(SLOTS_A_MINUTE)
        self.dns, self.tcp, self.tls, self.first_byte = (Stopwatch() for _ in range(4))

    def _steps(self) -> tuple[Stopwatch, ...]:
        return self.dns, self.tcp, self.tls, self.first_byte

    def end_slot(self, *, ends_minute: bool) -> None:
        self.traffic.end_slot(ends_minute=ends_minute)

    def end_window(self) -> None:
        for step in self._steps():
            step.end_window()

    @property
    def weight(self) -> int:
        return self.traffic.requests.hour

    @property
    def is_open(self) -> bool:
        return self.traffic.open > 0

    def take(self, other: Self) -> None:
        self.traffic.take(other.traffic)
        for step, others in zip(self._steps(), other._steps(), strict=True):
            step.take(others)

    def vendor(self, *, is_named: bool) -> Vendor:
        dns, tcp, tls, first_byte = (step.durations() for step in self._steps())
        return Vendor(self.traffic.traffic(), dns, tcp, tls, first_byte, is_named)


class TroubleRow:
    """Errors of one kind at one place while they are counted."""

    __slots__ = ("at", "detail", "series")

    is_open = False

    def __init__(self) -> None:
        self.series = Series(SLOTS_A_MINUTE)
        self.detail = ""
        self.at = 0.0

    def end_slot(self, *, ends_minute: bool) -> None:
        self.series.end_slot(ends_minute=ends_minute)

    @property
    def weight(self) -> int:
        return self.series.hour

    def take(self, other: Self) -> None:
        self.series.take(other.series)
        if other.at > self.at:
            self.at, self.detail = other.at, other.detail

    def trouble(self) -> Trouble:
        return Trouble(self.series.counts(), self.detail, self.at)


class _Row(Protocol):
    @property
    def weight(self) -> int:
        """What it has counted in the last hour."""

    @property
    def is_open(self) -> bool:
        """Whether something still counts in it, so that it must stay."""

    def end_slot(self, *, ends_minute: bool) -> None: ...

    def take(self, other: Self) -> None: ...


Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row", bound=_Row)


class Table(Generic[Key, Row]):
    """At most *most* rows, and one for all others.

    Clients choose hosts, and so may choose ever new ones. Every minute, idle rows and the lightest
    are given up until a quarter is free: whoever is busy gets a row of its own.
    """

    def __init__(self, make: Callable[[], Row], most: int) -> None:
        self._make = make
        self._most = most
        self.rows: dict[Key, Row] = {}
        self.others = make()

    def row(self, key: Key) -> Row:
        row = self.rows.get(key)
        if row is None:
            if len(self.rows) >= self._most:
                return self.others
            row = self.rows[key] = self._make()
        return row

    def end_slot(self, *, ends_minute: bool) -> None:
        for row in (*self.rows.values(), self.others):
            row.end_slot(ends_minute=ends_minute)
        if ends_minute:
            self._make_room()

    def _make_room(self) -> None:
        closed = [(row.weight, key) for key, row in self.rows.items() if not row.is_open]
        closed.sort(key=lambda each: each[0])
        kept = self._most - self._most // 4
        for weight, key in closed:
            if weight and len(self.rows) <= kept:
                break
            self.others.take(self.rows.pop(key))
