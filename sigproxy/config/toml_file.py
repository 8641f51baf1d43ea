"""Read the TOML file, or say what is wrong with its syntax; no value of it is repeated."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sigproxy.config.masking import shown_source
from sigproxy.config.model import known_keys
from sigproxy.config.problem import Invalid, Problem
from sigproxy.config.text import decoded, read_whole

_POSITION = re.compile(r" \(at (line (\d+), column \d+|end of document)\)\Z")
# Quotations in the parser's messages: names may be secrets; single characters are not matched.
_QUOTED = re.compile(r"\(.*\)|'[^']{3,}'|\"[^\"]{3,}\"")
# The parser's words for a key or a table that comes twice.
_TWICE = ("Cannot overwrite a value", "Cannot declare ")
_HEADER = re.compile(r"[ \t]*(\[\[?)[ \t]*([A-Za-z0-9_-]+)[ \t]*\]")
_KEY = re.compile(r"[ \t]*([A-Za-z0-9_-]+)[ \t]*=")


def read(path: Path | None) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Return the tables of the file at *path*, if any, or none and why it cannot be read."""
    if path is None:
        return {}, ()
    shown = shown_source(path)
    try:
        text = decoded(read_whole(path, stream=True))
    except Invalid as invalid:
        return {}, (Problem(shown, "file", invalid.what, invalid.remedy),)
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
        remedy = "name another file with --config or SIGPROXY_CONFIG"
        if isinstance(error, FileNotFoundError):
            remedy = f"put one there (in a container: mount one), or {remedy}"
        return {}, (Problem(shown, "file", what, remedy),)
    try:
        return tomllib.loads(text), ()
    except RecursionError:
        problem = Problem(shown, "file", "is nested too deeply", "remove the inner brackets")
        return {}, (problem,)
    except ValueError as error:
        return {}, (_not_toml(shown, text, " ".join(str(error).split())),)


def _not_toml(shown: str, text: str, reason: str) -> Problem:
    found = _POSITION.search(reason)
    if reason.startswith(_TWICE):
        last = int(found[2]) if found and found[2] else len(text.splitlines())
        if twice := _twice(text, last):
            return Problem(shown, *twice)
    what = f"is not TOML: {_QUOTED.sub('...', _POSITION.sub('', reason))}"
    return Problem(
        shown, found[1] if found else "file", what, "correct the syntax (https://toml.io)"
    )


@dataclass(frozen=True, slots=True)
class _Statement:
    line: int
    begins: int  # the line of the header above, or of this header; 0: no header
    brackets: str  # "[" or "[["; empty for a key
    name: str


def _twice(text: str, last: int) -> tuple[str, str, str] | None:
    """Return where, what and the remedy, if the statement that ends in line *last* is a repetition.

    None if it cannot be told, as with dotted keys.
    """
    found = [each for each in _statements(text) if each.line <= last]
    if not found:
        return None
    *before, second = found
    if second.brackets:
        first = next((each for each in before if each.brackets and each.name == second.name), None)
    else:
        within = [each for each in before if each.begins == second.begins and not each.brackets]
        first = next((each for each in within if each.name == second.name), None)
    if first is None:
        return None
    return f"line {second.line}", *_described(first, second)


def _described(first: _Statement, second: _Statement) -> tuple[str, str]:
    tables = known_keys()
    if not second.brackets:
        is_known = any(second.name in keys for keys in tables.values())
        name = second.name if is_known else "this key"
        return f"{name} is set a second time; the first is in line {first.line}", "keep one of them"
    name = second.name if second.name in tables else "..."
    if first.brackets != second.brackets:
        what = f"[{name}] and [[{name}]] are not the same; the other one is in line {first.line}"
        return what, f"write [[{name}]] for each" if name == "route" else f"write [{name}] once"
    what = f"[{name}] begins a second time; the first is in line {first.line}"
    remedy = "[[route]] for each" if name == "route" else f"all its keys below one [{name}]"
    return what, f"write {remedy}"


def _statements(text: str) -> Iterator[_Statement]:
    begins = 0
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            begins = number
            yield _Statement(number, begins, header[1], header[2])
        elif key := _KEY.match(line):
            yield _Statement(number, begins, "", key[1])
