"""What the clients have done and what has happened to them."""

import asyncio
from collections import Counter
from dataclasses import asdict, dataclass, field
from time import monotonic
from typing import Any, Protocol

from soak.account import Failure, Kind


class Guest(Protocol):
    def leave(self) -> None:
        """Say goodbye, as the protocol has it."""


@dataclass(slots=True)
class Session:
    """One WebSocket's messages; the upstream has the other half of the account.

    Times are of the machine's monotonic clock, 0: it did not come so far. *end* is the kind of
    failure that ended it, empty: its caller left.
    """

    sent: int = 0
    acknowledged: int = 0
    opened_s: float = 0.0
    ended_s: float = 0.0
    end: str = ""


@dataclass(slots=True, eq=False)
class Ledger:
    """Written by callers and pages, read by the conductor."""

    sessions: dict[str, Session] = field(default_factory=dict)
    guests: set[Guest] = field(default_factory=set)
    requests: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    round_trips_s: list[float] = field(default_factory=list)
    acknowledged: int = 0
    leaving: asyncio.Event = field(default_factory=asyncio.Event)

    def fail(
        self, kind: Kind, name: str, what: str, detail: str, connected_s: float, begun_s: float
    ) -> None:
        failure = Failure(kind, name, what, detail, connected_s, begun_s, monotonic())
        self.failures.append(failure)

    def figures(self) -> dict[str, Any]:
        """Return the counts as they are, and the failures since the last time."""
        failures, self.failures = self.failures, []
        return {
            "open": len(self.guests),
            "opened": len(self.sessions),
            "acknowledged": self.acknowledged,
            "requests": dict(self.requests),
            "failures": [asdict(each) for each in failures],
        }

    async def rest(self, seconds: float) -> bool:
        """Return False as soon as it is time to leave, True after *seconds*."""
        try:
            async with asyncio.timeout(seconds):
                await self.leaving.wait()
        except TimeoutError:
            return True
        return False
