"""The document of /-/status.json, from what all workers have said."""

from functools import reduce
from platform import python_version

from sigproxy import __version__
from sigproxy.remedies import GRAVITIES
from sigproxy.telemetry.status.document import (
    About,
    CertificateView,
    Drain,
    History,
    Now,
    Problem,
    ReloadView,
    Status,
    WorkerView,
)
from sigproxy.telemetry.status.facts import Facts, moment
from sigproxy.telemetry.status.files import Found, Master
from sigproxy.telemetry.status.merge import sum_of
from sigproxy.telemetry.status.own_problems import STALE_S
from sigproxy.telemetry.status.problems import problems, verdict
from sigproxy.telemetry.status.report import Figures, Report, Traffic
from sigproxy.telemetry.status.series import MOST_SLOTS, SLOT_S, Counts, slot_at
from sigproxy.telemetry.status.tables import clients, errors, padded, row, rows, vendors

WHOLE_SLOTS = 2  # of which a rate is, with the current one: no more than a slot jumps


def status(found: Found, now_s: float, now: float, *, shows_clients: bool) -> Status:
    """Return the document; *now_s* is of the monotonic clock, *now* in seconds since the epoch."""
    reports = found.reports
    figures = sum_of([found.ended, *(each.figures for each in reports)], slot_at(now_s))
    facts = Facts(figures, reports, found.master, now_s, now)
    total = reduce(Traffic.plus, (each for _, each in figures.routes), Traffic())
    trouble = problems(facts)
    rates = _Rates(_as_of(facts) - figures.slot * SLOT_S)
    return Status(
        at=moment(now),
        verdict=verdict(trouble),
        headline=_headline(trouble, facts, total, rates),
        problems=trouble,
        now=_now(total, figures.turn, reports, rates),
        history=_history(total, figures, _behind(facts)),
        routes=rows(figures.routes),
        vendors=vendors(figures.vendors),
        turn=row("TURN", figures.turn),
        errors=errors(figures.troubles),
        clients=clients(figures, reports, shows_clients),
        are_clients_shown=shows_clients,
        certificate=_certificate(reports, now),
        reload=_reload(found.master),
        drain=_drain(reports),
        workers=[_worker(each, facts) for each in sorted(reports, key=lambda each: each.pid)],
        about=_about(found.master, reports),
    )


class _Rates:
    """Counts per second; *elapsed_s*: so much of the newest slot is counted.

    It is less than 0 if nothing is, and the end of the one before is missing too.
    """

    def __init__(self, elapsed_s: float) -> None:
        self._of_s = WHOLE_SLOTS * SLOT_S + min(max(elapsed_s, -float(SLOT_S)), float(SLOT_S))

    def per_s(self, counts: Counts) -> float:
        return round(sum(counts.slots[-WHOLE_SLOTS - 1 :]) / self._of_s, 2)


def _as_of(facts: Facts) -> float:
    """Return until when exchanges are counted: reports are up to a second old."""
    fresh = [each.at_s for each in facts.reports if facts.age_s(each) <= STALE_S]
    return sum(fresh) / len(fresh) if fresh else facts.now_s


def _headline(trouble: list[Problem], facts: Facts, total: Traffic, rates: _Rates) -> str:
    counted = {name: sum(each.gravity == name for each in trouble) for name in GRAVITIES}
    faults, warnings = counted["fault"], counted["warning"]
    if faults or warnings:
        some = [_counted(faults, "fault"), _counted(warnings, "warning")]
        return " and ".join(each for each in some if each)
    if any(report.is_noticed for report in facts.reports):
        in_flight = sum(each.in_flight for each in facts.reports)
        return f"Stopping: {_counted(in_flight, 'exchange', 'no')} open"
    workers = _counted(len(facts.reports), "worker")
    sockets = _counted(sum(each.open for _, each in facts.figures.routes), "WebSocket", "no")
    return f"All is well: {workers}, {sockets}, {rates.per_s(total.requests):g} requests/s"


def _counted(number: int, noun: str, none: str = "") -> str:
    if number == 0:
        return f"{none} {noun}s" if none else ""
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


def _now(total: Traffic, turn: Traffic, reports: tuple[Report, ...], rates: _Rates) -> Now:
    return Now(
        requests_per_s=rates.per_s(total.requests),
        received_bytes_per_s=rates.per_s(total.received),
        sent_bytes_per_s=rates.per_s(total.sent),
        websockets=total.open,
        connections=sum(each.connections for each in reports),
        in_flight=sum(each.in_flight for each in reports),
        turn_clients=turn.open,
        turn_received_bytes_per_s=rates.per_s(turn.received),
        turn_sent_bytes_per_s=rates.per_s(turn.sent),
    )


def _behind(facts: Facts) -> int:
    """Return how many of the newest slots a worker that is well has not told of yet: 0 or 1."""
    told = [each.figures.slot for each in facts.reports if facts.age_s(each) <= STALE_S]
    return facts.figures.slot - min(told, default=facts.figures.slot)


def _history(total: Traffic, figures: Figures, behind: int) -> History:
    turn = figures.turn

    def whole(counts: Counts) -> list[int]:
        return padded(counts.slots[: -1 - behind], MOST_SLOTS - 1)

    return History(
        step_s=SLOT_S,
        requests=whole(total.requests),
        errors=whole(total.errors),
        received_bytes=whole(total.received),
        sent_bytes=whole(total.sent),
        websockets=padded(figures.websockets, MOST_SLOTS)[1:],
        turn_clients=padded(figures.turn_clients, MOST_SLOTS)[1:],
        turn_bytes=whole(turn.received.plus(turn.sent)),
    )


def _certificate(reports: tuple[Report, ...], now: float) -> CertificateView | None:
    """Return the certificate that the newest worker serves."""
    newest = max(reports, key=lambda each: each.at_s, default=None)
    if newest is None or newest.certificate is None:
        return None
    found = newest.certificate
    until = found.until
    return CertificateView(
        list(found.names),
        None if until is None else moment(until),
        None if until is None else round((until - now) / 86400, 1),
        found.refusal,
    )


def _reload(master: Master | None) -> ReloadView | None:
    if master is None or master.reload is None:
        return None
    return ReloadView(moment(master.reload.at), master.reload.is_ok, list(master.reload.why))


def _drain(reports: tuple[Report, ...]) -> Drain:
    leaving = [each for each in reports if each.is_leaving]
    return Drain(
        is_stopping=any(each.is_noticed for each in reports),
        workers=len(leaving),
        in_flight=sum(each.in_flight for each in leaving),
    )


def _worker(report: Report, facts: Facts) -> WorkerView:
    said_s_ago = facts.age_s(report)
    state = "draining" if report.is_leaving or report.is_noticed else "serving"
    return WorkerView(
        pid=report.pid,
        state="silent" if said_s_ago > STALE_S else state,  # type: ignore[arg-type]
        age_s=round(facts.now - report.started_at, 1),
        connections=report.connections,
        in_flight=report.in_flight,
        websockets=report.figures.websockets[-1],
        turn_clients=report.figures.turn_clients[-1],
        lag_s=round(report.lag_s, 3),
        said_s_ago=round(said_s_ago, 1),
    )


def _about(master: Master | None, reports: tuple[Report, ...]) -> About:
    wanted = max((each.wanted for each in reports if not each.is_leaving), default=0)
    started_at = None if master is None else moment(master.started_at)
    return About(__version__, python_version(), started_at, wanted)
