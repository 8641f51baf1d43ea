"""``sigproxy top`` and ``sigproxy ready``: what the admin listener of a running gateway says."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sigproxy.cli.common import CONFIG, fail, loaded, unwritable

if TYPE_CHECKING:
    from sigproxy.tools.top.source import Source

ADMIN = click.option(
    "--admin", metavar="ADDRESS", help="host:port, a URL, or the path of a UNIX socket."
)


@click.command()
@CONFIG
@ADMIN
@click.option("--once", is_flag=True, help="Print one frame, all of it, and exit.")
@click.option("--json", "as_json", is_flag=True, help="Print /-/status.json and exit.")
@click.option("--clients", is_flag=True, help="Show clients' addresses, not only their networks.")
def top(config: Path | None, admin: str | None, once: bool, as_json: bool, clients: bool) -> None:
    """Show what the gateway does, and what is wrong, in this terminal.

    The same as the page /-/status of its admin listener: all workers in one view, problems first,
    each with its error token and its remedy. Give the listener with --admin, or the configuration
    that has it ([admin] bind) with --config. Exits with 1 if it cannot be reached. Ctrl-C ends it.
    """
    from sigproxy.tools.top import run
    from sigproxy.tools.top.source import Unreachable

    source = _source(config, admin)
    shows = run.document if as_json else run.once if once or not sys.stdout.isatty() else run.watch
    try:
        shows(source, shows_clients=clients)
    except Unreachable as error:
        fail(f"sigproxy top: {error}")
    except OSError as error:  # `sigproxy top --once | head`, or a full disk
        unwritable(error, 0 if isinstance(error, BrokenPipeError) else 1)


@click.command()
@CONFIG
@ADMIN
def ready(config: Path | None, admin: str | None) -> None:
    """Ask the gateway whether it takes new clients: exit status 0 if so, and 1 if not.

    For health checks of containers. Asks /-/ready of the admin listener: give that with --admin,
    or the configuration that has it ([admin] bind) with --config. "not ready" is a gateway that
    stops; its open exchanges go on until drain_s.
    """
    from sigproxy.tools.top.source import Unreachable

    source = _source(config, admin)
    try:
        status, _ = source.answer("/-/ready")
    except Unreachable as error:
        fail(f"sigproxy ready: {error}")
    match status:
        case 200:
            click.echo("ready")
        case 503:
            fail("not ready: the gateway is stopping")
        case _:
            fail(
                f"sigproxy ready: {source.place} answers {status} to /-/ready: it is not the admin "
                "listener of a sigproxy; give the address of [admin] bind"
            )


def _source(config: Path | None, admin: str | None) -> "Source":
    from sigproxy.tools.top.source import Source, of_bind

    if admin is not None:
        try:
            return Source.parse(admin)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--admin") from None
    if config is None:
        raise click.UsageError("say which gateway: --admin 127.0.0.1:9901, or --config FILE")
    bind = loaded(config).admin.bind
    if bind is None:
        fail(f'{config}: it has no admin listener; add [admin] with bind = "127.0.0.1:9901"')
    return of_bind(bind)
