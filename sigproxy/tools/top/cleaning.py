"""A document without what a terminal would obey: --admin may name a stranger's port."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from sigproxy.telemetry.printable import printable
from sigproxy.telemetry.status.document import Status


def cleaned(status: Status) -> Status:
    """Return *status* with every text within it printable."""
    found: Status = _cleaned(status)
    return found


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_cleaned(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        members = {each.name: _cleaned(getattr(value, each.name)) for each in fields(value)}
        return replace(value, **members)
    return value
