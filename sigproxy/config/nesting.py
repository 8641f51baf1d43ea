"""Which timeout must be longer than which: for gunicorn's options, and for `check`."""

import math
from collections.abc import Iterator

from sigproxy.config.model import Settings

# After drain_s a worker only has to exit; the machine may be busy.
EXIT_S = 5
# A draining worker sends no heartbeat; gunicorn must not consider it dead before it has exited.
SILENCE_S = 10
# TimeoutStopSec= in systemd/sigproxy.service, and the part of it that the master needs itself.
UNIT = "systemd/sigproxy.service"
UNIT_STOP_S = 45
MASTER_S = 5

SLOW_NETWORK_S = 2.0  # one packet is lost, and sent again after a second (RFC 6298)
LONG_POLL_S = 70  # the SDKs' long polls take 60 s and more
SPEAKS_EVERY_S = 60  # the longest silence of a healthy WebSocket of the SDKs


def worker_ends_s(settings: Settings) -> int:
    """Return after how many seconds gunicorn kills a worker that has to stop."""
    return math.ceil(settings.server.drain_s) + EXIT_S


def worker_is_dead_s(settings: Settings) -> int:
    """Return after how many seconds without a heartbeat gunicorn considers a worker dead."""
    return worker_ends_s(settings) + SILENCE_S


def stop_s(settings: Settings) -> int:
    """Return how many seconds systemd, or another supervisor, has to wait before it kills us."""
    return worker_ends_s(settings) + MASTER_S


def lines(settings: Settings) -> Iterator[str]:
    """Yield how the timeouts nest, one chain per line."""
    server, upstream = settings.server, settings.upstream
    ends_s, needed_s = worker_ends_s(settings), stop_s(settings)
    notice = f"drain_notice_s {server.drain_notice_s:g} s < " if server.drain_notice_s else ""
    drain = f"drain_s {server.drain_s:g} s < gunicorn ends a worker at {ends_s} s"
    enough = f"TimeoutStopSec {UNIT_STOP_S} s in {UNIT}"
    if needed_s > UNIT_STOP_S:
        enough = f"TimeoutStopSec must be {needed_s} s or more: it is {UNIT_STOP_S} in {UNIT}"
    yield f"a stop: {notice}{drain} < {enough}"
    yield f"a worker: {drain} < a silent one is dead at {worker_is_dead_s(settings)} s"
    yield (
        f"an upstream, one after the other: connect_timeout_s {upstream.connect_timeout_s:g} s, "
        f"tls_timeout_s {upstream.tls_timeout_s:g} s, "
        f"response_timeout_s {upstream.response_timeout_s:g} s"
    )


def remarks(settings: Settings) -> Iterator[str]:
    """Yield a remark for each timeout that is too short for its purpose."""
    needed_s, response_s = stop_s(settings), settings.upstream.response_timeout_s
    idle_s = settings.limits.websocket_idle_s
    if needed_s > UNIT_STOP_S:
        yield (
            f"server.drain_s: with {settings.server.drain_s:g} a stop may take {needed_s} s, and "
            f"systemd kills at {UNIT_STOP_S}; set TimeoutStopSec={needed_s} in a drop-in "
            "(systemctl edit sigproxy.service)"
        )
    for name, seconds in (
        ("limits.header_timeout_s", settings.limits.header_timeout_s),
        ("upstream.connect_timeout_s", settings.upstream.connect_timeout_s),
        ("upstream.tls_timeout_s", settings.upstream.tls_timeout_s),
    ):
        if seconds < SLOW_NETWORK_S:
            yield (
                f"{name}: {seconds:g} is less than slow networks take, whose lost packets are "
                f"sent again after a second; use {SLOW_NETWORK_S:g} or more"
            )
    if response_s < LONG_POLL_S:
        yield (
            f"upstream.response_timeout_s: {response_s:g} ends the SDKs' long polls, which take "
            f"60 s and more; use {LONG_POLL_S} or more"
        )
    if idle_s <= SPEAKS_EVERY_S:
        yield (
            f"limits.websocket_idle_s: {idle_s:g} closes healthy WebSockets, which may be silent "
            f"for a minute; use more than {SPEAKS_EVERY_S}"
        )
