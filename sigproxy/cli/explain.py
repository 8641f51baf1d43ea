"""``sigproxy explain``."""

import re
import sys
from pathlib import Path

import click

from sigproxy.cli.common import CONFIG, loaded
from sigproxy.tools.explain import explained

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")  # RFC 9110, 5.6.2


@click.command()
@CONFIG
@click.option("--method", default="GET", show_default=True, help="The request's method.")
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="'NAME: VALUE'",
    help="A field of the request; may be repeated. Origin and Host matter most.",
)
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
@click.argument("target")
def explain(
    config: Path | None, method: str, headers: tuple[str, ...], is_json: bool, target: str
) -> None:
    """Say what the gateway would do with TARGET, without opening a socket.

    TARGET is /HOST/PATH as in the access log, or a whole URL of the gateway; "-" stands for an
    access key. Prints route, dialect, upstream URL, verdict and the fields that would be sent,
    including tokens. Exits with 1 if the gateway would refuse the request.
    """
    if not _TOKEN.match(method):
        raise click.BadParameter("it must be a token, such as POST", param_hint="--method")
    if bad := next((each for each in headers if not _TOKEN.match(each.partition(":")[0])), None):
        raise click.BadParameter(f"{bad!r} should read 'NAME: VALUE'", param_hint="--header")
    if bad := next((each for each in headers if ":" not in each), None):
        raise click.BadParameter(f"{bad!r} should read 'NAME: VALUE'", param_hint="--header")
    found = explained(loaded(config), method, target, headers)
    click.echo(found.as_json() if is_json else "\n".join(found.lines))
    if not found.admitted:
        sys.exit(1)
