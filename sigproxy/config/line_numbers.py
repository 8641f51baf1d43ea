"""In which line of a TOML file each setting begins.

tomllib tells no positions. But a statement ends where the text up to there is TOML again, and what
the document then has more than before is what that statement sets, however it is written: below a
header, with dots, in an inline table, over several lines.
"""

import tomllib
from collections.abc import Iterator
from typing import Any

from sigproxy.config.problem import Loc


def line_numbers(text: str) -> dict[Loc, int]:
    """Return the line, from 1, of each table and setting in *text*, which is TOML."""
    found: dict[Loc, int] = {}
    rows = text.splitlines(keepends=True)
    began = 0  # the line where the statement began that is being read; 0: none is
    for number, row in enumerate(rows, 1):
        begins = row.strip()
        if not began and (not begins or begins.startswith("#")):
            continue
        began = began or number
        try:
            document = tomllib.loads("".join(rows[:number]))
        except ValueError:  # it goes on in the next line
            continue
        for loc in _locs(document):
            found.setdefault(loc, began)
        began = 0
    return found


def _locs(document: dict[str, Any]) -> Iterator[Loc]:
    for table, content in document.items():
        yield (table,)
        if isinstance(content, dict):
            yield from ((table, key) for key in content)
        elif isinstance(content, list):
            for index, each in enumerate(content):
                yield from ((table, index, key) for key in each if isinstance(each, dict))
