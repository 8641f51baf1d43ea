"""Exchanges, reports and figures as tests need them."""

import itertools
import os
from typing import Any

from sigproxy.exchange import Exchange
from sigproxy.semantics.authority import Authority
from sigproxy.telemetry.status.collector import Collector
from sigproxy.telemetry.status.facts import Facts
from sigproxy.telemetry.status.files import Master
from sigproxy.telemetry.status.merge import sum_of
from sigproxy.telemetry.status.report import Figures, Report
from sigproxy.telemetry.status.series import slot_at

NOW_S = 999_900.0  # of the monotonic clock: a slot, a minute and a window begin there
NOW = 1_800_000_000.0
VENDOR = "api.vendor.example"
MINUTE_S, HOUR_S = 60, 3600

_numbers = itertools.count()


def exchange(host: str | None = VENDOR, **known: Any) -> Exchange:
    """Return one that has ended, on the route "/" to a vendor that answered 200."""
    made = Exchange(f"0-{next(_numbers):x}", NOW, NOW_S, "192.0.2.7")
    made.route, made.ended_s = "/", 0.05
    if host is not None:
        made.upstream = Authority.parse(host.encode())
        made.status = made.upstream_status = 200
    for name, value in known.items():
        setattr(made, name, value)
    return made


def failed(error: str, host: str | None = VENDOR, **known: Any) -> Exchange:
    return exchange(host, error=error, upstream_status=None, **known)


def counted(*exchanges: Exchange, at_s: float = NOW_S) -> Figures:
    """Return what a worker tells that has seen *exchanges* at that time."""
    collector = Collector(at_s)
    for each in exchanges:
        collector.ended(each)
    return collector.figures()


def report(figures: Figures | None = None, **known: Any) -> Report:
    """Return what a healthy worker tells."""
    usual: dict[str, Any] = {
        "pid": os.getpid(),
        "at_s": NOW_S,
        "started_at": NOW - HOUR_S,
        "wanted": 1,
        "connections": 0,
        "most_connections": 1000,
        "in_flight": 0,
        "is_leaving": False,
        "is_noticed": False,
        "lag_s": 0.001,
        "near": (),
        "certificate": None,
        "figures": figures if figures is not None else Collector(NOW_S).figures(),
    }
    return Report(**(usual | known))


def facts(
    *reports: Report,
    master: Master | None = None,
    now_s: float = NOW_S,
    ended: Figures | None = None,
) -> Facts:
    figures = [each.figures for each in reports] + ([ended] if ended else [])
    return Facts(sum_of(figures, slot_at(now_s)), reports, master, now_s, NOW)
