"""``sigproxy snippet``."""

import sys
from pathlib import Path

import click

from sigproxy.cli.common import CONFIG, loaded, public_name
from sigproxy.cli.shim import print_tag
from sigproxy.config import Settings
from sigproxy.tools.snippet import VENDORS, lines_for


@click.command(epilog=f"VENDOR is one of {', '.join(VENDORS)}, shim.")
@CONFIG
@click.option("--name", metavar="HOST", help="The gateway's name, over the configuration's.")
@click.argument("vendor", metavar="VENDOR", type=click.Choice([*VENDORS, "shim"]))
def snippet(config: Path | None, name: str | None, vendor: str) -> None:
    """Print the lines of code that make an app use this gateway.

    They contain the gateway's name, the prefix of the route that serves VENDOR, and its first
    access key, if any. Also says what does not work. Exits with 1 if no route serves VENDOR.
    "shim" is for every web SDK: the tag of a script that the page loads before the SDK.
    """
    settings = loaded(config)
    gateway = public_name(settings, name)
    unknown = config is None and settings.route == Settings().route
    if vendor == "shim":
        print_tag(config, settings, gateway, is_known=not unknown)
        return
    lines, remark = lines_for(settings, VENDORS[vendor], gateway, assume=unknown)
    if remark:
        click.echo(remark, err=True)
    if not lines:
        sys.exit(1)
    click.echo(lines, nl=False)
