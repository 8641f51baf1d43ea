"""``sigproxy serve``."""

from functools import partial
from pathlib import Path

import click

from sigproxy.cli.common import CONFIG, checked, needs_unix
from sigproxy.config import preflight


@click.command()
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
    with needs_unix("serve"):
        from sigproxy.service import activation
        from sigproxy.service.serve import serve

    environ = activation.environment()
    look = partial(preflight, bind=not activation.is_socket_activated())
    settings = checked(config, environ, look)
    serve(config, settings, environ)
