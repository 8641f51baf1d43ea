"""The commands that print lists: ``sigproxy presets`` and ``sigproxy firewall``."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from ipaddress import ip_address
from pathlib import Path

import click

from sigproxy import __version__
from sigproxy.assembly.egress import build_egress
from sigproxy.cli.common import CONFIG, authority, loaded, say_that_the_name_is_missing
from sigproxy.presets import PRESETS, Preset
from sigproxy.tools import firewall as rules
from sigproxy.tools.firewall_formats import csv, edl, markdown, nftables, squid
from sigproxy.tools.firewall_formats import json as json_format
from sigproxy.tools.firewall_formats.paper import Paper, by_vendor, remarks
from sigproxy.tools.firewall_media import media_rules, own_turn, reached_vendors
from sigproxy.tools.firewall_needs import needs
from sigproxy.tools.firewall_proxy import through_proxy

_FORMATS = {
    "markdown": markdown.text,
    "csv": csv.text,
    "json": json_format.text,
    "edl": edl.text,
    "nftables": nftables.text,
    "squid": squid.text,
}


@click.command()
@click.option("--json", "is_json", is_flag=True, help="Print JSON: a list of presets.")
@click.argument("name", required=False, type=click.Choice(list(PRESETS)), metavar="[NAME]")
def presets(name: str | None, is_json: bool) -> None:
    """List the presets: named lists of the vendors' hosts.

    The setting `presets` of a route adds them to its targets. With NAME, print only that preset,
    one host per line, ready for `targets`.
    """
    chosen = PRESETS.values() if name is None else [PRESETS[name]]
    if is_json:
        click.echo(json.dumps([asdict(preset) for preset in chosen], indent=2))
    elif name is not None:
        quoted = [(f'"{host.pattern}",', host.purpose) for host in PRESETS[name].hosts]
        click.echo("\n".join(f"{pattern:<40} # {purpose}" for pattern, purpose in quoted))
    else:
        _list(chosen)


def _list(chosen: Iterable[Preset]) -> None:
    for preset in chosen:
        click.echo(f"{preset.name:<10} {preset.title}  (dialect {preset.dialect})")
        for host in preset.hosts:
            click.echo(f"{'':<10} {host.pattern:<38} {host.purpose}")


@click.command()
@CONFIG
@click.option(
    "--preset",
    "names",
    multiple=True,
    type=click.Choice(list(PRESETS)),
    metavar="PRESET",
    help="Use this one (`sigproxy presets`), not the configuration's routes; may be repeated.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(_FORMATS)),
    help="markdown (default): tables and remarks; csv: one line per rule; json: for programs; "
    "edl: Palo Alto's external dynamic list; nftables, squid: to be included there.",
)
@click.option("--json", "is_json", is_flag=True, help="The same as --format json.")
@click.option("--media", "is_of_media", is_flag=True, help="The rules for media alone.")
@click.option("--name", metavar="HOST", help="The gateway's name, over the configuration's.")
@click.option(
    "--address",
    "addresses",
    multiple=True,
    metavar="ADDRESS",
    help="An address of the gateway, for nftables and squid; may be repeated.",
)
def firewall(
    config: Path | None,
    names: tuple[str, ...],
    form: str | None,
    is_json: bool,
    is_of_media: bool,
    name: str | None,
    addresses: tuple[str, ...],
) -> None:
    """Print the connections that firewalls have to allow.

    Toward the gateway, for the clients' network; from the gateway to the vendors, for its own; what
    else the gateway needs, such as DNS and its certificate; and for media: toward the vendors, as
    they publish it, or toward the TURN server in [turn], and from there on. Each row says how it
    is known, and when that was looked up. Without --preset: what the configuration's routes reach.
    """
    if is_json and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} exclude each other; give one of them")
    chosen = "json" if is_json else form or "markdown"
    paper = _paper(
        config, names, name, tuple(dict.fromkeys(map(_address, addresses))), is_of_media=is_of_media
    )
    click.echo(_FORMATS[chosen](paper).encode(), nl=False)  # bytes: CSV has lines that end in CRLF
    if chosen == "csv":
        click.echo("\n".join([*remarks(paper.rules), *by_vendor(paper.vendors)]), err=True)
    if chosen == "edl":
        click.echo("\n".join(edl.beside(paper)), err=True)


def _paper(
    config: Path | None,
    names: tuple[str, ...],
    name: str | None,
    addresses: tuple[str, ...],
    *,
    is_of_media: bool,
) -> Paper:
    settings = loaded(config)
    reach = rules.from_presets(names) if names else rules.from_routes(settings)
    gateways = tuple(map(authority, settings.server.public_names if name is None else (name,)))
    if not gateways:
        say_that_the_name_is_missing()
    media = media_rules(reached_vendors(reach), own_turn(settings))
    egress = build_egress(settings.upstream)
    others = [
        *through_proxy(rules.rules_for(gateways, reach), reach, egress),
        *needs(settings, gateways, egress, assume_certificate=config is None),
    ]
    found = media if is_of_media else [*others, *media]
    return Paper(tuple(found), reach.vendors, gateways, addresses, __version__, is_of_media)


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no IP address; write one such as 192.0.2.7", param_hint="--address"
        ) from None
