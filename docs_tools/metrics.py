"""The parts of the page of metrics that follow from the code: the table, and what starts at 0."""

import os
import textwrap
from dataclasses import replace

from prometheus_client import CollectorRegistry

from docs_tools import marks
from sigproxy.errors import NoRoute
from sigproxy.exchange import Exchange
from sigproxy.telemetry import labels, last_reload
from sigproxy.telemetry.instruments import DURATIONS_S
from sigproxy.telemetry.metrics import Metrics, Snapshot
from sigproxy.telemetry.outward import Outward
from sigproxy.telemetry.processes import Processes

_ONE = {"one": 1}


def page(before: str) -> str:
    return marks.write(marks.write(before, "metrics", table()), "zeros", zeros())


def table() -> str:
    rows = ["| metric | type | labels | what it tells |", "|---|---|---|---|"]
    of_the_master = last_reload.families(is_ok=True, at=0.0)
    for metric in (*_registry().collect(), *of_the_master):
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        named = dict.fromkeys(label for sample in metric.samples for label in sample.labels)
        shown = ", ".join(f"`{label}`" for label in named if label != "le")
        rows.append(f"| `{name}` | {metric.type} | {shown} | {metric.documentation} |")
    return "\n".join(rows)


def _registry() -> CollectorRegistry:
    """Return what a service tells whose worker has seen all."""
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    seen = Exchange("1", 0.0, 0.0, "", ended_s=0.1, error=NoRoute.token, issued=False)
    for each in (seen, replace(seen, websocket=True), replace(seen, turn="tls")):
        metrics.ended(each)
    metrics.began()
    outward = Outward(connections=_ONE, lookups=_ONE, unanswered=_ONE, lost_lines=_ONE, spans=_ONE)
    metrics.hand_over(Snapshot(outward=outward))
    registry.register(Processes(os.getpid(), (os.getpid(),), 0.0))
    return registry


def zeros() -> str:
    fixed, one = (len([*labels.exchanges(routes)]) for routes in ([], ["/"]))
    of_a_route = one - fixed
    histogram = len(DURATIONS_S) + 3  # +Inf, the count, the sum
    return textwrap.fill(
        f"`sigproxy_exchanges_total` begins with {of_a_route} series for each route, and {fixed} "
        "without one: each error of the gateway that there can be, what ends a response or a "
        f"WebSocket early, and the vendors' usual statuses. With the {histogram} of its histogram, "
        f"a route has {of_a_route + histogram}; ten routes have {10 * (of_a_route + histogram)}. "
        f"From the {labels.MOST_ROUTES + 1}st route on, and for other combinations (a vendor's "
        "418, a 206 that breaks off), a series begins when it is first counted.",
        width=100,
    )
