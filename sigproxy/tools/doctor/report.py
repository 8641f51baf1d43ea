"""All findings as one document; ``docs/reference/doctor.schema.json`` is its schema."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

from sigproxy.tools.doctor.finding import Finding, Level

SCHEMA = 1  # a later one may have more members, and never fewer

End = Literal["gateway", "client"]


@dataclass(frozen=True, slots=True)
class Report:
    """*of*: the configuration's path or the gateway's URL, without its key; *began*: RFC 3339."""

    schema: int
    version: str
    end: End
    of: str
    began: str
    took_s: float
    verdict: Level
    findings: tuple[Finding, ...]


def as_json(report: Report) -> str:
    return json.dumps(asdict(report), indent=2, ensure_ascii=False)
