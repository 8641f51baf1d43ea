"""Access keys from a file: one per line; empty lines and lines that start with "#" are skipped."""

from collections.abc import Iterator
from pathlib import Path

from sigproxy.config import values
from sigproxy.config.masking import shown_path
from sigproxy.config.model import RouteSettings, Settings
from sigproxy.config.problem import Invalid, Problem
from sigproxy.config.text import decoded, read_whole


def with_files(settings: Settings) -> tuple[Settings, list[Problem]]:
    """Return *settings* with the keys of each ``keys_file`` added to its route's ``keys``."""
    routes: list[RouteSettings] = []
    problems = []
    for index, route in enumerate(settings.route):
        try:
            found = tuple(_read(route.keys_file)) if route.keys_file else ()
        except Invalid as invalid:
            loc = ("route", index, "keys_file")
            problems.append(settings._sources.problem(loc, invalid.what, invalid.remedy))
            found = ()
        routes.append(route.model_copy(update={"keys": (*route.keys, *found)}))
    return settings.model_copy(update={"route": tuple(routes)}), problems


def _read(path: Path) -> Iterator[str]:
    shown = shown_path(path)  # by mistake, the path may be a key itself
    try:
        text = decoded(read_whole(path))
    except OSError as error:
        remedy = "create it with one key in a line, readable for the user who runs sigproxy"
        raise Invalid(f"{shown} cannot be read: {error.strerror}", remedy) from None
    except Invalid as invalid:
        raise Invalid(f"{shown} {invalid.what}", invalid.remedy) from None
    if not text.replace("\ufeff", "").isascii():
        raise Invalid(f"{shown} has bytes outside ASCII", "write one key in a line")
    lines = [(number, line.strip(" \t\ufeff")) for number, line in enumerate(text.splitlines(), 1)]
    lines = [(number, line) for number, line in lines if line and not line.startswith("#")]
    if not lines:
        # An empty file must not open the route to everybody.
        raise Invalid(f"{shown} holds no key", "write one key in a line, or remove keys_file")
    for number, line in lines:
        try:
            yield values.key(line)
        except Invalid as invalid:
            raise Invalid(f"{shown}, line {number}: {invalid.what}", invalid.remedy) from None
