"""How much, for how long, and when the faults come."""

from dataclasses import dataclass
from enum import StrEnum

OPENED_PER_S = 100.0  # while callers come for the first time
# SDKs wait for some seconds, each another time, before they come back. Twice as many at a time
# were too many for two cores that had other work as well: TLS handshakes took more than 10 s.
BACK_OFF_S = 10.0
QUIET_S = 30.0  # at the end, for the last look at memory under full load


class Action(StrEnum):
    KILL = "kill"
    RELOAD = "reload"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Plan:
    """*messages_per_s* and *requests_per_s* are those of all callers and all pages together."""

    seconds: float = 600.0
    websockets: int = 2000
    messages_per_s: float = 400.0
    requests_per_s: float = 20.0
    kill_every_s: float = 60.0
    reload_every_s: float = 180.0
    reset_every_s: float = 20.0
    most_back_off_s: float = BACK_OFF_S

    @property
    def message_every_s(self) -> float:
        return self.websockets / self.messages_per_s

    @property
    def arrival_s(self) -> float:
        return self.websockets / OPENED_PER_S

    @property
    def back_off_s(self) -> float:
        """For few callers less: they are no crowd that has to be spread out."""
        return min(self.most_back_off_s, max(0.2, self.websockets / OPENED_PER_S / 2))

    @property
    def quiet_s(self) -> float:
        return min(QUIET_S, self.seconds / 5)


def schedule(plan: Plan) -> list[tuple[float, Action]]:
    """Return the faults in their order, with seconds from the begin.

    A reload comes half-way between two kills: what follows can then be told apart.
    """
    first_reload_s = plan.reload_every_s - min(plan.kill_every_s, plan.reload_every_s) / 2
    faults = [
        *_each(Action.KILL, plan.kill_every_s, plan.kill_every_s, plan),
        *_each(Action.RELOAD, first_reload_s, plan.reload_every_s, plan),
        *_each(Action.RESET, plan.reset_every_s / 2, plan.reset_every_s, plan),
    ]
    return sorted(faults)


def _each(action: Action, first_s: float, every_s: float, plan: Plan) -> list[tuple[float, Action]]:
    last_s = plan.seconds - plan.quiet_s
    count = int((last_s - first_s) / every_s) + 1 if first_s <= last_s else 0
    return [(first_s + number * every_s, action) for number in range(count)]
