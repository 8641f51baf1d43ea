"""The list of alerts, from contrib/prometheus/rules.yml: name, severity, and what to do."""

import re
from pathlib import Path
from typing import NamedTuple

from docs_tools import marks

# As the file is written: a description is folded, and the last of its alert.
_ALERT = re.compile(
    r"- alert: (?P<name>\w+)\n(?:.*\n)*?"
    r" +severity: (?P<severity>\w+)\n(?:.*\n)*?"
    r" +description: >-\n(?P<description>(?: {12}.+\n)+)"
)


class Alert(NamedTuple):
    name: str
    severity: str
    description: str


def read(path: Path) -> list[Alert]:
    return [
        Alert(found["name"], found["severity"], " ".join(found["description"].split()))
        for found in _ALERT.finditer(path.read_text())
    ]


def page(before: str, rules: Path) -> str:
    rows = ["| alert | severity | what it means, and what to do |", "|---|---|---|"]
    for each in read(rules):
        description = each.description.replace("|", "\\|")
        rows.append(f"| `{each.name}` | {each.severity} | {description} |")
    return marks.write(before, "alerts", "\n".join(rows))
