"""The table of threats, from ``tests/threats``: the model and the tests named after it."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.threats.model import THREATS

_SPELLED = {
    "cors": "CORS",
    "dns": "DNS",
    "ipv4": "IPv4",
    "ipv6": "IPv6",
    "ssrf": "SSRF",
    "tls": "TLS",
    "websocket": "WebSocket",
}
_TEST = re.compile(r"^(?:async )?def (test_(\d\d)_\w+)", re.MULTILINE)


def table(folder: Path) -> str:
    lines = [
        "| | threat | what an attacker does | what the gateway does | guarded by |",
        "|--:|---|---|---|---|",
    ]
    guards: dict[int, dict[str, list[str]]] = {}
    for number, file, test in tests(folder):
        guards.setdefault(number, {}).setdefault(file, []).append(test)
    for number, threat in THREATS.items():
        shown = "<br>".join(
            _breakable(name) for file, names in guards[number].items() for name in (file, *names)
        )
        name = " ".join(_SPELLED.get(word, word) for word in threat.name.split("_"))
        lines.append(f"| {number} | {name} | {threat.attack} | {threat.answer} | {shown} |")
    return "\n".join(lines)


def _breakable(name: str) -> str:
    """Return *name* as code that a narrow column may break."""
    return f"<code>{name.replace('_', '_<wbr>')}</code>"


def tests(folder: Path) -> Iterator[tuple[int, str, str]]:
    """Yield each test with the number of its threat and its file."""
    for path in sorted(folder.glob("test_*.py")):
        for name, number in _TEST.findall(path.read_text()):
            yield int(number), path.name, name
