"""An observer that counts a worker's exchanges for the status page.

At the end of an exchange it adds to plain numbers, and does nothing else. What is counted of open
WebSockets and TURN clients, and the end of each slot of time, comes with ``tick``, once a second.
"""

from collections import deque
from collections.abc import Callable

from sigproxy import remedies
from sigproxy.errors import DnsError
from sigproxy.exchange import Exchange
from sigproxy.policies.key_index import NO_KEYS, KeyIndex
from sigproxy.policies.limits import address_key
from sigproxy.semantics.authority import Authority
from sigproxy.telemetry.labels import REFUSALS
from sigproxy.telemetry.printable import printable
from sigproxy.telemetry.shown import shown
from sigproxy.telemetry.status import durations, series
from sigproxy.telemetry.status.report import (
    MOST_LIMITED,
    MOST_PLACES,
    MOST_VENDORS,
    NO_SUCH_NAMES,
    OTHERS,
    Figures,
    Trouble,
    Vendor,
)
from sigproxy.telemetry.status.rows import Table, TrafficRow, TroubleRow, VendorRow
from sigproxy.telemetry.status.series import MOST_SLOTS, Counts
from sigproxy.telemetry.status.stream import Stream

SETTING_OF = {
    "too_many_requests": "limits.request_rate",
    "too_many_connections": "limits.connections_per_address",
    "too_many_websockets": "limits.websockets_per_address",
    "too_many_credentials": "turn.credentials_per_address",
    "too_many_network_tests": "network_test.requests_per_address",
}
_DETAIL_EVERY_S = 1.0  # it is costly to mask, and one in a flood is enough
_LONGEST_DETAIL = 300

_Place = Authority | str


