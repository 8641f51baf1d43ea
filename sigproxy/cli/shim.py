"""``sigproxy shim``."""

from pathlib import Path

import click

from sigproxy.cli.common import CONFIG, fail, loaded, public_name
from sigproxy.config import Settings
from sigproxy.media.offer import MODES
from sigproxy.semantics.authority import Authority
from sigproxy.tools.shim import PLACES, NoShim, bundle, choose, lines_for


@click.command()
@CONFIG
@click.option("--name", metavar="HOST", help="The gateway's name, over the configuration's.")
@click.option("--route", "prefix", metavar="PREFIX", help="The route, if several serve the shim.")
@click.option("--module", "is_module", is_flag=True, help="An ES module, to be imported first.")
@click.option(
    "--turn",
    "place",
    type=click.Choice(PLACES),
    help="Put the gateway's ICE servers into calls: in place of the SDK's, or before them.",
)
@click.option("--mode", type=click.Choice(MODES), help="With --turn: as /-/ice has it.")
def shim(
    config: Path | None,
    name: str | None,
    prefix: str | None,
    is_module: bool,
    place: str | None,
    mode: str | None,
) -> None:
    """Print the page shim, for an app that puts it into its own bundle.

    It makes any web SDK use this gateway, without a setting in the SDK: it has to run before the
    SDK. A page can load it from the gateway as well: `sigproxy snippet shim` prints the tag. What
    is printed holds the route's first access key, if any, and with --turn that of [turn].
    """
    if mode is not None and place is None:
        raise click.UsageError("--mode is of the ICE servers, which need --turn")
    settings = loaded(config)
    try:
        route = choose(settings, prefix)
        gateway = public_name(settings, name)
        text = bundle(settings, route, gateway, is_module=is_module, place=place, mode=mode)
    except NoShim as error:
        fail(f"{config or 'the defaults'}: {error}")
    click.echo(text, nl=False)


def print_tag(
    config: Path | None, settings: Settings, gateway: Authority, *, is_known: bool
) -> None:
    """Print what `sigproxy snippet shim` prints."""
    try:
        lines = lines_for(settings, gateway, is_known=is_known)
    except NoShim as error:
        fail(f"{config or 'the defaults'}: {error}")
    if not is_known:
        click.echo("without --config the tag has no hash, which follows from the hosts", err=True)
    click.echo(lines, nl=False)
