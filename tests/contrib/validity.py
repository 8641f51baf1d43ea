"""JSON schemas of others: of Kubernetes, an old and a new one, and of the Compose specification."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

KUBERNETES = ("1.25", "1.37")
_FOLDER = Path(__file__).with_name("schemas")


def of_kubernetes(version: str, thing: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with *thing* by the schema of its kind, each with its place."""
    document = _read(f"kubernetes-{version}")
    kind = document["properties"][thing["kind"]]
    return _errors(kind | {"$defs": document["$defs"]}, thing)


def of_compose(thing: Mapping[str, Any]) -> list[str]:
    return _errors(_read("compose"), thing)


def _errors(schema: Mapping[str, Any], thing: Mapping[str, Any]) -> list[str]:
    # With its extras it takes a second to import, in each process that collects the tests.
    from jsonschema import Draft7Validator

    found = Draft7Validator(schema).iter_errors(thing)
    return [f"{'.'.join(map(str, each.absolute_path))}: {each.message}" for each in found]


@cache
def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text())
    return content
