"""The command ``sigproxy doctor``."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import click

from sigproxy import __version__
from sigproxy.cli_config import CONFIG
from sigproxy.config import ConfigError, Settings, load
from sigproxy.tools.doctor.finding import Level, worst
from sigproxy.tools.doctor.report import SCHEMA, End, Report, as_json
from sigproxy.tools.doctor.screen import Screen

_EXIT: dict[Level, int] = {"ok": 0, "warn": 0, "fail": 1}
_UNUSABLE = 2


@click.command()
@CONFIG
@click.option("--user", metavar="NAME", help="Who runs the service; default: the unit's user.")
@click.option("--long", is_flag=True, help="Of a URL: also hold a WebSocket idle for 2 minutes.")
@click.option("--origin", metavar="ORIGIN", help="Of a URL: the web page whose calls fail.")
@click.option(
    "--ca-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Of a URL: trust these authorities too (PEM).",
)
@click.option("--json", "is_json", is_flag=True, help="Print one JSON document at the end.")
@click.argument("url", required=False)
def doctor(
    config: Path | None,
    user: str | None,
    long: bool,
    origin: str | None,
    ca_file: Path | None,
    is_json: bool,
    url: str | None,
) -> None:
    """Find what does not work between the gateway and what it needs, or between you and it.

    At the gateway, with --config: its vendors' hosts (DNS, TCP, TLS, HTTP), name servers,
    certificate and files, descriptors, Redis, admin port, TURN server and clock. From anywhere,
    with the gateway's URL, https://gateway.example or https://gateway.example/KEY: what an app
    does there, media too, and which firewall rule is missing.

    \b
    Prints a line for each check when it ends, in 15 seconds at most:
    ok|warn|fail NAME: TOKEN: what is so; how to mend it
    Exits with 0, with 1 if a check fails, with 2 if it cannot begin.
    """
    screen = Screen(is_quiet=is_json)
    if url is None:
        run = _at_gateway(screen, config, user)
        end, of = "gateway", str(config or "the defaults")
    else:
        run, of = _from_anywhere(screen, url, long, origin, ca_file)
        end = "client"
    began, began_s = datetime.now(UTC), monotonic()
    asyncio.run(_awaited(run))
    verdict = worst(screen.findings)
    if is_json:
        took_s = round(monotonic() - began_s, 3)
        report = _report(end, of, began, took_s, verdict, screen)
        click.echo(as_json(report))
    sys.exit(_EXIT[verdict])
