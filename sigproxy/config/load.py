"""Load the settings from a file and the environment, or report every problem at once."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sigproxy.config import environment, keys, rules
from sigproxy.config.masking import Redaction, secrets, shown_source
from sigproxy.config.messages import describe, may_show, meant
from sigproxy.config.model import Settings
from sigproxy.config.problem import (
    ConfigError,
    Invalid,
    Loc,
    Problem,
    Sources,
    hidden_name,
    key_level,
)
from sigproxy.config.text import decoded, read_whole

_POSITION = re.compile(r" \(at (line \d+, column \d+|end of document)\)\Z")
# Quotations in the parser's messages: names may be secrets; single characters are not matched.
_QUOTED = re.compile(r"\(.*\)|'[^']{3,}'|\"[^\"]{3,}\"")


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Return the settings in the file at *path*, if any, overridden by *environ*.

    Raise ConfigError with every problem, except those that only ``preflight`` finds.
    """
    document, broken = _read(path)
    overlay = environment.read(environ)
    merged = _merge(document, overlay.tables)
    redact = Redaction((*secrets(document), *secrets(overlay.tables)))
    sources = Sources("defaults" if path is None else shown_source(path), overlay.variables, redact)
    settings, doubtful, invalid = _validated(merged, sources)
    settings._sources = sources
    settings, unread = keys.with_files(settings)
    problems = [*broken, *overlay.problems, *invalid, *unread]
    if broken:  # only defaults are left, so contradictions would be meaningless
        raise ConfigError(dict.fromkeys(problems))
    problems += _contradictions(settings, merged, sources, doubtful)
    if problems:
        raise ConfigError(dict.fromkeys(problems), settings)
    return settings


def _read(path: Path | None) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    if path is None:
        return {}, ()
    try:
        return tomllib.loads(decoded(read_whole(path, stream=True))), ()
    except Invalid as invalid:
        return {}, (Problem(shown_source(path), "file", invalid.what, invalid.remedy),)
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
        remedy = "name another file with --config or SIGPROXY_CONFIG"
        return {}, (Problem(shown_source(path), "file", what, remedy),)
    except (ValueError, RecursionError) as error:
        return {}, (_not_toml(path, error),)


def _not_toml(path: Path, error: Exception) -> Problem:
    """Return the problem for text that is not TOML; it quotes none of the text."""
    if isinstance(error, RecursionError):
        return Problem(
            shown_source(path), "file", "is nested too deeply", "remove the inner brackets"
        )
    reason = " ".join(str(error).split())
    position = _POSITION.search(reason)
    return Problem(
        shown_source(path),
        position[1] if position else "file",
        f"is not TOML: {_QUOTED.sub('...', _POSITION.sub('', reason))}",
        "correct the syntax (https://toml.io)",
    )


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
    """Return the settings with defaults for wrong values, the places of those, and problems."""
    doubtful: set[Loc] = set()
    problems: list[Problem] = []
    try:
        return Settings.model_validate(merged), doubtful, problems
    except ValidationError as invalid:
        for error in filter(_is_cause, invalid.errors(include_url=False)):
            loc = key_level(error["loc"])
            problems.append(_problem(loc, error, merged, sources))
            doubtful |= {loc, meant(loc)}
    return Settings.model_validate(_without(merged, doubtful)), doubtful, problems


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
        if not any(_related(loc, other) for loc in finding.locs for other in doubtful):
            loc = next((loc for loc in finding.locs if _is_set(merged, loc)), finding.locs[0])
            yield sources.problem(loc, finding.what, finding.remedy)


def _related(one: Loc, other: Loc) -> bool:
    """True if one location is, or contains, the other."""
    return all(step == match for step, match in zip(one, other, strict=False))


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
