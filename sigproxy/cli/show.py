"""``sigproxy config show``: every setting in effect, and where each comes from."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from sigproxy.cli.common import CONFIG, loaded_with
from sigproxy.cli.service import service_of
from sigproxy.config.provenance import Row, rows

_COLUMN = 44  # where the sources stand, if the setting is no longer


@click.group()
def config() -> None:
    """Show the configuration."""


@config.command()
@CONFIG
@click.option("--json", "is_json", is_flag=True, help="Print JSON: an object for each setting.")
def show(config: Path | None, is_json: bool) -> None:
    """Print every setting in effect, and where it comes from: file and line, variable, default.

    As TOML, which is a configuration again but for secrets: these are masked. For root with the
    variables of the installed unit, and with the addresses of sigproxy.socket, if that is enabled,
    as in `sigproxy check`.
    """
    service = service_of(None)
    settings = loaded_with(config, service.environ(os.environ))
    found = list(rows(settings, config, service.setters(os.environ)))
    click.echo(_as_json(found) if is_json else "\n".join(_as_toml(found)))


def _as_json(found: Iterable[Row]) -> str:
    document = [
        {
            "setting": row.name,
            "value": row.value,
            "from": row.source.kind,
            "file": row.source.name if row.source.kind == "file" else None,
            "line": row.source.line or None,
            "variable": row.source.name if row.source.kind == "environment" else None,
            "by": row.source.setter or None,
        }
        for row in found
    ]
    return json.dumps(document, indent=2)


def _as_toml(found: Iterable[Row]) -> Iterable[str]:
    table = None
    for row in found:
        if row.loc[:-1] != table:
            yield from ("",) if table is not None else ()
            table = row.loc[:-1]
            yield f"[[{table[0]}]]" if len(table) > 1 else f"[{table[0]}]"
        key = row.loc[-1]
        if row.value is None:
            yield f"# {key} is not set"
        elif row.value == [] and key in ("keys", "allowed_origins"):  # "no list" is no empty one
            yield f"# {key}: none"
        else:
            yield f"{f'{key} = {_toml(row.value)}':<{_COLUMN}} # {row.source}"


def _toml(value: Any) -> str:
    """Return *value* as TOML, whose strings, numbers and arrays are written as JSON's are."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    return json.dumps(value)
