"""The man page, from what the commands say of themselves."""

import re
from collections.abc import Iterator
from inspect import cleandoc
from textwrap import wrap

import click

from sigproxy import __version__
from sigproxy.cli import main

_SECTION = "1"
_FILES = (
    ("/etc/sigproxy/sigproxy.toml", "The configuration, as the unit names it."),
    ("/etc/sigproxy/environment", "SIGPROXY_* variables for the unit, which override it."),
    ("~/.local/share/sigproxy/dev", "The authority of `sigproxy dev`; or below $XDG_DATA_HOME."),
)
_STATUS = (
    ("0", "All is well."),
    ("1", "What was asked for is wrong, or cannot be: the last lines say what, and what to do."),
    ("2", "The command line is wrong."),
)
_VARIABLES = (
    ("SIGPROXY_CONFIG", "The configuration, if --config does not name one."),
    ("SIGPROXY_SERVER__BIND", "Overrides bind in [server]; so for each setting."),
)


def page() -> str:
    """Return sigproxy.1 in roff, with man(7)'s macros."""
    context = _context(main, "sigproxy", None)
    return "\n".join(
        (
            r".\" Made by make pages.",
            f'.TH SIGPROXY {_SECTION} "" "sigproxy {__version__}" "User Commands"',
            ".SH NAME",
            r"sigproxy \- a gateway for WebRTC SDKs behind restrictive firewalls",
            ".SH SYNOPSIS",
            *_usage(main, context),
            ".SH DESCRIPTION",
            *_help(main),
            ".SH COMMANDS",
            *_commands(main, context),
            ".SH EXIT STATUS",
            *_list(_STATUS),
            ".SH ENVIRONMENT",
            *_list(_VARIABLES),
            ".SH FILES",
            *_list(_FILES),
            "",
        )
    )


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    return click.Context(command, parent, name, **command.context_settings)


def _commands(group: click.Group, parent: click.Context) -> Iterator[str]:
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        assert command is not None
        context = _context(command, name, parent)
        if isinstance(command, click.Group):
            yield from _commands(command, context)
            continue
        yield f".SS {_roff(context.command_path)}"
        yield from _usage(command, context)
        yield ".PP"
        yield from _help(command)
        records = [each.get_help_record(context) for each in command.get_params(context)]
        yield from _list(tuple(record for record in records if record is not None))
        if command.epilog:
            yield from (".PP", *_filled(command.epilog))


def _usage(command: click.Command, context: click.Context) -> Iterator[str]:
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f".B {_roff(context.command_path)}"
    yield f".RI {_quoted(pieces)}"


def _help(command: click.Command) -> Iterator[str]:
    """Yield the paragraphs; click marks with \\b those whose lines stay as they are."""
    paragraphs = re.split(r"\n\s*\n", cleandoc(command.help or ""))
    for number, paragraph in enumerate(paragraphs):
        if number:
            yield ".PP"
        if paragraph.startswith("\b"):
            yield ".nf"
            yield from map(_roff, paragraph.splitlines()[1:])
            yield ".fi"
        else:
            yield from _filled(paragraph)


def _list(rows: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for term, text in rows:
        yield ".TP"
        yield f".B {_quoted(term)}"
        yield from _filled(text) if text else (r"\&",)


def _filled(text: str) -> Iterator[str]:
    """Yield *text* in lines that roff fills anew; few change when one word does."""
    for line in wrap(text, 76, break_long_words=False, break_on_hyphens=False):
        yield _roff(line)


def _roff(text: str) -> str:
    """Return *text* so that roff prints it: no escape, no request, no typographic hyphen."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{text}" if text.startswith((".", "'")) else text


def _quoted(text: str) -> str:
    """Return *text* as one argument of a macro."""
    return '"' + _roff(text).replace('"', '""') + '"'
