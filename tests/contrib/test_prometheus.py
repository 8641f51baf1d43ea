"""The rules and the dashboard: each expression parses, and names what a live gateway has."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.contrib import promql
from tests.contrib.conftest import Make
from tests.contrib.programs import found, ran
from tests.gateway.turn import turn_beside
from tests.lab.pki import Pki
from tests.ports import free_port
from tests.service.admin import asked

CONTRIB = Path(__file__).parents[2] / "contrib"
RULES = CONTRIB / "prometheus" / "rules.yml"
TESTS = CONTRIB / "prometheus" / "tests.yml"
DASHBOARD = CONTRIB / "grafana" / "sigproxy.json"

OF_PROMETHEUS = {"instance", "job"}  # labels that it adds, and `up`
TRACING = {"tracing": {"endpoint": f"http://127.0.0.1:{free_port()}"}}
VARIABLES = {"$__rate_interval": "5m", "$instance": ".*", "$route": ".*"}

Series = dict[str, list[dict[str, str]]]  # the labels of each sample, by the sample's name


def of_the_rules() -> list[str]:
    text = RULES.read_text()
    blocks = re.findall(r"^ +expr: (?:\|\n((?: {10,}.*\n)+)|(.*)\n)", text, re.MULTILINE)
    return [block or line for block, line in blocks]


def of_the_dashboard() -> Iterator[str]:
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    yield from (each["expr"] for each in dashboard["annotations"]["list"])


def alerts() -> list[str]:
    return re.findall(r"- alert: (\w+)", RULES.read_text())


@pytest.fixture
async def series(service: Make, pki: Pki, tmp_path: Path) -> Series:
    """Return what a gateway shows to Prometheus that has a certificate, [turn] and [tracing]."""
    pytest.importorskip("opentelemetry.sdk", reason='pip install "sigproxy[otel]"')
    server = {"certificate": str(pki.certificate), "private_key": str(pki.private_key)}
    turn = turn_beside(tmp_path) | {"relay": f"127.0.0.1:{free_port()}"}
    port = free_port()
    running = service(server=server, admin={"bind": f"127.0.0.1:{port}"}, turn=turn, **TRACING)
    await running.start()
    text = (await asked(port, b"/-/metrics")).body.decode()
    found: Series = {"up": [{}]}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


async def test_each_expression_names_what_a_live_gateway_has(series: Series) -> None:
    expressions = [*of_the_rules(), *of_the_dashboard()]
    assert len(of_the_rules()) == len(alerts()) > 15
    assert len(expressions) > 50
    for expression in expressions:
        named = promql.metrics(expression)
        assert named, expression
        assert named <= set(series), expression
        labels = {label for name in named for each in series[name] for label in each}
        assert promql.grouped(expression) <= labels | OF_PROMETHEUS, expression
        for matcher in promql.matchers(expression):
            assert not missing(matcher, series), f"{matcher}: {expression}"


def missing(matcher: promql.Matcher, series: Series) -> list[str]:
    """Return what *matcher* asks for that no series has; a slip of the pen would match nothing."""
    if matcher.label in OF_PROMETHEUS or matcher.value in VARIABLES:
        return []
    known = {each.get(matcher.label, "") for each in series[matcher.metric]}
    is_pattern = matcher.operator in ("=~", "!~")
    parts = matcher.value.split("|") if is_pattern else [re.escape(matcher.value)]
    return [part for part in parts if not any(re.fullmatch(part, value) for value in known)]


@pytest.mark.parametrize("alert", alerts())
def test_each_alert_fires_in_a_test_and_is_documented(alert: str) -> None:
    assert f'alertname="{alert}"' in TESTS.read_text()
    assert f"`{alert}`" in (CONTRIB.parent / "docs" / "monitoring.md").read_text()


def test_the_rules_do_what_their_tests_say() -> None:
    promtool = found("promtool", "prometheus")
    ran([promtool, "check", "rules", str(RULES)])
    ran([promtool, "test", "rules", str(TESTS)])


def test_each_expression_of_the_dashboard_parses(tmp_path: Path) -> None:
    promtool = found("promtool", "prometheus")
    rules = []
    for number, text in enumerate(of_the_dashboard()):
        expression = text
        for name, value in VARIABLES.items():
            expression = expression.replace(name, value)
        rules.append({"record": f"panel:{number}", "expr": expression})
    file = tmp_path / "dashboard.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert f"{len(rules)} rules found" in ran([promtool, "check", "rules", str(file)])


def test_a_slip_of_the_pen_in_an_expression_is_found(tmp_path: Path) -> None:
    promtool = found("promtool", "prometheus")
    file = tmp_path / "wrong.yml"
    rule = {"record": "a", "expr": "sum by (route (rate(sigproxy_exchanges_total[5m]))"}
    file.write_text(json.dumps({"groups": [{"name": "wrong", "rules": [rule]}]}))
    with pytest.raises(AssertionError, match="parse error"):
        ran([promtool, "check", "rules", str(file)])


async def test_promtool_has_no_complaint_about_the_exposition(service: Make) -> None:
    promtool = found("promtool", "prometheus")
    port = free_port()
    running = service(admin={"bind": f"127.0.0.1:{port}"})
    await running.start()
    text = (await asked(port, b"/-/metrics")).body.decode()
    assert ran([promtool, "check", "metrics"], text) == ""


def test_the_dashboard_is_whole() -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [panel["gridPos"] for panel in panels]
    cells = [
        (x, y)
        for each in places
        for x in range(each["x"], each["x"] + each["w"])
        for y in range(each["y"], each["y"] + each["h"])
    ]
    assert len(set(cells)) == len(cells)  # none covers another
    assert max(x for x, _ in cells) < 24
    for panel in panels:
        ids = [target["refId"] for target in panel.get("targets", ())]
        assert ids == sorted(set(ids))
        assert panel["type"] == "row" or (panel["description"] and ids)
