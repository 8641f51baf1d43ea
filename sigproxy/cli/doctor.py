"""The command ``sigproxy doctor``."""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import click

from sigproxy import __version__
from sigproxy.cli.common import CONFIG, unwritable
from sigproxy.config import ConfigError, load
from sigproxy.tools.dial import BadProxy, HttpProxy, proxy_for
from sigproxy.tools.doctor.client.address import BadAddress, GatewayAddress
from sigproxy.tools.doctor.client.pages import is_origin
from sigproxy.tools.doctor.finding import Level, OutputFault, worst
from sigproxy.tools.doctor.report import SCHEMA, End, Report, as_json
from sigproxy.tools.doctor.screen import Screen

_EXIT: dict[Level, int] = {"ok": 0, "warn": 0, "fail": 1}
_UNUSABLE = 2


@click.command()
@CONFIG
@click.option(
    "--user", metavar="NAME", help="Judge for this user; only root can. Root's default: the unit's."
)
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
    Exits with 0, with 1 if a check fails, with 2 if it cannot begin, or tell what it finds.
    """
    began, began_s = datetime.now(UTC), monotonic()
    screen = Screen(is_quiet=is_json)
    try:
        if url is None:
            end: End = "gateway"
            of = str(config or "the defaults")
            _at_gateway(screen, config, user)
        else:
            end = "client"
            of = _from_anywhere(screen, url, long, origin, ca_file)
        verdict = worst(screen.findings)
        if is_json:
            took_s = round(monotonic() - began_s, 3)
            began_at = began.isoformat(timespec="milliseconds")
            findings = tuple(screen.findings)
            _print(Report(SCHEMA, __version__, end, of, began_at, took_s, verdict, findings))
    except OutputFault as fault:  # `sigproxy doctor | head`, or a full disk
        unwritable(fault.error, _UNUSABLE)
    sys.exit(_EXIT[verdict])


def _print(report: Report) -> None:
    """Print *report* as JSON; raise OutputFault."""
    try:
        click.echo(as_json(report))
    except OSError as error:
        raise OutputFault(error) from error


def _at_gateway(screen: Screen, config: Path | None, user: str | None) -> None:
    # They import what only this end needs; the other one also runs where there is no `pwd`.
    from sigproxy.cli.service import service_of
    from sigproxy.tools.doctor import gateway

    service = service_of(user, _UNUSABLE)
    try:
        settings = load(config, service.environ(os.environ))
    except ConfigError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        sys.exit(_UNUSABLE)
    case = gateway.Case(settings, config, service.account, service.unit)
    asyncio.run(gateway.examine(case, screen.tell, screen.progress))


def _from_anywhere(
    screen: Screen, url: str, long: bool, origin: str | None, ca_file: Path | None
) -> str:
    """Return the gateway's URL, without its key."""
    from sigproxy.gateway.upstream import tls
    from sigproxy.tools.doctor.client import run

    try:
        address = GatewayAddress.parse(url)
    except BadAddress as error:
        raise click.BadParameter(str(error), param_hint="URL") from None
    if origin is not None and not is_origin(origin):
        raise click.BadParameter("write https://app.example", param_hint="--origin")
    visit = run.Visit(address, origin, long, ca_file, _proxy(address))
    try:
        tls.client_context(ca_file, None)
    except OSError as error:  # of which ssl.SSLError is one
        what = f"{ca_file} has no certificates in PEM that can be read ({error.strerror})"
        raise click.BadParameter(what, param_hint="--ca-file") from None
    asyncio.run(run.examine(visit, screen.tell, screen.progress))
    return address.origin


def _proxy(address: GatewayAddress) -> HttpProxy | None:
    try:
        return proxy_for(address.authority.host)
    except BadProxy as error:
        raise click.UsageError(f"HTTPS_PROXY, or the system's proxy: {error}") from None
