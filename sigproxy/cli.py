"""The ``sigproxy`` command."""

import re
import sys
from functools import partial
from pathlib import Path

import click

from sigproxy import __version__
from sigproxy.cli_check import check
from sigproxy.cli_config import (
    CONFIG,
    checked,
    loaded,
    public_name,
)
from sigproxy.cli_dev import demo, dev
from sigproxy.cli_doctor import doctor
from sigproxy.cli_firewall import firewall, presets
from sigproxy.cli_init import init
from sigproxy.cli_media import coturn, ice
from sigproxy.cli_reload import reload
from sigproxy.cli_shim import print_tag, shim
from sigproxy.cli_show import config as config_group
from sigproxy.cli_top import top
from sigproxy.config import Settings, preflight
from sigproxy.tools.snippet import VENDORS, lines_for

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")  # RFC 9110, 5.6.2


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="sigproxy")
def main() -> None:
    """A signaling reverse proxy (HTTP and WebSocket) for WebRTC SDKs behind strict firewalls.

    The app sets this gateway's URL in the SDK (networkConfiguration.proxy.url, proxyUrl,
    setProxyUrl, setProxyServer). Most SDKs then request https://GATEWAY/HOST/PATH, and the
    gateway forwards the request to https://HOST/PATH over verified TLS.

    \b
    Try it:         sigproxy demo
                    sigproxy dev --preset acs             with a real vendor, from a laptop
    A set-up:       sigproxy init --preset acs --name gateway.example
    Production:     sigproxy check --config FILE && sigproxy serve --config FILE
    What goes on:   sigproxy top --config FILE            and what is wrong
    A failed call:  sigproxy explain --config FILE /HOST/PATH
                    sigproxy doctor --config FILE         at the gateway: what does not work
                    sigproxy doctor https://GATEWAY/KEY   anywhere: what the network blocks
    For others:     sigproxy snippet acs --config FILE    the lines for the app's developer
                    sigproxy firewall --config FILE       the list for the firewall's owner
    Media:          sigproxy coturn --config FILE         a safe turnserver.conf
                    sigproxy ice SDK --check FILE         what an SDK makes of ICE servers

    Environment variables override settings of the file:
    SIGPROXY_SERVER__BIND, SIGPROXY_UPSTREAM__NAMESERVERS and so on.
    """


@main.command()
@CONFIG
def serve(config: Path | None) -> None:
    """Run the gateway in the foreground, under gunicorn.

    Checks the configuration first, and does not start if it has an error. The access log goes
    to access_log.path (default: standard output), everything else to standard error.

    \b
    TERM, INT  drain: finish open requests, close WebSockets with 1012, then exit 0;
               after TERM, readiness fails for server.drain_notice_s before the drain
    HUP        read the configuration again, in new workers; the old ones drain.
               `sigproxy reload` does that and says how it ended
    USR1       reopen log files; a moved file is also noticed without the signal
    A certificate that is renewed on disk is used without a signal.
    """
    # Importing gunicorn is slow; the other commands do not need it.
    from sigproxy.service import activation
    from sigproxy.service.serve import serve

    environ = activation.environment()
    look = partial(preflight, bind=not activation.is_socket_activated())
    settings = checked(config, environ, look)
    serve(config, settings, environ)


@main.command()
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
    from sigproxy.tools.explain import explained

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


@main.command(epilog=f"VENDOR is one of {', '.join(VENDORS)}, shim.")
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


@main.command()
@CONFIG
def credentials(config: Path | None) -> None:
    """Print one TURN credential as JSON: to try the TURN server with, or for another program.

    As /-/ice issues them, and not counted by credentials_per_address. Needs [turn].
    """
    from sigproxy.tools import credentials

    turn = loaded(config).turn
    if turn is None:
        click.echo(f"{config or 'the defaults'}: no [turn], so no credentials; add it", err=True)
        sys.exit(1)
    click.echo(credentials.as_json(turn))


main.add_command(check)
main.add_command(demo)
main.add_command(dev)
main.add_command(config_group)
main.add_command(reload)
main.add_command(top)
main.add_command(init)
main.add_command(ice)
main.add_command(coturn)
main.add_command(doctor)
main.add_command(firewall)
main.add_command(presets)
main.add_command(shim)