class Collector:
    """Counts by route, by vendor's host, by error and place, and by client that is limited.

    *keys*, the access keys of all routes, appear in nothing that it tells. *is_named* says whether
    targets name a host, instead of covering it with a wildcard.
    """

    def __init__(
        self,
        now_s: float,
        keys: KeyIndex = NO_KEYS,
        is_named: Callable[[Authority], bool] = lambda _: False,
    ) -> None:
        self._keys = keys
        self._is_named = is_named
        self._slot = series.slot_at(now_s)
        self._routes: dict[str | None, TrafficRow] = {}
        self._vendors = Table[Authority, VendorRow](VendorRow, MOST_VENDORS)
        self._troubles: dict[str, Table[_Place, TroubleRow]] = {}
        self._made_up = TroubleRow()  # apart: however many names, they displace no vendor
        self._limited = Table[tuple[str, str], TroubleRow](TroubleRow, MOST_LIMITED)
        self._turn = TrafficRow()
        self._streams: dict[str, Stream] = {}
        self._websockets: deque[int] = deque(maxlen=MOST_SLOTS - 1)
        self._turn_clients: deque[int] = deque(maxlen=MOST_SLOTS - 1)

    def opened(self, exchange: Exchange) -> None:
        rows = self._rows(exchange)
        for row in rows:
            row.requests.now += 1
            row.open += 1
        self._streams[exchange.id] = Stream(exchange, rows)

    def ended(self, exchange: Exchange) -> None:
        if exchange.is_health_check and exchange.error is None:
            return  # a balancer's, every second
        stream = self._streams.pop(exchange.id, None)
        if stream is not None:
            rows = stream.rows
            stream.tell()
            for row in rows:
                row.open -= 1
        else:
            rows = self._rows(exchange)
            received, sent = exchange.received, exchange.sent
            for row in rows:
                row.requests.now += 1
                row.received.now += received
                row.sent.now += sent
        if exchange.error is not None:
            self._failed(exchange, rows)
        elif exchange.upstream_status is not None and exchange.upstream_status >= 500:
            for row in rows:
                row.vendor_errors.now += 1

    def failed(self, exchange: Exchange) -> None:
        """Count a client's connection that ended before its first request."""
        self._failed(exchange, ())

    def closed(self) -> None: ...

    def _rows(self, exchange: Exchange) -> tuple[TrafficRow, ...]:
        """Return where *exchange* counts, and count how long its vendor took."""
        if exchange.turn is not None:
            return (self._turn,)
        route = self._routes.get(exchange.route)
        if route is None:
            route = self._routes[exchange.route] = TrafficRow()
        if exchange.upstream is None or exchange.error in REFUSALS:
            return (route,)  # no vendor was asked: the host may be what a client has made up
        if self._is_made_up(exchange):
            return (route,)
        vendor = self._vendors.row(exchange.upstream)
        if exchange.first_byte_s is not None:
            vendor.first_byte.add(exchange.first_byte_s)
        if exchange.dns_s is not None:
            vendor.dns.add(exchange.dns_s)
        if exchange.tcp_s is not None:
            vendor.tcp.add(exchange.tcp_s)
        if exchange.tls_s is not None:
            vendor.tls.add(exchange.tls_s)
        return route, vendor.traffic

    def _is_made_up(self, exchange: Exchange) -> bool:
        """Return whether a client may have made up the upstream's name, in any number."""
        host = exchange.upstream
        return (
            exchange.has_no_address
            and host is not None
            and host not in self._vendors.rows
            and not self._is_named(host)
        )

    def _trouble(self, token: str, exchange: Exchange) -> TroubleRow:
        if self._is_made_up(exchange):
            return self._made_up
        places = self._troubles.get(token)
        if places is None:
            places = self._troubles[token] = Table(TroubleRow, MOST_PLACES)
        return places.row(exchange.upstream or exchange.route or "")

    def _failed(self, exchange: Exchange, rows: tuple[TrafficRow, ...]) -> None:
        token = exchange.error or ""
        if remedies.of(token).gravity != "quiet":
            for row in rows:
                row.errors.now += 1
        trouble = self._trouble(token, exchange)
        trouble.series.now += 1
        at = exchange.started_at + (exchange.ended_s or 0.0)
        if at - trouble.at >= _DETAIL_EVERY_S or at < trouble.at:
            trouble.at, trouble.detail = at, self._detail(exchange)
        setting = SETTING_OF.get(token)
        if setting is not None and (client := _client(exchange)):
            self._limited.row((client, setting)).series.now += 1

    def _detail(self, exchange: Exchange) -> str:
        """Return the detail without keys, the client's address, and what a terminal would obey."""
        text = shown(exchange, self._keys).detail or ""
        addresses = {exchange.peer, exchange.client or "", _client(exchange)}
        for address in sorted(addresses - {""}, key=len, reverse=True):
            text = text.replace(address, "a client")
        return printable(text)[:_LONGEST_DETAIL]

    def tick(self, now_s: float) -> None:
        """Count what open streams have carried, and end the slots that are over at *now_s*."""
        for stream in self._streams.values():
            stream.tell()
        slot = series.slot_at(now_s)
        while self._slot < slot:
            self._end_slot()

    def _end_slot(self) -> None:
        websockets, turn_clients = self._open()
        self._websockets.append(websockets)
        self._turn_clients.append(turn_clients)
        ends_minute = series.ends_minute(self._slot)
        for row in (*self._routes.values(), self._turn):
            row.end_slot(ends_minute=ends_minute)
        self._vendors.end_slot(ends_minute=ends_minute)
        self._limited.end_slot(ends_minute=ends_minute)
        self._made_up.end_slot(ends_minute=ends_minute)
        for table in self._troubles.values():
            table.end_slot(ends_minute=ends_minute)
        if durations.ends_window(self._slot):
            for vendor in (*self._vendors.rows.values(), self._vendors.others):
                vendor.end_window()
        self._slot += 1

    def _open(self) -> tuple[int, int]:
        """Return how many WebSockets are open, and TURN clients connected."""
        return sum(row.open for row in self._routes.values()), self._turn.open

    def figures(self) -> Figures:
        websockets, turn_clients = self._open()
        return Figures(
            self._slot,
            self._turn.traffic(),
            (*self._websockets, websockets),
            (*self._turn_clients, turn_clients),
            tuple((route or "", row.traffic()) for route, row in self._routes.items()),
            self._told_vendors(),
            self._told_troubles(),
            self._told_limited(),
        )

    def _told_vendors(self) -> tuple[tuple[str, Vendor], ...]:
        told = [
            (self._said(host), row.vendor(is_named=self._is_named(host)))
            for host, row in self._vendors.rows.items()
        ]
        others = self._vendors.others
        if others.weight or others.is_open:
            told.append((OTHERS, others.vendor(is_named=False)))
        return tuple(told)

    def _told_troubles(self) -> tuple[tuple[str, str, Trouble], ...]:
        rows = [
            (token, place, row)
            for token, table in self._troubles.items()
            for place, row in (
                *((self._said(place), row) for place, row in table.rows.items()),
                (OTHERS, table.others),
            )
        ]
        rows.append((DnsError.token, NO_SUCH_NAMES, self._made_up))
        return tuple((token, place, row.trouble()) for token, place, row in rows if row.weight)

    def _told_limited(self) -> tuple[tuple[str, str, Counts], ...]:
        return tuple(
            (client, setting, row.series.counts())
            for (client, setting), row in self._limited.rows.items()
            if row.weight
        )

    def _said(self, place: _Place) -> str:
        return self._keys.hidden_in(str(place))


def _client(exchange: Exchange) -> str:
    """Return what counts as one client, as limits do; "" for a UNIX socket."""
    address = exchange.client or exchange.peer
    return address_key(address) if address else ""
