"""What the commands have in common: ``--config``, ``--name``, and how they stop at a mistake."""

import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn, Protocol

import click

from sigproxy.config import ConfigError, Loc, Problem, Settings, load
from sigproxy.errors import BadTarget
from sigproxy.presets import PRESETS
from sigproxy.semantics.authority import Authority
from sigproxy.tools.snippet import PLACEHOLDER

CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="SIGPROXY_CONFIG",
    help="The TOML file; without one the defaults hold. Also: $SIGPROXY_CONFIG.",
)
WITH_PRESETS = click.option(
    "--preset",
    "presets",
    multiple=True,
    required=True,
    type=click.Choice(list(PRESETS)),
    metavar="PRESET",
    help="The vendor's hosts (`sigproxy presets`); may be repeated.",
)
_OF_UNIX = frozenset({"fcntl", "grp", "pwd", "resource", "termios"})


def loaded(config: Path | None) -> Settings:
    return loaded_with(config, os.environ)


def loaded_with(config: Path | None, environ: Mapping[str, str]) -> Settings:
    try:
        return load(config, environ)
    except ConfigError as error:
        stop(error.problems)


class Look(Protocol):
    def __call__(self, settings: Settings, *, doubtful: Collection[Loc] = ()) -> Iterable[Problem]:
        """Return the problems that *settings* have on this machine (``preflight``)."""


def checked(config: Path | None, environ: Mapping[str, str], look: Look) -> Settings:
    """Return the settings, or print every problem with them, and those of *look*, and exit."""
    settings, problems = judged(config, environ, look)
    if problems or settings is None:
        stop(problems)
    return settings


def judged(
    config: Path | None, environ: Mapping[str, str], look: Look
) -> tuple[Settings | None, tuple[Problem, ...]]:
    """Return the settings, None if there are none, and every problem, with those of *look*."""
    try:
        settings = load(config, environ)
    except ConfigError as error:
        reported = {problem.key for problem in error.problems}
        more = () if error.rest is None else look(error.rest, doubtful=error.doubtful)
        return None, (*error.problems, *(each for each in more if each.key not in reported))
    return settings, tuple(look(settings))


def stop(problems: Iterable[Problem]) -> NoReturn:
    for problem in problems:
        click.echo(str(problem), err=True)
    sys.exit(1)


def unwritable(error: OSError, code: int) -> NoReturn:
    """End with *code*, as output can go nowhere: quietly if its reader left, as ``head`` does."""
    if not isinstance(error, BrokenPipeError):
        why = error.strerror or type(error).__name__
        line = f"the output cannot be written: {why}; make room, or write it elsewhere"
        with suppress(OSError):
            click.echo(line, err=True)
    # What is left in the buffer must not be tried again at the end of the process.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


@contextmanager
def needs_unix(command: str) -> Iterator[None]:
    """Stop with a sentence where Python lacks what *command* imports, as it does on Windows."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in _OF_UNIX:
            raise
        fail(
            f"`sigproxy {command}` needs Linux: this Python has no module {error.name}; run it in "
            "WSL, a virtual machine or a container. What only prints runs here too: presets, "
            "firewall, snippet, shim, explain, ice, check"
        )


def fail(line: str) -> NoReturn:
    click.echo(line, err=True)
    sys.exit(1)


def public_name(settings: Settings, given: str | None) -> Authority:
    """Return the gateway's name for clients: *given*, or the first of ``public_names``."""
    if given is None and not settings.server.public_names:
        say_that_the_name_is_missing()
        return PLACEHOLDER
    return authority(settings.server.public_names[0] if given is None else given)


def authority(text: str) -> Authority:
    """Return the name of the gateway in ``--name``, or stop."""
    try:
        return Authority.parse(text.encode())
    except (BadTarget, UnicodeEncodeError):
        raise click.BadParameter(
            f"{text!r} should be a host, or host:port", param_hint="--name"
        ) from None


def say_that_the_name_is_missing() -> None:
    remedy = "give --name, or --config with server.public_names"
    click.echo(f"{PLACEHOLDER} stands for the gateway's name; {remedy}", err=True)
