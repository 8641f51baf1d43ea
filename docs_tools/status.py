"""The fields of /-/status.json, from the dataclasses that it is made of."""

import ast
import inspect
import re
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from sigproxy.telemetry.status import document
from sigproxy.telemetry.status.document import Status

_COMMENT = re.compile(r"^    (\w+): .*?  # (.+)$", re.MULTILINE)


def fields() -> str:
    """Return a Markdown table: each field by its path, its type, and what the code says of it.

    A shape that comes again is not listed again.
    """
    rows = [f"| `{path}` | {kind} | {about} |" for path, kind, about in _rows(Status, "", {})]
    return "\n".join(["| field | type | |", "|---|---|---|", *rows])


def _rows(shape: type, path: str, known: dict[type, str]) -> Iterator[tuple[str, str, str]]:
    comments = dict(_COMMENT.findall(inspect.getsource(shape)))
    for name, hint in get_type_hints(shape).items():
        inner, kind = _inner(hint)
        about = comments.get(name, "").replace("None:", "null:")
        where = f"{path}{name}"
        if not _is_shape(inner):
            yield where, kind, about
        elif inner in known:
            yield where, kind, f"the fields of `{known[inner]}`"
        else:
            known[inner] = where
            yield where, kind, about or _first_paragraph(inner)
            yield from _rows(inner, f"{where}[]." if kind == "list" else f"{where}.", known)


def _inner(hint: Any) -> tuple[Any, str]:
    """Return what a list or an optional value is of, and the type in words."""
    if get_origin(hint) is list:
        inner = get_args(hint)[0]
        return inner, "list" if inspect.isclass(inner) and _is_shape(
            inner
        ) else f"list of {_word(inner)}"
    if isinstance(hint, UnionType):
        [inner] = [each for each in get_args(hint) if each is not NoneType]
        return inner, f"{_word(inner)} or null"
    return hint, _word(hint)


def _word(kind: Any) -> str:
    if kind in _WORDS:
        return _WORDS[kind]
    if _is_shape(kind):
        return "object"
    return ", ".join(f"`{each}`" for each in get_args(kind))


_WORDS = {str: "text", int: "number", float: "number", bool: "true or false"}


def _is_shape(kind: Any) -> bool:
    return getattr(kind, "__module__", "") == document.__name__


def _first_paragraph(shape: type) -> str:
    text = ast.get_docstring(ast.parse(inspect.getsource(shape)).body[0]) or ""  # type: ignore[arg-type]
    return (
        " ".join(text.partition("\n\n")[0].split())
        .replace("``", "`")
        .replace("*", "`")
        .replace("|", "\\|")
        .replace("None:", "null:")
    )
