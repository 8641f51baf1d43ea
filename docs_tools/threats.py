"""The table of threats, from ``tests/threats``: the model and the tests named after it."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.threats.model import THREATS

_TEST = re.compile(r"^(?:async )?def (test_(\d\d)_\w+)", re.MULTILINE)


def table(folder: Path) -> str:
    lines = [
        "| | threat | what an attacker does | what the gateway does | guarded by |",
        "|--:|---|---|---|---|",
    ]
    guards: dict[int, list[str]] = {}
    for number, test in tests(folder):
        guards.setdefault(number, []).append(test)
    for number, threat in THREATS.items():
        shown = "<br>".join(f"`{test}`" for test in guards[number])
        name = threat.name.replace("_", " ")
        lines.append(f"| {number} | {name} | {threat.attack} | {threat.answer} | {shown} |")
    return "\n".join(lines)


def tests(folder: Path) -> Iterator[tuple[int, str]]:
    """Yield each test with the number of its threat, as ``file::name``."""
    for path in sorted(folder.glob("test_*.py")):
        for name, number in _TEST.findall(path.read_text()):
            yield int(number), f"{path.name}::{name}"
