"""What the documents say about errors, log and commands is what there is."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from sigproxy import errors
from sigproxy.cli import main
from sigproxy.exchange import Exchange
from sigproxy.telemetry.access_log import values
from sigproxy.telemetry.metrics import Metrics

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()

# Of the tree's inner nodes nothing is raised; the rest are faults or states of the gateway.
NOT_IN_THE_TABLE = {"internal_error", "refused", "too_many"}


def classes(base: type[errors.GatewayError]) -> Iterator[type[errors.GatewayError]]:
    yield base
    for each in base.__subclasses__():
        yield from classes(each)


@pytest.mark.parametrize("error", sorted(set(classes(errors.GatewayError)), key=str))
def test_every_error_is_in_the_readme_with_its_status(error: type[errors.GatewayError]) -> None:
    if error.token in NOT_IN_THE_TABLE:
        return
    rows = [line for line in README.splitlines() if f"`{error.token}`" in line]
    assert any(str(error.status) in row.split("|")[1] for row in rows), error.token


def test_every_pair_of_the_log_is_in_the_readme() -> None:
    exchange = Exchange(id="1", started_at=0.0, started_s=0.0, peer="")
    section = README.partition("## The access log")[2].partition("\n## ")[0]
    # route says itself
    missing = [key for key in values("request", exchange) if key not in section]
    assert missing == []


@pytest.mark.parametrize(
    "command", ["serve", "check", "explain", "demo", "presets", "firewall", "snippet"]
)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert command in main.commands
    assert re.search(rf"(sigproxy|make) {command}\b", README)


def test_the_comparison_is_the_measured_one() -> None:
    block = README.partition("<!-- parity -->")[2].partition("<!-- /parity -->")[0]
    measured = (ROOT / "docs" / "parity.md").read_text()
    lines = [line for line in block.splitlines() if line]
    assert any(line.startswith("| **all** |") for line in lines)
    assert [line for line in lines if line not in measured.splitlines()] == []


def metric_rows() -> list[str]:
    """Return the rows of docs/metrics.md's table, from what a worker that has seen all tells."""
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    seen = Exchange("1", 0.0, 0.0, "", ended_s=0.1, error=errors.NoRoute.token)
    for websocket in (False, True):
        metrics.ended(replace(seen, websocket=websocket))
    metrics.began()
    rows = ["| metric | type | labels | what it tells |", "|---|---|---|---|"]
    for metric in registry.collect():
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        labels = dict.fromkeys(label for sample in metric.samples for label in sample.labels)
        shown = ", ".join(f"`{label}`" for label in labels if label != "le")
        rows.append(f"| `{name}` | {metric.type} | {shown} | {metric.documentation} |")
    return rows


def test_the_table_of_metrics_is_what_there_is() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text()
    table = page.partition("<!-- metrics -->\n")[2].partition("<!-- /metrics -->")[0]
    assert table.splitlines() == metric_rows()


def test_queries_name_metrics_that_there_are() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text()
    known = {row.split("`")[1] for row in metric_rows()[2:]}
    named = set(re.findall(r"sigproxy_\w+", page.partition("## At three")[2]))
    assert named
    assert {re.sub(r"_(bucket|count)\Z", "", name) for name in named} <= known


def test_links_lead_somewhere() -> None:
    for page in ROOT.glob("*.md"):
        for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
            assert (ROOT / link).exists(), f"{page.name}: {link}"
