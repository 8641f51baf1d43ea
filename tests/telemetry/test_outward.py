"""Totals that others count, taken over into metrics."""

from prometheus_client import CollectorRegistry

from sigproxy.telemetry.outward import Outward, OutwardMetrics


def test_totals_are_taken_over_as_they_grow() -> None:
    registry = CollectorRegistry()
    metrics = OutwardMetrics(registry)

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"sigproxy_{name}", labels)

    lookups = {"answered": 3, "failed": 0}
    metrics.hand_over(Outward(idle=4, lookups=lookups, redis_failures=1))
    assert value("dns_lookups_total", result="failed") == 0  # before the first one fails
    lookups["failed"] += 2
    metrics.hand_over(Outward(idle=2, lookups=lookups, redis_failures=1))
    metrics.hand_over(Outward(idle=2, lookups=lookups, redis_failures=4))

    assert value("upstream_connections_idle") == 2
    assert value("dns_lookups_total", result="answered") == 3
    assert value("dns_lookups_total", result="failed") == 2
    assert value("redis_failures_total") == 4


def test_each_total_has_its_metric() -> None:
    registry = CollectorRegistry()
    OutwardMetrics(registry).hand_over(
        Outward(
            connections={"new": 1, "reused": 9},
            unanswered={"192.0.2.53:53": 2},
            lost_lines={"access": 3, "error": 0},
        )
    )
    samples = {
        (each.name, *each.labels.values()): each.value
        for metric in registry.collect()
        for each in metric.samples
        if each.name.endswith("_total") and each.labels
    }
    assert samples == {
        ("sigproxy_upstream_connections_total", "new"): 1,
        ("sigproxy_upstream_connections_total", "reused"): 9,
        ("sigproxy_dns_server_failures_total", "192.0.2.53:53"): 2,
        ("sigproxy_log_lines_lost_total", "access"): 3,
        ("sigproxy_log_lines_lost_total", "error"): 0,
    }
