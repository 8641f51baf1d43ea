"""What the commands have in common: ``--config``, and how they stop when it is wrong."""

import os
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NoReturn, Protocol

import click

from sigproxy.config import ConfigError, Loc, Problem, Settings, load

CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="SIGPROXY_CONFIG",
    help="The TOML file; without one the defaults hold. Also: $SIGPROXY_CONFIG.",
)


def loaded(config: Path | None) -> Settings:
    try:
        return load(config, os.environ)
    except ConfigError as error:
        stop(error.problems)


class Look(Protocol):
    def __call__(self, settings: Settings, *, doubtful: Collection[Loc] = ()) -> Iterable[Problem]:
        """Return the problems that *settings* have on this machine (``preflight``)."""


def checked(config: Path | None, environ: Mapping[str, str], look: Look) -> Settings:
    """Return the settings, or print every problem with them, and those of *look*, and exit."""
    try:
        settings = load(config, environ)
    except ConfigError as error:
        reported = {problem.key for problem in error.problems}
        more = () if error.rest is None else look(error.rest, doubtful=error.doubtful)
        stop((*error.problems, *(each for each in more if each.key not in reported)))
    if problems := look(settings):
        stop(problems)
    return settings


def stop(problems: Iterable[Problem]) -> NoReturn:
    for problem in problems:
        click.echo(str(problem), err=True)
    sys.exit(1)


def fail(line: str) -> NoReturn:
    click.echo(line, err=True)
    sys.exit(1)
