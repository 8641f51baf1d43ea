"""``sigproxy dev`` and ``sigproxy demo``: gateways on this machine alone."""

import os
import sys
from importlib.util import find_spec

import click

from sigproxy.cli.common import WITH_PRESETS, fail, needs_unix
from sigproxy.missing import remedy


@click.command()
@WITH_PRESETS
@click.option("--port", type=click.IntRange(1, 65535), default=8443, show_default=True)
@click.option(
    "--origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="Of your page, such as http://localhost:3000; may be repeated. Default: http:// at "
    "localhost and 127.0.0.1, ports 3000, 4200, 5173, 8000 and 8080.",
)
def dev(presets: tuple[str, ...], port: int, origins: tuple[str, ...]) -> None:
    """Run a gateway on https://localhost:8443, for real vendors, from this machine alone.

    For an app that you are writing. Makes an authority once, which can sign for localhost and for
    nothing else, prints the commands that trust it, the lines for the app, and the access log. A
    page at https://localhost:8443/ says the same. Runs until Ctrl-C.

    SIGPROXY_* variables override its settings; $SIGPROXY_CONFIG is not read.
    """
    if find_spec("cryptography") is None:
        fail(f"`sigproxy dev` makes certificates with cryptography: {remedy('cryptography')}")
    with needs_unix("dev"):
        from sigproxy.tools.dev import names, run

    chosen = run.Dev(presets, port, origins or names.ORIGINS)
    try:
        run.run(chosen, dict(os.environ))
    except run.CannotStart as fault:
        fail(str(fault))


@click.command()
@click.option("--once", is_flag=True, help="Run the requests and exit with 0 or 1.")
def demo(once: bool) -> None:
    """Start a gateway and a made-up vendor on loopback, and send requests through the gateway.

    Needs no configuration and no network. Runs until Ctrl-C and shows the access log.
    """
    with needs_unix("demo"):
        from sigproxy.tools.demo.run import run

    sys.exit(run(once=once))
