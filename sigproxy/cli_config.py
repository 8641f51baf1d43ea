"""What the commands have in common: ``--config``, and how they stop when it is wrong."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import click

from sigproxy.config import ConfigError, Problem, Settings, load

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


def stop(problems: Iterable[Problem]) -> NoReturn:
    for problem in problems:
        click.echo(str(problem), err=True)
    sys.exit(1)


def fail(line: str) -> NoReturn:
    click.echo(line, err=True)
    sys.exit(1)
