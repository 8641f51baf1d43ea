"""What is wrong, in plain words and with a remedy, the worst first."""

from collections.abc import Iterator

from sigproxy import remedies
from sigproxy.remedies import GRAVITIES, Gravity
from sigproxy.telemetry.status.document import Problem, Verdict
from sigproxy.telemetry.status.durations import Durations
from sigproxy.telemetry.status.facts import Facts, moment
from sigproxy.telemetry.status.own_problems import own_problems
from sigproxy.telemetry.status.report import (
    NO_SUCH_NAMES,
    OTHERS,
    Figures,
    Traffic,
    Trouble,
    Vendor,
)

RECENTLY_MIN = 5  # for so long an error is a problem that has happened, and then only a count
SOME = 5  # fewer of something prove nothing
MANY = 0.5  # a share of a route's requests
FEW = 0.2  # a share of a vendor's requests: fewer are a warning, not a fault
NAMED = 2  # hosts in one sentence
DNS_S, TCP_S, TLS_S = 1.0, 1.0, 2.0  # p95; more than that a caller notices


def problems(facts: Facts) -> list[Problem]:
    found = [*own_problems(facts), *_of_errors(facts), *_slow(facts)]
    return sorted(found, key=lambda each: (GRAVITIES.index(each.gravity), -each.last_minute))


def verdict(found: list[Problem]) -> Verdict:
    worst = found[0].gravity if found else "quiet"
    return "well" if worst == "quiet" else worst


def _of_errors(facts: Facts) -> Iterator[Problem]:
    figures = facts.figures
    by_token: dict[str, list[tuple[str, Trouble]]] = {}
    for token, place, trouble in figures.troubles:
        if trouble.counts.recently(RECENTLY_MIN) and remedies.of(token).gravity != "quiet":
            by_token.setdefault(token, []).append((place, trouble))
    for token, places in by_token.items():
        now = [each for each in places if each[1].counts.last_minute]
        for group in _apart(now or places, dict(figures.vendors)):
            yield _of_error(token, group, figures)
    for host, vendor in figures.vendors:
        if vendor.traffic.vendor_errors.last_minute >= SOME:
            yield _of_vendor(host, vendor.traffic)


def _apart(
    places: list[tuple[str, Trouble]], vendors: dict[str, Vendor]
) -> Iterator[list[tuple[str, Trouble]]]:
    """Yield which places are one problem: a vendor's fault is not lost in strangers' names."""
    known, others = [], []
    for each in sorted(places, key=lambda each: -each[1].counts.last_minute):
        vendor = vendors.get(each[0])
        if each[0] == NO_SUCH_NAMES:
            yield [each]
        elif vendor is not None and vendor.is_known and each[0] != OTHERS:
            known.append(each)
        else:
            others.append(each)
    yield from _grouped(known)
    yield from _grouped(others)


def _grouped(places: list[tuple[str, Trouble]]) -> list[list[tuple[str, Trouble]]]:
    """Return *places* one by one; or all at once, where they are many and have one cause."""
    return [[each] for each in places] if len(places) <= NAMED else [places]


def _of_error(token: str, places: list[tuple[str, Trouble]], figures: Figures) -> Problem:
    remedy = remedies.NO_SUCH_NAMES if places[0][0] == NO_SUCH_NAMES else remedies.of(token)
    vendors, routes = dict(figures.vendors), dict(figures.routes)
    counts = [trouble.counts for _, trouble in places]
    last_minute = sum(each.last_minute for each in counts)
    traffic = [
        vendors[place].traffic if place in vendors else routes.get(place, Traffic())
        for place, _ in places
    ]
    asked = sum(each.requests.last_minute for each in traffic)
    has_served = any(each.requests.last_hour - each.errors.last_hour >= SOME for each in traffic)
    share = last_minute / asked if asked else 1.0
    latest = max((trouble for _, trouble in places), key=lambda each: each.at)
    return Problem(
        _gravity(remedy.gravity, last_minute, share, has_served),
        f"{_begun(remedy.what.format(place=_named([place for place, _ in places])))}: "
        f"{_how_often(last_minute, asked, sum(each.recently(RECENTLY_MIN) for each in counts))}",
        remedy.how,
        token=token,
        place=places[0][0] if len(places) == 1 else None,
        detail=latest.detail or None,
        last_minute=last_minute,
        last_hour=sum(each.last_hour for each in counts),
        at=moment(latest.at),
    )


def _gravity(usual: Gravity, last_minute: int, share: float, has_served: bool) -> Gravity:
    """Return how bad it is; *has_served*: whether it went well in this hour.

    Where nobody is served, those who are refused may be strangers alone.
    """
    if not last_minute:  # it has happened, and may be over
        return "warning" if usual == "fault" else "notice"
    if usual == "fault":
        return "fault" if share >= FEW else "warning"
    if usual == "notice":
        is_changed = has_served and last_minute >= SOME and share >= MANY
        return "warning" if is_changed else "notice"
    return usual


def _how_often(last_minute: int, asked: int, recently: int) -> str:
    if not last_minute:
        return f"{recently} in the last {RECENTLY_MIN} minutes, none in the last one"
    if asked >= last_minute:
        return f"{last_minute} of {asked} requests in the last minute"
    return f"{last_minute} in the last minute"


def _named(places: list[str]) -> str:
    said = [_said(place) for place in places]
    if len(said) <= NAMED:
        return " and ".join(said)
    return f"{', '.join(said[:NAMED])} and {len(said) - NAMED} more"


def _begun(sentence: str) -> str:
    """Return *sentence*, in which only a host's name may begin in lower case."""
    is_ours = sentence.startswith((_said(OTHERS), _said("")))
    return sentence[0].upper() + sentence[1:] if is_ours else sentence


def _said(place: str) -> str:
    return {"": "the gateway", OTHERS: "other hosts"}.get(place, place)


def _of_vendor(host: str, traffic: Traffic) -> Problem:
    failed, asked = traffic.vendor_errors.last_minute, traffic.requests.last_minute
    return Problem(
        remedies.VENDOR_ERRORS.gravity,
        f"{remedies.VENDOR_ERRORS.what.format(place=_said(host))} (5xx): "
        f"{failed} of {asked} requests in the last minute",
        remedies.VENDOR_ERRORS.how,
        place=host,
        last_minute=failed,
        last_hour=traffic.vendor_errors.last_hour,
    )


def _slow(facts: Facts) -> Iterator[Problem]:
    for host, vendor in facts.figures.vendors:
        steps = (
            ("DNS", vendor.dns, DNS_S, "See the name servers in upstream.nameservers."),
            ("TCP", vendor.tcp, TCP_S, "The way there is bad: lost packets, or a slow firewall."),
            ("TLS", vendor.tls, TLS_S, "The way there is bad, or a firewall inspects TLS."),
        )
        for name, took, most_s, how in steps:
            if (p95_s := _p95_s(took)) >= most_s:
                yield Problem(
                    "warning",
                    f"{_said(host)}: {name} is slow, one in twenty takes {p95_s:.1f} s or more",
                    how,
                    place=host,
                )


def _p95_s(took: Durations) -> float:
    return 0.0 if took.number < SOME else took.quantile(0.95) or 0.0
