"""The list of decisions, from the heads of the pages in docs/adr."""

import re
from pathlib import Path
from typing import NamedTuple

INTRODUCTION = """\
# Decisions

Why the gateway is as it is. Each page says what was decided, what spoke against it and what it
costs. A decision is never deleted: a later one supersedes it, and both say so.

| | decision | status | date |
|--:|---|---|---|
"""
STATUSES = ("accepted", "superseded")
_TITLE = re.compile(r"# (\d+)\. (.+)\Z")
_STATUS = re.compile(r"Status: (\w+), (\d{4}-\d\d-\d\d)(?:; accepted, [\d-]+)?\.(?: |\Z)")


class Decision(NamedTuple):
    number: int
    title: str
    status: str
    date: str
    file: str


def read(path: Path) -> Decision:
    """Return the decision at *path*; raise ValueError if its first lines do not say what it is."""
    title, _, status, *_ = path.read_text().splitlines()
    titled, stated = _TITLE.match(title), _STATUS.match(status)
    if titled is None or stated is None or stated[1] not in STATUSES:
        raise ValueError(
            f"{path.name} should begin with '# N. Title', then 'Status: STATUS, DATE.'"
        )
    return Decision(int(titled[1]), titled[2], stated[1], stated[2], path.name)


def page(folder: Path) -> str:
    every = [read(path) for path in sorted(folder.glob("[0-9]*.md"))]
    rows = [
        f"| {each.number} | [{each.title}]({each.file}) | {each.status} | {each.date} |"
        for each in every
    ]
    return INTRODUCTION + "\n".join(rows) + "\n"
