"""What sigproxy, with one worker and every feature on, is measured against."""

from dataclasses import dataclass

from benchmarks import storm
from benchmarks.figures import (
    CPU_US,
    GET_P99_MS,
    GROWTH,
    KIB,
    P50_MS,
    RATE,
    REFUSED,
    ROUND_TRIPS,
    UP_S,
    Results,
    Spread,
    ratio,
    spread,
)
from benchmarks.proxies import EXPRESS, SAMPLE, SHARED, SIGPROXY, TUNED


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on sigproxy's figure, in *reference*'s if one is named."""

    scenario: str
    metric: str
    reference: str | None
    bound: float
    is_least: bool = False

    def found(self, results: Results) -> Spread | None:
        if self.reference is None:
            return spread(results, self.scenario, self.metric, SIGPROXY)
        return ratio(results, self.scenario, self.metric, SIGPROXY, self.reference)

    def is_met(self, found: Spread) -> bool:
        return found.middle >= self.bound if self.is_least else found.middle <= self.bound


GOALS = (
    Goal("small", RATE, SAMPLE, 6.0, is_least=True),
    Goal("small", RATE, EXPRESS, 3.0, is_least=True),
    Goal("small", RATE, TUNED, 0.35, is_least=True),
    Goal("small", CPU_US, SHARED, 1.1),
    Goal("preflight", RATE, TUNED, 0.35, is_least=True),
    Goal("ws-128", CPU_US, TUNED, 1.3),
    Goal("ws-16k", CPU_US, TUNED, 1.0),
    Goal("ws-new", RATE, SAMPLE, 1.0, is_least=True),
    Goal("ws-alone", P50_MS, SAMPLE, 1.0),
    Goal("storm", RATE, SAMPLE, 1.0, is_least=True),
    Goal("storm", UP_S, None, storm.OPEN_S),
    Goal("storm", REFUSED, None, 0),
    Goal("storm", GET_P99_MS, None, 250),
    Goal("idle-1000", KIB, TUNED, 1.1),
    Goal("idle-10000", KIB, TUNED, 1.1),
    Goal("far", ROUND_TRIPS, None, 1.15),
    # TCP's handshake with the upstream, TLS's, and the request: nobody else's connection is used.
    Goal("far-new", ROUND_TRIPS, None, 3.3),
    Goal("endurance", GROWTH, None, 1.05),
)
