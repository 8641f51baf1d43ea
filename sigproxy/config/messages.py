"""Turn errors of pydantic into messages for operators."""

import difflib
import json
from collections.abc import Iterable

from pydantic_core import ErrorDetails

from sigproxy.config.masking import SECRET_SETTINGS, may_show_name, quoted
from sigproxy.config.model import known_keys
from sigproxy.config.problem import Invalid, Loc

_SHOWN = 60  # characters of a value; more would push the remedy off the screen

_HIDDEN = object()  # replaces a value that may contain a key or a password

_TYPES = {
    "int_type": ("must be a whole number", "use digits only, without quotes"),
    "int_from_float": ("must be a whole number", "use digits only, without a point"),
    "float_type": ("must be a number", "use digits, without quotes"),
    "finite_number": ("must be a number with an end", "use digits, without quotes"),
    "bool_type": ("must be true or false", "write true or false, without quotes"),
    "string_type": ("must be text", 'put it in quotes, as "..."'),
    "tuple_type": ("must be a list", 'write it in brackets, as ["..."]'),
    "dict_type": ("must be an inline table", 'write it in braces, as { "..." = "..." }'),
}
_BOUNDS = {
    "greater_than": ("is too small", "use more than {gt:.10g}"),
    "greater_than_equal": ("is too small", "use {ge:.10g} or more"),
    "less_than_equal": ("is too large", "use {le:.10g} or less"),
}


def describe(error: ErrorDetails) -> tuple[str, str]:
    """Return what is wrong and the remedy."""
    kind, context = error["type"], error.get("ctx", {})
    value = _HIDDEN if _may_hold_secrets(error) else error["input"]
    match kind:
        case "value_error" if isinstance(context["error"], Invalid):
            return context["error"].what, context["error"].remedy
        case "extra_forbidden":
            return "unknown key", suggestion(error["loc"])
        case "model_type" | "tuple_type" if len(error["loc"]) < 3 and _is_table(error["loc"]):
            return _not_a_table(error["loc"], value)
        case "literal_error":
            return f"{shown(value)} is not known", f"choose {context['expected']}"
        case "too_short":
            return "the list is empty", "list at least one, or remove the key for its default"
        case _ if kind in _BOUNDS:
            what, remedy = _BOUNDS[kind]
            return f"{shown(value)} {what}", remedy.format_map(context)
        case "value_error":  # a library's own message could repeat the value
            return f"{shown(value)} is not valid", "see the comments in sigproxy.toml"
        case _:
            what, remedy = _TYPES.get(kind, (error["msg"], "see the comments in sigproxy.toml"))
            return f"{what}, not {shown(value)}", remedy


def _may_hold_secrets(error: ErrorDetails) -> bool:
    """Return whether the value may have keys or passwords, which no message may show."""
    loc = error["loc"]
    # Text in place of a table, such as invalid JSON, may have secrets anywhere.
    is_table = len(loc) == 1 or (loc[:1] == ("route",) and len(loc) < 3)
    return not SECRET_SETTINGS.isdisjoint(loc) or (
        is_table and isinstance(error["input"], str | dict | list)
    )


def _is_table(loc: Loc) -> bool:
    return len(loc) == 1 or loc[0] == "route"


def _not_a_table(loc: Loc, value: object) -> tuple[str, str]:
    if loc[0] == "route":
        remedy = "write [[route]] and its keys below (in the environment: a JSON list of objects)"
        return f"must be a list of tables, not {shown(value)}", remedy
    return f"must be a table, not {shown(value)}", f"write [{loc[0]}] and its keys below"


def suggestion(loc: Loc) -> str:
    """Return the remedy for the unknown key at *loc*."""
    near, tables = meant(loc), known_keys()
    if near == loc:
        return f"known here: {', '.join(tables if len(loc) == 1 else tables[str(loc[0])])}"
    if len(near) == len(loc) and near[:-1] == loc[:-1]:
        return f"did you mean {near[-1]}?"
    return f"{near[-1]} belongs to [{near[0]}]"


def may_show(loc: Loc) -> bool:
    """Return whether the name of the unknown key at *loc* is a typing error, and not a secret."""
    return may_show_name(str(loc[-1]), is_near=meant(loc) != loc)


def meant(loc: Loc) -> Loc:
    """Return the location of the setting that *loc*, an unknown one, was probably meant to be."""
    tables = known_keys()
    word = str(loc[-1])
    siblings = tables if len(loc) == 1 else tables.get(str(loc[0]), ())
    elsewhere = next(((table, word) for table, keys in tables.items() if word in keys), loc)
    # A setting outside its table is surer than a table whose name is like it.
    if (len(loc) > 1 or elsewhere == loc) and (near := closest(word, siblings)):
        return (*loc[:-1], near)
    return elsewhere


def closest(word: str, known: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word, known, n=1)), None)


def shown(value: object) -> str:
    """Return *value* as in TOML, on one line and not too long."""
    if value is _HIDDEN:
        return "this value (it may hold keys or passwords, so it is not shown)"
    if isinstance(value, list | dict):  # any part of it could be a secret
        return "a table" if isinstance(value, dict) else "a list"
    try:
        text = quoted(value) if isinstance(value, str) else json.dumps(value, default=str)
    except ValueError:  # a number of more than 4300 digits
        text = f"this {type(value).__name__}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
