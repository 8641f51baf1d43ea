"""What explains a failure, and how long clients were away: pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from soak.account import Failure, Kind

SEEN_S = 5.0  # until a client has seen that it was cut


class Event(StrEnum):
    DRAIN = "a gateway drained and restarted"
    KILL = "a gateway killed, with its coturn"
    RELOAD = "a gateway reloaded"
    POWER = "a gateway's machine without power"
    BALANCER = "the balancer with the address gone"
    STORE = "Redis killed"


# What each may do to WebSockets and requests. A kept connection is STALE that was closed before
# the client's next request on it: browsers send that anew. From a balancer that is gone nobody
# hears: a client learns of it when it sends, and the other one answers with RST.
KINDS: Mapping[Event, frozenset[Kind]] = {
    Event.DRAIN: frozenset({Kind.GOODBYE, Kind.STALE}),
    Event.KILL: frozenset({Kind.CUT, Kind.STALE}),
    Event.RELOAD: frozenset({Kind.GOODBYE, Kind.STALE}),
    Event.POWER: frozenset({Kind.CUT, Kind.STALE}),
    Event.BALANCER: frozenset({Kind.CUT, Kind.STALE}),
    Event.STORE: frozenset(),
}
LATE_S: Mapping[Event, float] = {Event.BALANCER: 25.0}


@dataclass(frozen=True, slots=True)
class Happened:
    """Times are of the monotonic clock; until *ended_s* it may strike somebody."""

    event: Event
    begun_s: float
    ended_s: float


@dataclass(frozen=True, slots=True)
class Absence:
    """One client's, between the end of a connection and the next that worked."""

    kind: str
    gone_s: float
    back_s: float

    @property
    def lasted_s(self) -> float:
        return self.back_s - self.gone_s


def explanation(failure: Failure, happened: Iterable[Happened]) -> Happened | None:
    """Return what explains *failure*; None if nothing does."""
    for each in happened:
        is_then = each.begun_s <= failure.at_s <= each.ended_s + LATE_S.get(each.event, SEEN_S)
        # That a kept connection was closed meanwhile shows in the first request behind it.
        is_of_it = failure.kind == Kind.STALE or failure.begun_s <= each.ended_s
        if is_then and failure.kind in KINDS[each.event] and is_of_it:
            return each
    return None


def absences(sessions: Mapping[str, Mapping[str, Any]]) -> Iterator[Absence]:
    """Yield how long each WebSocket's client was away, each time.

    *sessions* are soak's, "CALLER/NUMBER"; those that did not come to be open lengthen an absence.
    """
    callers: dict[str, list[Mapping[str, Any]]] = {}
    for name, session in sorted(sessions.items(), key=lambda each: int(each[0].partition("/")[2])):
        if session["opened_s"]:
            callers.setdefault(name.partition("/")[0], []).append(session)
    for own in callers.values():
        for last, following in pairwise(own):
            if last["end"]:  # else the client itself has vanished
                yield Absence(last["end"], last["ended_s"], following["opened_s"])
