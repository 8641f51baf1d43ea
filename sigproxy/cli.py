"""The ``sigproxy`` command."""

import re
import sys
from functools import partial
from pathlib import Path

import click

from sigproxy import __version__
from sigproxy.cli_check import check
from sigproxy.cli_config import CONFIG, checked, loaded
from sigproxy.cli_doctor import doctor
from sigproxy.cli_media import coturn, ice
from sigproxy.cli_reload import reload
from sigproxy.cli_top import top
from sigproxy.config import Settings, preflight
from sigproxy.errors import BadTarget
from sigproxy.presets import PRESETS
from sigproxy.semantics.authority import Authority
from sigproxy.tools.snippet import PLACEHOLDER, VENDORS, lines_for

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
@click.argument("target")
def explain(config: Path | None, method: str, headers: tuple[str, ...], target: str) -> None:
    """Say what the gateway would do with TARGET, without opening a socket.

    TARGET is /HOST/PATH as in the access log, or a whole URL of the gateway; "-" stands for an
    access key. Prints route, dialect, upstream URL, verdict and the fields that would be sent,
    including tokens. Exits with 1 if the gateway would refuse the request.
    """
    from sigproxy.tools.explain import explain as explained

    if not _TOKEN.match(method):
        raise click.BadParameter("it must be a token, such as POST", param_hint="--method")
    if bad := next((each for each in headers if not _TOKEN.match(each.partition(":")[0])), None):
        raise click.BadParameter(f"{bad!r} should read 'NAME: VALUE'", param_hint="--header")
    if bad := next((each for each in headers if ":" not in each), None):
        raise click.BadParameter(f"{bad!r} should read 'NAME: VALUE'", param_hint="--header")
    lines, admitted = explained(loaded(config), method, target, headers)
    click.echo("\n".join(lines))
    if not admitted:
        sys.exit(1)


@main.command()
@click.argument("name", required=False, type=click.Choice(list(PRESETS)), metavar="[NAME]")
def presets(name: str | None) -> None:
    """List the presets: named lists of the vendors' hosts.

    The setting `presets` of a route adds them to its targets. With NAME, print only that preset,
    one host per line, ready for `targets`.
    """
    if name is not None:
        quoted = [(f'"{host.pattern}",', host.purpose) for host in PRESETS[name].hosts]
        click.echo("\n".join(f"{pattern:<40} # {purpose}" for pattern, purpose in quoted))
        return
    for preset in PRESETS.values():
        click.echo(f"{preset.name:<10} {preset.title}  (dialect {preset.dialect})")
        for host in preset.hosts:
            click.echo(f"{'':<10} {host.pattern:<38} {host.purpose}")


@main.command()
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
    type=click.Choice(["markdown", "csv"]),
    default="markdown",
    show_default=True,
    help="markdown: tables and remarks; csv: one line per rule.",
)
@click.option("--name", metavar="HOST", help="The gateway's name, over the configuration's.")
def firewall(config: Path | None, names: tuple[str, ...], form: str, name: str | None) -> None:
    """Print the connections that firewalls have to allow.

    Toward the gateway, for the clients' network; from the gateway to the vendors and to DNS, for
    its own. Without --preset: what the routes of the configuration reach. And for media: toward the
    vendors, as they publish it, or toward the TURN server in [turn], and from there on.
    """
    from sigproxy.assembly_egress import build_egress
    from sigproxy.tools import firewall
    from sigproxy.tools.firewall_media import media_rules, own_turn, reached_vendors
    from sigproxy.tools.firewall_proxy import through_proxy

    settings = loaded(config)
    reach = firewall.from_presets(names) if names else firewall.from_routes(settings)
    own = settings.server.public_names if name is None else (name,)
    gateways = tuple(_authority(each) for each in own)
    if not gateways:
        _say_that_the_name_is_missing()
    rules = [
        *through_proxy(
            firewall.rules_for(gateways, reach, settings.upstream.nameservers),
            reach,
            build_egress(settings.upstream),
        ),
        *media_rules(reached_vendors(reach), own_turn(settings)),
    ]
    if form == "markdown":
        click.echo(firewall.as_markdown(rules, reach.vendors), nl=False)
        return
    click.echo(firewall.as_csv(rules).encode(), nl=False)  # bytes: its lines end in CRLF
    click.echo("\n".join(firewall.remarks(rules)), err=True)


@main.command(epilog=f"VENDOR is one of {', '.join(VENDORS)}.")
@CONFIG
@click.option("--name", metavar="HOST", help="The gateway's name, over the configuration's.")
@click.argument("vendor", metavar="VENDOR", type=click.Choice(list(VENDORS)))
def snippet(config: Path | None, name: str | None, vendor: str) -> None:
    """Print the lines of code that make an app use this gateway.

    They contain the gateway's name, the prefix of the route that serves VENDOR, and its first
    access key, if any. Also says what does not work. Exits with 1 if no route serves VENDOR.
    """
    settings = loaded(config)
    gateway = _public_name(settings, name)
    unknown = config is None and settings.route == Settings().route
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


@main.command()
@click.option("--once", is_flag=True, help="Run the requests and exit with 0 or 1.")
def demo(once: bool) -> None:
    """Start a gateway and a made-up vendor on loopback, and send requests through the gateway.

    Needs no configuration and no network. Runs until Ctrl-C and shows the access log.
    """
    from sigproxy.tools.demo.run import run

    sys.exit(run(once=once))


def _public_name(settings: Settings, given: str | None) -> Authority:
    """Return the gateway's name for clients: *given*, or the first of ``public_names``."""
    if given is None and not settings.server.public_names:
        _say_that_the_name_is_missing()
        return PLACEHOLDER
    return _authority(settings.server.public_names[0] if given is None else given)


def _authority(text: str) -> Authority:
    try:
        return Authority.parse(text.encode())
    except (BadTarget, UnicodeEncodeError):
        raise click.BadParameter(
            f"{text!r} should be a host, or host:port", param_hint="--name"
        ) from None


def _say_that_the_name_is_missing() -> None:
    remedy = "give --name, or --config with server.public_names"
    click.echo(f"{PLACEHOLDER} stands for the gateway's name; {remedy}", err=True)


main.add_command(check)
main.add_command(reload)
main.add_command(top)
main.add_command(ice)
main.add_command(coturn)
main.add_command(doctor)
