"""The JSON Schema of the list of rules for firewalls."""

import json

from pydantic import TypeAdapter

from sigproxy.tools.firewall_formats.json import Document


def schema() -> str:
    """Return the JSON Schema of `sigproxy firewall --json`."""
    made = TypeAdapter(Document).json_schema()
    title = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(title | made, indent=2) + "\n"
