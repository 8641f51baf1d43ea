"""Has a unit of work become more expensive than what was recorded?

A ratio to NGINX's CPU time in the same round is compared, not the time itself: that depends on the
machine. Even so it moves with processors and versions of OpenSSL, and half as much again is left
to that.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.figures import CPU_US, Results, ratio
from benchmarks.proxies import SIGPROXY, TUNED

TOLERATED = 1.5


@dataclass(frozen=True, slots=True)
class Verdict:
    scenario: str
    recorded: float
    measured: float | None  # None: it could not be measured, which is worse than dear

    @property
    def is_worse(self) -> bool:
        return self.measured is None or self.measured > self.recorded * TOLERATED

    def __str__(self) -> str:
        if self.measured is None:
            return f"{self.scenario}: not measured, recorded {self.recorded:.2f}"
        change = (self.measured / self.recorded - 1) * 100
        comparison = "more than the tolerated" if self.is_worse else "of the tolerated"
        return (
            f"{self.scenario}: CPU time is {self.measured:.2f} x NGINX's, recorded "
            f"{self.recorded:.2f} ({change:+.0f} %, {comparison} +{(TOLERATED - 1) * 100:.0f} %)"
        )


def verdicts(planned: Iterable[str], measured: Results, recorded: Results) -> Iterator[Verdict]:
    """Compare each scenario of *planned* that was recorded."""
    for scenario in planned:
        now = ratio(measured, scenario, CPU_US, SIGPROXY, TUNED)
        then = ratio(recorded, scenario, CPU_US, SIGPROXY, TUNED)
        if then:
            yield Verdict(scenario, then.middle, now.middle if now else None)


def report(found: Iterable[Verdict]) -> tuple[bool, list[str]]:
    """Return whether all is well, and what to print."""
    compared = list(found)
    lines = [str(verdict) for verdict in compared]
    if not compared:
        return False, ["nothing to compare: docs/performance.json has none of these scenarios"]
    worse = [verdict.scenario for verdict in compared if verdict.is_worse]
    if worse:
        lines.append(
            f"slower than recorded, or broken: {', '.join(worse)}; see docs/performance.md"
        )
    return not worse, lines
