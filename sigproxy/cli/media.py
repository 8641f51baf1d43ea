"""The commands for media: ``sigproxy ice``, ``coturn`` and ``credentials``."""

import sys
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from pathlib import Path

import click

from sigproxy.cli.common import CONFIG, fail, loaded
from sigproxy.errors import GatewayError
from sigproxy.media.coturn import check, conf
from sigproxy.media.coturn.options import POLICIES, VERSIONS, Policy, Version
from sigproxy.media.formats import FORMATS
from sigproxy.media.offer import MODES
from sigproxy.media.sdks import SDKS
from sigproxy.tools import credentials as credentials_tool
from sigproxy.tools import firewall, firewall_media
from sigproxy.tools import ice as ice_tool
from sigproxy.tools.turn import Unusable, coturn_options, turn_of

_FILE = click.Path(path_type=Path, allow_dash=True)


@click.command()
@CONFIG
@click.argument("sdk", type=click.Choice(list(SDKS)), metavar="SDK")
@click.option(
    "--mode",
    type=click.Choice(list(MODES)),
    default="auto",
    show_default=True,
    help="auto: all ways at once; udp, tls: this one alone, and relayed.",
)
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="With the SDK webrtc.")
@click.option("--check", "file", type=_FILE, metavar="FILE", help="Judge this JSON; - is stdin.")
def ice(config: Path | None, sdk: str, mode: str, form: str | None, file: Path | None) -> None:
    """Print the ICE servers for an SDK, with a new credential; or judge somebody's.

    With --check, which needs no configuration: one line for each thing that is wrong with the JSON
    in FILE, by the rules of SDK and of RTCPeerConnection: the element, what becomes of it, and what
    to write. Exits with 1 if there is any.

    \b
    SDK  acs-web acs-android acs-ios acs-windows agora agora-legacy vonage daily twilio
         livekit trtc nertc zego mediasoup janus jitsi webrtc
    """
    if file is not None:
        _judge(sdk, file)
        return
    settings = loaded(config)
    try:
        text = ice_tool.as_json(sdk, mode, form, turn_of(settings))
    except Unusable as error:
        fail(f"{config or 'the defaults'}: {error}")
    except GatewayError as error:
        fail(f"{error.token}: {error.detail}")
    click.echo(text)
    if note := ice_tool.note(sdk, mode):
        click.echo(f"note: {note}", err=True)


def _judge(sdk: str, file: Path) -> None:
    try:
        lines = ice_tool.findings(sdk, _read(file))
    except ice_tool.NotJson as error:
        fail(f"{file}: not JSON: {error}")
    _tell(file, lines, f"{sdk} takes it")


@click.command()
@CONFIG
@click.option(
    "--for",
    "version",
    type=click.Choice(list(VERSIONS)),
    default="4.6",
    show_default=True,
    help="coturn's version: 4.6 is Debian's; the next that needs other lines is 4.17.",
)
@click.option(
    "--policy",
    type=click.Choice(list(POLICIES)),
    help="Over the configuration's. sfu: the vendors' media servers alone are relayed to; "
    "deny-private: everybody but private networks.",
)
@click.option("--local-ip", metavar="ADDRESS", help="The interface's, if a NAT has the public one.")
@click.option("--relay-ip6", metavar="ADDRESS", help="Relay over IPv6 too; better not with 4.6.")
@click.option("--check", "file", type=_FILE, metavar="FILE", help="Judge this turnserver.conf.")
def coturn(
    config: Path | None,
    version: Version,
    policy: Policy | None,
    local_ip: str | None,
    relay_ip6: str | None,
    file: Path | None,
) -> None:
    """Print a turnserver.conf that is safe, for the [turn] of the configuration; or judge one.

    With --check: one line for each line that FILE lacks, and for each that is dangerous, with what
    follows from it. Exits with 1 if there is any. What is printed holds the secret.
    """
    settings = loaded(config)
    vendors = firewall_media.reached_vendors(firewall.from_routes(settings))
    try:
        options = coturn_options(
            settings,
            vendors,
            version=version,
            policy=policy,
            local_ip=_address(local_ip, IPv4Address, "--local-ip"),
            relay_ip6=_address(relay_ip6, IPv6Address, "--relay-ip6"),
        )
    except Unusable as error:
        fail(f"{config or 'the defaults'}: {error}")
    if file is None:
        click.echo(conf.conf(options), nl=False)
        return
    text = _read(file).decode("utf-8", "replace")
    _tell(file, list(map(str, check.check(text, options))), "it lacks nothing")


def _address(text: str | None, kind: type[IPv4Address | IPv6Address], option: str) -> str:
    try:
        return "" if text is None else str(kind(text))
    except AddressValueError:
        version = "IPv4" if kind is IPv4Address else "IPv6"
        raise click.BadParameter(f"{text!r} is no {version} address", param_hint=option) from None


def _read(file: Path) -> bytes:
    try:
        with click.open_file(str(file), "rb") as opened:
            raw: bytes = opened.read()
            return raw
    except OSError as error:
        fail(f"{file}: it cannot be read: {error.strerror}; give the path of a file")


def _tell(file: Path, lines: list[str], well: str) -> None:
    if not lines:
        click.echo(f"{file}: ok; {well}")
        return
    # JSON can name half a character, which no terminal takes.
    click.echo("\n".join(lines).encode("utf-8", "backslashreplace"))
    sys.exit(1)


@click.command()
@CONFIG
def credentials(config: Path | None) -> None:
    """Print one TURN credential as JSON: to try the TURN server with, or for another program.

    As /-/ice issues them, and not counted by credentials_per_address. Needs [turn].
    """
    turn = loaded(config).turn
    if turn is None:
        click.echo(f"{config or 'the defaults'}: no [turn], so no credentials; add it", err=True)
        sys.exit(1)
    click.echo(credentials_tool.as_json(turn))
