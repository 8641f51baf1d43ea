"""Doctor's page: the table of its tokens; and the JSON Schema of its document."""

import json
from collections.abc import Iterator

from pydantic import TypeAdapter

from sigproxy.tools.doctor.report import Report
from sigproxy.tools.doctor.tokens import SECTIONS

_WHO = {
    "operator": "the gateway's operator",
    "network": "whoever runs the network",
    "vendor": "the vendor",
    "machine": "this machine's user",
    "nobody": "",
}


def tokens() -> str:
    """Return a table for each section, in Markdown."""
    return "\n".join(_lines()).strip()


def _lines() -> Iterator[str]:
    for title, meanings in SECTIONS.items():
        yield f"### {title}\n"
        yield "| token | what it means | who can mend it |"
        yield "|---|---|---|"
        for token, meaning in meanings.items():
            yield f"| `{token}` | {meaning.what} | {_WHO[meaning.who]} |"
        yield ""


def schema() -> str:
    """Return the JSON Schema of `sigproxy doctor --json`."""
    made = TypeAdapter(Report).json_schema()
    title = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(title | made, indent=2) + "\n"
