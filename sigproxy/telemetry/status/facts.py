"""All that is known when the document is made."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sigproxy.telemetry.status.files import Master
from sigproxy.telemetry.status.report import Figures, Report


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known. *now_s* is of the monotonic clock, *now* since the epoch."""

    figures: Figures
    reports: tuple[Report, ...]
    master: Master | None
    now_s: float
    now: float

    def age_s(self, report: Report) -> float:
        """Return how long ago *report* was made."""
        return max(0.0, self.now_s - report.at_s)


def moment(at: float) -> str:
    """Return *at*, in seconds since the epoch, as RFC 3339 with milliseconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
