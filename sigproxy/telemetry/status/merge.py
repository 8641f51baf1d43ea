"""How the figures of several workers become one: sums, and no more rows than one of them has."""

from collections.abc import Callable, Iterable
from functools import reduce
from typing import TypeVar

from sigproxy.telemetry.status.report import (
    MOST_LIMITED,
    MOST_PLACES,
    MOST_VENDORS,
    NO_SUCH_NAMES,
    OTHERS,
    Figures,
    Traffic,
    Trouble,
    Vendor,
)
from sigproxy.telemetry.status.series import Counts, added

_ALONE = (OTHERS, NO_SUCH_NAMES)  # beside the rows that are limited

_Key = TypeVar("_Key")
_Row = TypeVar("_Row", Traffic, Vendor, Trouble, Counts)


def sum_of(all_figures: Iterable[Figures], slot: int) -> Figures:
    """Return the sum of all figures, as they are at *slot* or at the newest of theirs."""
    each = list(all_figures)
    newest = max([slot, *(one.slot for one in each)])
    moved = [one.moved(newest) for one in each]
    return Figures(
        newest,
        reduce(Traffic.plus, (one.turn for one in moved), Traffic()),
        _values(one.websockets for one in moved),
        _values(one.turn_clients for one in moved),
        _routes(row for one in moved for row in one.routes),
        _vendors(row for one in moved for row in one.vendors),
        _troubles(row for one in moved for row in one.troubles),
        _limited(row for one in moved for row in one.limited),
    )


def _values(each: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    total: list[int] = []
    for values in each:
        total = added(total, list(values))
    return tuple(total)


def _routes(rows: Iterable[tuple[str, Traffic]]) -> tuple[tuple[str, Traffic], ...]:
    found = _grouped(rows, Traffic.plus)
    return tuple((route, each) for route, each in found.items() if _weight(each))


def _vendors(rows: Iterable[tuple[str, Vendor]]) -> tuple[tuple[str, Vendor], ...]:
    found = _grouped(rows, Vendor.plus)
    weights = {host: weight for host, each in found.items() if (weight := _weight(each.traffic))}
    kept = _heaviest(weights, MOST_VENDORS)
    folded = ((host if host in kept else OTHERS, found[host]) for host in weights)
    return tuple(_grouped(folded, Vendor.plus).items())


def _weight(traffic: Traffic) -> int:
    """Return what makes a row worth keeping; 0 if nothing has happened there for an hour."""
    return traffic.requests.last_hour + traffic.open


def _troubles(rows: Iterable[tuple[str, str, Trouble]]) -> tuple[tuple[str, str, Trouble], ...]:
    found = _grouped((((token, place), each) for token, place, each in rows), Trouble.plus)
    by_token: dict[str, dict[str, Trouble]] = {}
    for (token, place), each in found.items():
        if each.counts.last_hour:
            by_token.setdefault(token, {})[place] = each
    result = []
    for token, places in by_token.items():
        weight = {place: each.counts.last_hour for place, each in places.items()}
        kept = _heaviest(weight, MOST_PLACES)
        folded = (
            (place if place in kept or place in _ALONE else OTHERS, each)
            for place, each in places.items()
        )
        rest = _grouped(folded, Trouble.plus)
        result += [(token, place, each) for place, each in rest.items()]
    return tuple(result)


def _limited(rows: Iterable[tuple[str, str, Counts]]) -> tuple[tuple[str, str, Counts], ...]:
    found = _grouped((((who, setting), each) for who, setting, each in rows), Counts.plus)
    kept = _heaviest({key: each.last_hour for key, each in found.items()}, MOST_LIMITED)
    return tuple((*key, each) for key, each in found.items() if key in kept and each.last_hour)


def _grouped(
    rows: Iterable[tuple[_Key, _Row]], plus: Callable[[_Row, _Row], _Row]
) -> dict[_Key, _Row]:
    found: dict[_Key, _Row] = {}
    for key, row in rows:
        found[key] = plus(found[key], row) if key in found else row
    return found


def _heaviest(weights: dict[_Key, int], most: int) -> set[_Key]:
    """Return the keys of the *most* largest weights; what is folded already comes on top."""
    ranked = sorted((key for key in weights if key not in _ALONE), key=lambda key: -weights[key])
    return {*ranked[:most]}
