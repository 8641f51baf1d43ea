"""``sigproxy reload``: a reload that says how it ended."""

import os
import signal
import time

import click

from sigproxy.cli.common import fail

POLL_S = 0.05
# systemd ends ExecReload= after TimeoutStartSec=, 90 s, and would say less about why.
WITHIN_S = 80.0


@click.command()
@click.option(
    "--within",
    "within_s",
    type=click.FloatRange(min=1),
    default=WITHIN_S,
    show_default=True,
    metavar="SECONDS",
    help="How long the new workers may take to start.",
)
def reload(within_s: float) -> None:
    """Have the running gateway read its configuration again, and wait until it has.

    Exits with 0 once new workers serve with the new configuration. Exits with 1 if the gateway
    refuses it, and prints why: then nothing has changed.

    \b
    In a unit:   ExecReload=/opt/sigproxy/bin/sigproxy reload
    Elsewhere:   RUNTIME_DIRECTORY has to name the same folder for `sigproxy serve` and
                 for this command; the gateway writes there how the reload ended.
    """
    from sigproxy.service import verdict

    place = verdict.folder(os.environ)
    if place is None:
        fail(
            "RUNTIME_DIRECTORY: is not set, so that nobody would hear how the reload ends; use "
            "`systemctl reload sigproxy`, or send HUP to the gateway and read its log"
        )
    running = verdict.read(place)
    if running is None:
        fail(
            f"{place}: no gateway has written there how reloads end; start it, or restart one of "
            "an older version: systemctl restart sigproxy"
        )
    asked_s = time.monotonic()
    _signal(running.pid, signal.SIGHUP)
    while (found := verdict.read(place)) is None or found.began_s < asked_s:
        if time.monotonic() - asked_s > within_s:
            fail(f"no answer within {within_s:g} s; the gateway's log says what it is doing")
        time.sleep(POLL_S)
        _signal(running.pid, 0)
    for why in found.why_not:
        click.echo(why, err=True)
    if found.why_not:
        fail("not reloaded: correct the above and reload again; nothing has changed")
    click.echo("reloaded: new workers serve; the old ones drain")


def _signal(pid: int, number: int) -> None:
    """Send a signal to the gateway; 0 only asks whether it is there."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        fail(f"the gateway (process {pid}) has ended; start it: systemctl start sigproxy")
    except PermissionError:
        fail(f"the gateway (process {pid}) is another user's; run this as root, or as that user")
