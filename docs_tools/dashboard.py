"""The dashboard for Grafana, contrib/grafana/sigproxy.json, from the panels in dashboard.toml.

Grafana's own format repeats a page of options for every panel.
"""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PANELS = Path(__file__).with_suffix(".toml")
WIDE = 24  # columns of Grafana's grid
STATS, GRAPHS = (WIDE // 6, 4), (WIDE // 2, 8)  # width and height
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_OURS = 'instance=~"$instance"'
_STANDS_FOR = {
    "OURS": _OURS,
    "ROUTES": f'{_OURS}, route=~"$route"',
    "PROCESS": f'job="sigproxy", {_OURS}',
}
_OPTIONS = {"title", "about", "unit", "stacked", "yellow", "red", "expr"}

Panel = dict[str, Any]


def page() -> str:
    return json.dumps(dashboard(), indent=1) + "\n"


def dashboard() -> dict[str, Any]:
    return {
        "title": "sigproxy",
        "uid": "sigproxy",
        "description": "Traffic, errors and times of sigproxy; see docs/monitoring.md",
        "tags": ["sigproxy"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [*_variables()]},
        "annotations": {"list": [_starts()]},
        "panels": [*_panels()],
    }


def _variables() -> Iterator[Panel]:
    yield {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
    for name, metric in (("instance", "sigproxy_workers"), ("route", "sigproxy_exchanges_total")):
        values = f"label_values({metric}, {name})"
        yield {
            "name": name,
            "label": name.capitalize(),
            "type": "query",
            "datasource": _SOURCE,
            "query": {"query": values, "refId": name},
            "definition": values,
            "includeAll": True,
            "multi": True,
            "allValue": ".*",
            "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
            "refresh": 2,
            "sort": 1,
        }


def _starts() -> Panel:
    return {
        "name": "Starts",
        "datasource": _SOURCE,
        "enable": True,
        "expr": _whole("changes(process_start_time_seconds{PROCESS}[1m]) > 0"),
        "titleFormat": "{{instance}} was started",
        "iconColor": "blue",
    }


def _panels() -> Iterator[Panel]:
    top, number = 0, 0
    for row in tomllib.loads(PANELS.read_text())["row"]:
        number += 1
        yield {
            "id": number,
            "type": "row",
            "title": row["title"],
            "collapsed": False,
            "panels": [],
            "gridPos": {"h": 1, "w": WIDE, "x": 0, "y": top},
        }
        top += 1
        for kind, (width, height) in (("stat", STATS), ("graph", GRAPHS)):
            panels, across = row.get(kind, []), WIDE // width
            for place, panel in enumerate(panels):
                number += 1
                down, right = divmod(place, across)
                position = {"h": height, "w": width, "x": right * width, "y": top + down * height}
                made = _stat(panel) if kind == "stat" else _graph(panel)
                yield {"id": number, "gridPos": position} | made
            top += -(-len(panels) // across) * height


def _stat(panel: Panel) -> Panel:
    thresholds = {"mode": "absolute", "steps": _steps(panel)}
    defaults = {"color": {"mode": "thresholds"}, "thresholds": thresholds}
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "value",
        "graphMode": "none",
        "textMode": "value",
    }
    return _shared(panel, "stat", defaults, options)


def _steps(panel: Panel) -> list[Panel]:
    """Return colours with the value from which each holds; the first one holds below all."""
    if "red" not in panel:
        return [{"color": "text", "value": None}]
    colours, values = ["green", "yellow", "red"], [panel["yellow"], panel["red"]]
    if panel["red"] < panel["yellow"]:
        colours, values = colours[::-1], values[::-1]
    return [
        {"color": colour, "value": value}
        for colour, value in zip(colours, [None, *values], strict=True)
    ]


def _graph(panel: Panel) -> Panel:
    custom: Panel = {"lineWidth": 1, "fillOpacity": 10, "showPoints": "never"}
    if panel.get("stacked"):
        custom |= {"stacking": {"mode": "normal", "group": "A"}, "fillOpacity": 40}
    options = {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return _shared(panel, "timeseries", {"min": 0, "custom": custom}, options)


def _shared(panel: Panel, kind: str, defaults: Panel, options: Panel) -> Panel:
    is_stat = kind == "stat"
    queries = {"": panel["expr"]} if is_stat else _queries(panel)
    return {
        "type": kind,
        "title": panel["title"],
        "description": panel["about"],
        "datasource": _SOURCE,
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "datasource": _SOURCE,
                "expr": _whole(expression),
                "legendFormat": legend or "__auto",
                "range": not is_stat,
                "instant": is_stat,
            }
            for place, (legend, expression) in enumerate(queries.items())
        ],
        "fieldConfig": {"defaults": {"unit": panel["unit"]} | defaults, "overrides": []},
        "options": options,
    }


def _queries(panel: Panel) -> dict[str, str]:
    return {legend: text for legend, text in panel.items() if legend not in _OPTIONS}


def _whole(expression: str) -> str:
    for word, matchers in _STANDS_FOR.items():
        expression = expression.replace(f"{{{word}", f"{{{matchers}")
    return " ".join(expression.split())
