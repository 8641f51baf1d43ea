"""Standard streams on which nobody waits, and which are there even where they were closed."""

import errno
import logging
import os
import sys
from contextlib import suppress

from sigproxy.assembly import access_keys
from sigproxy.config import Settings
from sigproxy.telemetry import redaction
from sigproxy.telemetry.error_stream import ErrorStream


def take_over() -> None:
    """Let ``sys.stderr`` be written on a thread, in this process and in those that it forks."""
    _hold_closed_ones()
    if not isinstance(sys.stderr, ErrorStream):
        before, sys.stderr = sys.stderr, ErrorStream()
        _follow(before)


def hide_keys_of(settings: Settings) -> None:
    """Show no access key of *settings* on standard error from now on, nor a password in a URL."""
    keys = access_keys(settings)
    if isinstance(sys.stderr, ErrorStream):
        sys.stderr.hide = lambda text: keys.hidden_in(redaction.within_error(text))


def _hold_closed_ones() -> None:
    """Put something that takes nothing in the place of each standard stream that is closed.

    Or the next file to be opened has its number, and a client's connection gets the log.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError as error:
            if error.errno == errno.EBADF:  # the lowest that is free is what open(2) takes
                os.open(os.devnull, os.O_RDONLY)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  # for as long as the process


def _follow(before: object) -> None:
    """Let the handlers that wrote to *before* write to what stands in its place."""
    for logger in (logging.getLogger(), logging.getLogger("gunicorn.error")):
        for handler in logger.handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is before:
                with suppress(OSError):
                    handler.setStream(sys.stderr)
