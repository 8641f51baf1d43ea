"""Load the settings from a file and the environment, or report every problem at once."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sigproxy.config import environment, keys, rules, toml_file
from sigproxy.config.masking import Redaction, secrets, shown_source
from sigproxy.config.messages import describe, may_show, meant
from sigproxy.config.model import Settings, known_keys
from sigproxy.config.problem import (
    ConfigError,
    Loc,
    Problem,
    Sources,
    are_related,
    hidden_name,
    key_level,
)


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Return the settings in the file at *path*, if any, overridden by *environ*.

    Raise ConfigError with every problem, except those that only ``preflight`` finds.
    """
    document, broken = toml_file.read(path)
    overlay = environment.read(environ)
    merged = _merge(document, overlay.tables)
    redact = Redaction((*secrets(document), *secrets(overlay.tables)))
    sources = Sources("defaults" if path is None else shown_source(path), overlay.variables, redact)
    settings, doubtful, invalid = _validated(merged, sources)
    settings._sources = sources
    settings, unread = keys.with_files(settings)
    doubtful |= {*overlay.doubtful, *(loc for loc, _ in unread)}
    unreadable = (sources.problem(loc, fault.what, fault.remedy) for loc, fault in unread)
    problems = [*broken, *overlay.problems, *invalid, *unreadable]
    if broken:  # only defaults are left, so contradictions would be meaningless
        raise ConfigError(dict.fromkeys(problems))
    problems += _contradictions(settings, merged, sources, doubtful)
    if problems:
        raise ConfigError(dict.fromkeys(problems), settings, doubtful)
    return settings


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return *below* with its keys overridden by those of *above*, table by table."""
    merged = dict(below)
    for key, value in above.items():
        inner = merged.get(key)
        if isinstance(inner, dict) and isinstance(value, dict):
            merged[key] = inner | value
        else:
            merged[key] = value
    return merged


def _validated(
    merged: dict[str, Any], sources: Sources
) -> tuple[Settings, set[Loc], list[Problem]]:
    """Return the settings with defaults for wrong values, what is doubtful, and problems.

    A setting is doubtful if it may be other than its operator intended.
    """
    problems: list[Problem] = []
    try:
        return Settings.model_validate(merged), set(), problems
    except ValidationError as invalid:
        errors = list(filter(_is_cause, invalid.errors(include_url=False)))
    doubtful: set[Loc] = set()
    for error in errors:
        loc = key_level(error["loc"])
        problems.append(_problem(loc, error, merged, sources))
        doubtful |= {loc, meant(loc)}
    rest = Settings.model_validate(_without(merged, doubtful))
    for loc in [key_level(each["loc"]) for each in errors if each["type"] == "extra_forbidden"]:
        doubtful |= _meant_perhaps(loc, merged)
    return rest, doubtful, problems


def _meant_perhaps(loc: Loc, merged: dict[str, Any]) -> set[Loc]:
    """Return the settings that the unknown key at *loc* may have been meant to be."""
    near, tables = meant(loc), known_keys()
    if near == loc:  # any that is not set
        known = tables if len(loc) == 1 else tables[str(loc[0])]
        return {each for key in known if not _is_set(merged, each := (*loc[:-1], key))}
    if near[:1] == ("route",) and len(near) == 2:  # in another table; of which route?
        routes = merged.get("route")
        count = len(routes) if isinstance(routes, list) else 1
        return {("route", index, near[1]) for index in range(count)}
    return {near}


def _problem(loc: Loc, error: ErrorDetails, merged: dict[str, Any], sources: Sources) -> Problem:
    what, remedy = describe(error)
    if error["type"] != "extra_forbidden" or may_show(loc):
        return sources.problem(loc, what, remedy)
    holder = _at(merged, loc[:-1])
    place = list(holder).index(loc[-1]) + 1 if isinstance(holder, dict) else 0
    what = f"the key at place {place} is unknown (it may be a secret, so it is not shown)"
    return sources.problem(hidden_name(loc), what, remedy)


def _is_cause(error: ErrorDetails) -> bool:
    # pydantic counts only valid elements, so it also reports a list of invalid ones as too short.
    return error["type"] != "too_short" or not error["input"]


def _contradictions(
    settings: Settings, merged: dict[str, Any], sources: Sources, doubtful: set[Loc]
) -> Iterator[Problem]:
    for finding in rules.findings(settings):
        # A contradiction with a value that was already reported would only repeat the report.
        if not are_related((*finding.locs, *finding.basis), doubtful):
            loc = next((loc for loc in finding.locs if _is_set(merged, loc)), finding.locs[0])
            yield sources.problem(loc, finding.what, finding.remedy)


def _is_set(merged: dict[str, Any], loc: Loc) -> bool:
    holder = _at(merged, loc[:-1])
    return isinstance(holder, list) or (isinstance(holder, dict) and loc[-1] in holder)


def _at(holder: Any, loc: Loc) -> Any:
    """Return the value at *loc*; None if there is none, since the document may have any shape."""
    for step in loc:
        if isinstance(holder, dict):
            holder = holder.get(step)
        else:
            holder = holder[step] if isinstance(holder, list) and isinstance(step, int) else None
    return holder


def _without(merged: dict[str, Any], locs: Iterable[Loc]) -> dict[str, Any]:
    """Return *merged* without the values at *locs*, so that they get their defaults."""
    left = {key: _copied(value) for key, value in merged.items()}
    # The deepest first: their table may have to be removed as well.
    for loc in sorted(locs, key=len, reverse=True):
        _remove(left, loc)
    return left


def _copied(value: Any) -> Any:
    """Return a copy down to the level of keys; values may be nested too deeply for deepcopy."""
    if isinstance(value, list):
        return [dict(item) if isinstance(item, dict) else item for item in value]
    return dict(value) if isinstance(value, dict) else value


def _remove(left: dict[str, Any], loc: Loc) -> None:
    holder, last = _at(left, loc[:-1]), loc[-1]
    if isinstance(holder, list) and isinstance(last, int):
        holder[last] = {}  # so that the routes after it keep their numbers
    elif isinstance(holder, dict):
        holder.pop(last, None)
