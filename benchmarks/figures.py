"""Arithmetic on measured figures: percentiles, medians, ratios of rounds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

# Metrics, by their key in the JSON file.
RATE = "rate"  # units per second, while nothing but the proxy (or the load) holds it back
CPU_US = "cpu_us"  # of the proxy, per unit
BUSY = "busy"  # CPU seconds of the proxy per second
P50_MS, P99_MS = "p50_ms", "p99_ms"
ROUND_TRIPS = "p50_round_trips"
KIB = "kib"  # of memory, per idle WebSocket
WEBSOCKETS = "websockets"  # how many were idle
UP_S = "up_s"  # until all WebSockets of a storm are open
REFUSED = "refused"  # of a storm's WebSockets
GET_P99_MS = "get_p99_ms"  # of a bystander's requests during a storm
GROWTH = "growth"  # memory after by memory before

Results = dict[str, dict[str, dict[str, list[float]]]]  # scenario, proxy, metric: one per round


@dataclass(frozen=True, slots=True)
class Spread:
    """The median, and between which figures it lies."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(median(values), min(values), max(values))


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that so many per cent of *values* do not exceed."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def ratio(
    results: Results, scenario: str, metric: str, proxy: str, reference: str
) -> Spread | None:
    """Return *proxy*'s figure in *reference*'s, round by round; None if one was not measured."""
    of_proxy, of_reference = (
        results.get(scenario, {}).get(name, {}).get(metric, []) for name in (proxy, reference)
    )
    rounds = [mine / its for mine, its in zip(of_proxy, of_reference, strict=False) if its > 0]
    return Spread.of(rounds) if rounds else None


def spread(results: Results, scenario: str, metric: str, proxy: str) -> Spread | None:
    values = results.get(scenario, {}).get(proxy, {}).get(metric, [])
    return Spread.of(values) if values else None
