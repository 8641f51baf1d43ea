"""The tables of the document: routes, vendors, errors and clients, each in the order to read it."""

from collections import defaultdict
from functools import reduce
from ipaddress import ip_address, ip_network

from sigproxy import remedies
from sigproxy.remedies import GRAVITIES
from sigproxy.telemetry.client_addresses import IPV4_BITS, IPV6_BITS
from sigproxy.telemetry.status.document import ClientRow, ErrorRow, Place, Quantiles, Row, VendorRow
from sigproxy.telemetry.status.durations import Durations
from sigproxy.telemetry.status.facts import moment
from sigproxy.telemetry.status.report import (
    NO_SUCH_NAMES,
    OTHERS,
    Figures,
    Report,
    Traffic,
    Trouble,
    Vendor,
)
from sigproxy.telemetry.status.series import MOST_MINUTES, NO_COUNTS, SLOT_S, SLOTS_A_MINUTE, Counts


def padded(values: list[int] | tuple[int, ...], length: int) -> list[int]:
    return [*[0] * (length - len(values)), *values]


def rows(routes: tuple[tuple[str, Traffic], ...]) -> list[Row]:
    found = [row(route, each) for route, each in routes]
    return sorted(found, key=lambda each: (-each.requests_last_hour, each.name))


def row(name: str, traffic: Traffic) -> Row:
    return Row(
        name=name,
        requests_per_s=_a_second(traffic.requests),
        received_bytes_per_s=_a_second(traffic.received),
        sent_bytes_per_s=_a_second(traffic.sent),
        open=traffic.open,
        requests_last_minute=traffic.requests.last_minute,
        requests_last_hour=traffic.requests.last_hour,
        errors_last_minute=traffic.errors.last_minute,
        errors_last_hour=traffic.errors.last_hour,
        vendor_errors_last_minute=traffic.vendor_errors.last_minute,
        vendor_errors_last_hour=traffic.vendor_errors.last_hour,
        requests_by_minute=padded(traffic.requests.minutes, MOST_MINUTES),
        errors_by_minute=padded(traffic.errors.plus(traffic.vendor_errors).minutes, MOST_MINUTES),
    )


def _a_second(counts: Counts) -> float:
    return round(counts.last_minute / (SLOT_S * SLOTS_A_MINUTE), 2)


def vendors(vendors: tuple[tuple[str, Vendor], ...]) -> list[VendorRow]:
    """Return the vendors, those that fail first, then the busiest; the others at the end.

    Hosts that are not named and never answered come after all that did: strangers ask for many.
    """
    return [
        VendorRow(
            row(host, each.traffic),
            _quantiles(each.dns),
            _quantiles(each.tcp),
            _quantiles(each.tls),
            _quantiles(each.first_byte),
            each.is_known,
        )
        for host, each in sorted(vendors, key=_place_of_vendor)
    ]


def _place_of_vendor(found: tuple[str, Vendor]) -> tuple[bool, bool, int, int, str]:
    host, vendor = found
    traffic = vendor.traffic
    failing = traffic.errors.last_minute + traffic.vendor_errors.last_minute
    return host == OTHERS, not vendor.is_known, -failing, -traffic.requests.last_hour, host


def _quantiles(took: Durations) -> Quantiles:
    return Quantiles(took.number, _rounded(took.quantile(0.5)), _rounded(took.quantile(0.95)))


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)


def errors(troubles: tuple[tuple[str, str, Trouble], ...]) -> list[ErrorRow]:
    by_token: defaultdict[str, list[tuple[str, Trouble]]] = defaultdict(list)
    for token, place, trouble in troubles:
        by_token[token].append((place, trouble))
    found = [_error(token, places) for token, places in by_token.items()]
    return sorted(found, key=_place_of_error)


def _place_of_error(row: ErrorRow) -> tuple[int, int, int, str]:
    return GRAVITIES.index(row.gravity), -row.last_minute, -row.last_hour, row.token


def _error(token: str, places: list[tuple[str, Trouble]]) -> ErrorRow:
    counts = reduce(Counts.plus, (trouble.counts for _, trouble in places))
    is_made_up = all(place == NO_SUCH_NAMES for place, _ in places)
    remedy = remedies.NO_SUCH_NAMES if is_made_up else remedies.of(token)
    return ErrorRow(
        token=token,
        gravity=remedy.gravity,
        what=remedy.what.format(place="the host" if len(places) > 1 else places[0][0] or "it"),
        how=remedy.how,
        last_minute=counts.last_minute,
        last_hour=counts.last_hour,
        by_minute=padded(counts.minutes, MOST_MINUTES),
        places=[
            _place(place, trouble)
            for place, trouble in sorted(places, key=lambda each: -each[1].counts.last_hour)
        ],
    )


def _place(name: str, trouble: Trouble) -> Place:
    counts = trouble.counts
    return Place(name, counts.last_minute, counts.last_hour, trouble.detail, moment(trouble.at))


def clients(figures: Figures, reports: tuple[Report, ...], shown: bool) -> list[ClientRow]:
    """Return who is near a limit, the nearest first, and who was refused by one."""
    near: dict[tuple[str, str], tuple[int, int]] = {}
    for each in (one for report in reports for one in report.near):
        key = each.client, each.setting
        near[key] = max(near.get(key, (0, each.limit)), (each.held, each.limit))
    refused = {(client, setting): counts for client, setting, counts in figures.limited}
    found = []
    for client, setting in {*near, *refused}:
        held, limit = near.get((client, setting), (None, None))
        counts = refused.get((client, setting), NO_COUNTS)
        name = client if shown else masked(client)
        found.append(ClientRow(name, setting, held, limit, counts.last_minute, counts.last_hour))
    return sorted(found, key=_place_of_client)


def _place_of_client(row: ClientRow) -> tuple[int, float, int, str]:
    share = row.held / row.limit if row.held is not None and row.limit else 0.0
    return -row.refused_last_minute, -share, -row.refused_last_hour, row.client


def masked(client: str) -> str:
    """Return the network of *client*, an address or the /64 of one: no person, perhaps a site.

    >>> masked("203.0.113.7"), masked("2001:db8:1:2::/64")
    ('203.0.113.0/24', '2001:db8:1::/48')
    """
    try:
        address = ip_address(client.partition("/")[0])
    except ValueError:
        return "-"
    return str(
        ip_network((address, IPV4_BITS if address.version == 4 else IPV6_BITS), strict=False)
    )
