"""What one soak has seen."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from soak.account import Fault
from soak.plan import Action, Plan
from soak.samples import Sample

NOTHING = Sample()


@dataclass(slots=True)
class Outcome:
    """Filled by the conductor, then judged and shown."""

    plan: Plan
    begun_s: float  # of the monotonic clock
    faults: list[Fault] = field(default_factory=list)
    explained: Counter[tuple[Action, bool]] = field(default_factory=Counter)  # True: a WebSocket
    unexplained: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    busy: float = 0.0  # the share of the cores' time that was taken
    most_open: int = 0  # WebSockets at a time
    before: Sample = NOTHING  # no client there yet
    after: Sample = NOTHING  # all of them gone again
    figures: dict[str, Any] = field(default_factory=dict)
    load: dict[str, Any] = field(default_factory=dict)
    upstream: dict[str, Any] = field(default_factory=dict)
    late: int = 0  # clients that could not be closed in the end
    said: str = ""  # the service's error log
    logged_faults: int = 0
    exit_code: int | None = None  # the service's; None: it did not end

    def faults_of(self, action: Action) -> list[Fault]:
        return [fault for fault in self.faults if fault.action is action]
