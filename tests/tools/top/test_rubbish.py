"""A stranger's document: of any value a frame is drawn, or it is said to be no document."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import click
import pytest

from sigproxy.tools.top import source as sources
from sigproxy.tools.top.frame import frame
from sigproxy.tools.top.source import Unreachable, parsed
from tests.tools.top.test_frame import troubled

NUMBERS = (10**400, float("inf"), float("nan"), -1)
TEXTS = ("", "\x1b[2J\n\n", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59")
Path = tuple[Any, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, (*path, name))
    elif isinstance(value, list):
        for number, each in enumerate(value[:1]):
            yield from leaves(each, (*path, number))
    else:
        yield path, value


def changed(document: Any, path: Path, value: object) -> bytes:
    made = place = copy.deepcopy(document)
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return json.dumps(made).encode()


@pytest.mark.parametrize("member", sorted(json.loads(sources._DOCUMENT.dump_json(troubled()))))
def test_any_value_of_any_member(member: str) -> None:
    document = json.loads(sources._DOCUMENT.dump_json(troubled()))
    for path, value in leaves(document[member], (member,)):
        for rubbish in NUMBERS if isinstance(value, (int, float)) else TEXTS:
            try:
                lines = frame(parsed(changed(document, path, rubbish)), 120)
            except Unreachable:
                continue
            assert click.unstyle("".join(lines)).isprintable(), path
