"""What doctor tells, kept for a test."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sigproxy.config import Settings
from sigproxy.tools.doctor import gateway
from sigproxy.tools.doctor.finding import Finding
from sigproxy.tools.doctor.gateway import Case


def no_progress(ended: int, waiting: tuple[str, ...]) -> None: ...


async def at_gateway(document: dict[str, Any], config: Path | None = None) -> list[Finding]:
    """Return the findings at a gateway with this configuration."""
    found: list[Finding] = []
    case = Case(Settings.model_validate(document), config)
    await gateway.examine(case, found.append, no_progress)
    return found


def tokens(findings: Iterable[Finding]) -> dict[str, str]:
    """Return each finding's token, by its name; of several the worst would hide the others."""
    found: dict[str, str] = {}
    for each in findings:
        assert each.name not in found, f"{each.name} has several findings"
        found[each.name] = each.token
    return found


def only(findings: Iterable[Finding], name: str) -> Finding:
    [found] = [each for each in findings if each.name == name]
    return found
