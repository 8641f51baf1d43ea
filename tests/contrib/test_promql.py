"""What the checks of dashboard and rules find in an expression, also where it is wrong."""

from tests.contrib import promql

SHARE = (
    'sum by (instance, route) (rate(a_total{code=~"502|504", error!=""}[$__rate_interval]))'
    ' / on (instance) group_left sum(rate(b_total{instance=~"$instance"}[5m])) > 0.05 or vector(0)'
)


def test_the_metrics_of_an_expression() -> None:
    assert promql.metrics(SHARE) == {"a_total", "b_total"}
    assert promql.metrics('changes(start{job="x"}[1m]) > 0 and time() - since > 1e3') == {
        *("start", "since"),
    }


def test_a_slip_of_the_pen_is_a_name_too() -> None:
    assert promql.metrics("histogram_quantil(0.9, sum(rate(a_bucket[5m])))") == {
        *("histogram_quantil", "a_bucket"),
    }


def test_labels() -> None:
    assert promql.grouped(SHARE) == {"instance", "route"}
    assert [*promql.matchers(SHARE)] == [
        ("a_total", "code", "=~", "502|504"),
        ("a_total", "error", "!=", ""),
        ("b_total", "instance", "=~", "$instance"),
    ]
