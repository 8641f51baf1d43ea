"""Which fault explains a failure, and whether what arrived is what was sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from soak.plan import Action

# Until a client has seen that it was cut: a thousand of them share one event loop.
SEEN_S = 5.0
# Until the gateway has seen a reset: before that, it may send on a connection that is gone.
LAG_S = 1.0
# After HUP the old workers still accept, until the new ones have been started.
HANDOVER_S = 5.0
WEBSOCKET = "WebSocket"


class Kind(StrEnum):
    CUT = "cut"  # the connection ended in the middle of something
    STALE = "stale"  # a kept connection turned out to be closed before it was used again
    GOODBYE = "goodbye"  # Close 1012
    TERMINATED = "terminated"  # the gateway's 502 connection_terminated
    WRONG = "wrong"  # anything else; no fault explains it


@dataclass(frozen=True, slots=True)
class Failure:
    """Times are seconds of the machine's monotonic clock, which all processes share."""

    kind: Kind
    name: str  # of the session or request, which the upstream knows as well
    what: str
    detail: str
    connected_s: float  # when its connection began to be opened
    begun_s: float
    at_s: float

    @property
    def is_websocket(self) -> bool:
        return self.what == WEBSOCKET


@dataclass(frozen=True, slots=True)
class Fault:
    action: Action
    begun_s: float
    ended_s: float
    detail: str = ""
    names: frozenset[str] = frozenset()  # of sessions and requests whose connection was reset


@dataclass(frozen=True, slots=True)
class Sent:
    """What one session's client knows."""

    sent: int
    acknowledged: int


def explanation(failure: Failure, faults: Iterable[Fault], drain_s: float) -> Fault | None:
    """Return the fault that explains *failure*; None if there is none."""
    return next((fault for fault in faults if _explains(fault, failure, drain_s)), None)


def _explains(fault: Fault, failure: Failure, drain_s: float) -> bool:
    after_s = failure.at_s - fault.begun_s
    if after_s < 0:
        return False
    match fault.action:
        case Action.KILL:
            # A connection that was begun after the kill was accepted by a worker that lives.
            is_of_then = failure.connected_s <= fault.ended_s and after_s <= SEEN_S
            return is_of_then and failure.kind in (Kind.CUT, Kind.STALE)
        case Action.RELOAD:
            is_of_then = failure.connected_s <= fault.ended_s + HANDOVER_S
            is_in_time = after_s <= HANDOVER_S + drain_s
            return is_of_then and is_in_time and failure.kind in (Kind.GOODBYE, Kind.STALE)
        case Action.RESET:
            if failure.kind not in (Kind.CUT, Kind.TERMINATED):
                return False
            is_late = failure.begun_s > fault.ended_s + LAG_S or after_s > SEEN_S + LAG_S
            # The upstream never saw what was sent on a connection that had just been reset.
            is_unseen = failure.kind is Kind.TERMINATED and not is_late
            return failure.name in fault.names or is_unseen


def reconcile(sessions: Mapping[str, Sent], received: Sequence[tuple[str, int]]) -> list[str]:
    """Return what does not agree between what callers sent and what the upstream received.

    The upstream saw that each session's messages were 1, 2, 3, ... and whole; here its last is
    compared with what the client knows. A handshake may have come twice, messages may not.
    """
    counts: dict[str, int] = {}
    found = []
    for name, count in received:
        if name not in sessions:
            found.append(f"session {name}: the upstream has it, no client does")
        if count and counts.get(name):
            found.append(f"session {name}: the upstream received messages over two connections")
        counts[name] = counts.get(name, 0) + count
    for name, client in sessions.items():
        count = counts.get(name, 0)
        if client.acknowledged > count:
            found.append(f"session {name}: {client.acknowledged} acknowledged, {count} received")
        if count > client.sent:
            found.append(f"session {name}: {count} received, {client.sent} sent")
    return found
