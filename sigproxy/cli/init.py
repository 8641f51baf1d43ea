"""``sigproxy init``."""

import re
import shlex
import socket
import sys
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path

import click

from sigproxy.cli.common import WITH_PRESETS, authority, fail
from sigproxy.config import ConfigError
from sigproxy.semantics.authority import Authority
from sigproxy.tools.init import files, steps, write
from sigproxy.tools.init.certificate import NoCertificate
from sigproxy.tools.init.files import Plan

_PLAIN = re.compile(r"[A-Za-z0-9._/+~-]+")


@click.command()
@WITH_PRESETS
@click.option("--name", required=True, metavar="HOST", help="The gateway's name for clients.")
@click.option("--turn", "has_turn", is_flag=True, help="With coturn, which carries media.")
@click.option(
    "--origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="Of the app's page, as https://app.example.com; may be repeated.",
)
@click.option("--address", metavar="ADDRESS", help="With --turn: this machine's public address.")
@click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False), default=Path("/etc/sigproxy")
)
def init(
    presets: tuple[str, ...],
    name: str,
    has_turn: bool,
    origins: tuple[str, ...],
    address: str | None,
    folder: Path,
) -> None:
    """Write a whole set-up of a gateway into FOLDER; /etc/sigproxy, if none is given.

    The configuration, systemd's units, a hook for certbot, files for logrotate and fail2ban, with
    --turn also coturn's file and secret, a certificate to begin with, and README with the commands
    that put them in place. FOLDER is where the service finds them. Nothing is overwritten, and
    nothing outside of FOLDER is changed.
    """
    if address is not None and not has_turn:
        raise click.UsageError("--address is for coturn, so it needs --turn")
    if not _PLAIN.fullmatch(str(folder.absolute())):
        raise click.BadParameter(
            f"{str(folder)!r} has characters that a unit cannot hold; use letters, digits and ._-/",
            param_hint="FOLDER",
        )
    plan = Plan(
        folder=folder.absolute(),
        program=_program(),
        presets=presets,
        gateway=_host(name),
        origins=origins or (files.EXAMPLE_ORIGIN,),
        address=_ipv4(address),
        has_turn=has_turn,
        has_ipv6=_has_ipv6(),
    )
    try:
        settings, written = write.write(plan)
    except (write.CannotWrite, NoCertificate) as fault:
        fail(str(fault))
    except ConfigError as error:  # an origin or a name that no gateway can have
        fail("\n".join(f"{each.key}: {each.what}; {each.remedy}" for each in error.problems))
    for path in written:
        click.echo(plan.folder / path)
    for remark in steps.remarks(plan, settings):
        click.echo(f"note: {remark}", err=True)
    click.echo(f"\nNext: the commands in {plan.folder / steps.README}")


def _host(text: str) -> Authority:
    found = authority(text)
    if found.is_ip:
        raise click.BadParameter(
            f"{text!r} is an address, for which certbot gets no certificate; give the host name "
            "that DNS has for it",
            param_hint="--name",
        )
    return found


def _ipv4(text: str | None) -> str:
    try:
        return files.EXAMPLE_ADDRESS if text is None else str(IPv4Address(text))
    except AddressValueError:
        raise click.BadParameter(f"{text!r} is no IPv4 address", param_hint="--address") from None


def _program() -> str:
    """Return what the unit starts: the command of this installation."""
    beside = Path(sys.executable).with_name("sigproxy")
    return str(beside) if beside.is_file() else f"{shlex.quote(sys.executable)} -m sigproxy"


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False
