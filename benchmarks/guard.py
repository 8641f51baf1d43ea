"""Has a unit of work become more expensive than what was recorded?

A ratio to NGINX's CPU time in the same round is compared, not the time itself: that depends on the
machine. The ratio does too: one commit's new WebSocket has cost 2.7 and 3.6 times NGINX's on two
machines of a kind, and on a busy one 2.3 were recorded. So the record has several runs, and the
dearest of them is what half as much again is added to.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.figures import CPU_US, Results, ratio
from benchmarks.proxies import SIGPROXY, TUNED

TOLERATED = 1.5

Ratios = Mapping[str, float]  # by scenario, of one run


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


def ratios(measured: Results) -> dict[str, float]:
    """Return each scenario's median ratio, as it is recorded."""
    found = {name: ratio(measured, name, CPU_US, SIGPROXY, TUNED) for name in measured}
    return {name: round(spread.middle, 2) for name, spread in found.items() if spread}


def verdicts(planned: Iterable[str], now: Ratios, runs: Sequence[Ratios]) -> Iterator[Verdict]:
    """Compare each scenario of *planned* that a recorded run has."""
    for scenario in planned:
        if then := [run[scenario] for run in runs if scenario in run]:
            yield Verdict(scenario, max(then), now.get(scenario))


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
