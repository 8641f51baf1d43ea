"""Standard streams that never block, and that exist even if they were closed at the start."""

import errno
import logging
import os
import sys
from contextlib import suppress

from sigproxy.assembly.routes import access_keys
from sigproxy.config import Settings, rates
from sigproxy.config.masking import Redaction
from sigproxy.telemetry import redaction
from sigproxy.telemetry.error_stream import ErrorStream


def take_over() -> None:
    """Write ``sys.stderr`` in a thread, in this process and in its forks."""
    _hold_closed_ones()
    if not isinstance(sys.stderr, ErrorStream):
        before, sys.stderr = sys.stderr, ErrorStream()
        _follow(before)


def hide_keys_of(settings: Settings) -> None:
    """From now on, mask access keys and passwords of *settings*, and in URLs, on standard error."""
    keys, url = access_keys(settings), settings.limits.request_rate_redis
    mask = Redaction(rates.passwords(url) if url else ())
    if isinstance(sys.stderr, ErrorStream):
        sys.stderr.hide = lambda text: keys.hidden_in(redaction.within_error(mask(text)))


def lost_lines() -> int:
    """Return how many lines of the error log could not be written since this process began."""
    return sys.stderr.lost if isinstance(sys.stderr, ErrorStream) else 0


def hidden(text: str) -> str:
    """Return *text* as standard error shows it."""
    return sys.stderr.hide(text) if isinstance(sys.stderr, ErrorStream) else text


def _hold_closed_ones() -> None:
    """Open /dev/null in the place of each standard stream that is closed.

    Otherwise the next opened file gets its number, and a client's connection could get the log.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError as error:
            if error.errno == errno.EBADF:  # open(2) uses the lowest free number, this one
                os.open(os.devnull, os.O_RDONLY)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  # never closed


def _follow(before: object) -> None:
    """Let the log handlers that wrote to *before* write to the new ``sys.stderr``."""
    for logger in (logging.getLogger(), logging.getLogger("gunicorn.error")):
        for handler in logger.handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is before:
                with suppress(OSError):
                    handler.setStream(sys.stderr)
