"""The change from one configuration to the next: the old one serves until the new one does."""

import os
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gunicorn import sock, systemd

from sigproxy.config import Settings, listening
from sigproxy.runner import Contexts
from sigproxy.service.admin import AdminListener

OPEN_TRIES, OPEN_PAUSE_S = 5, 1.0


@dataclass(frozen=True, slots=True)
class State:
    """A configuration and what was loaded for it."""

    settings: Settings
    contexts: Contexts
    admin_listener: AdminListener | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """What serves until all new workers do, and continues to serve if one of them fails."""

    state: State
    listeners: list[Any]
    workers: frozenset[int]  # their pids


def serves(worker: Any) -> bool:
    """Return whether *worker* serves: its first heartbeat comes after it has opened its listeners.

    Before that, the heartbeat file has its creation time of the wall clock, which is far ahead of
    the monotonic clock.
    """
    return bool(worker.tmp.last_update() <= time.monotonic())


def open_listeners(cfg: Any, log: Any, held: Sequence[Any]) -> list[Any]:
    """Return a listener for each address of *cfg*; those that are *held* stay open.

    Closing a listener, even to open it again, loses the connections in its queue. If it raises
    OSError or ValueError, it leaves nothing new open.
    """
    known = {each.cfg_addr: each for each in held}
    opened: list[Any] = []
    try:
        for address in cfg.address:
            if address not in known:
                opened.append(_listener(address, cfg, log))
    except (OSError, ValueError):
        close(opened)
        raise
    known |= {each.cfg_addr: each for each in opened}
    return [known[address] for address in cfg.address]


def open_at_start(cfg: Any, log: Any) -> list[Any]:
    """Return all listeners; exit if they cannot be opened.

    It tries several times, as gunicorn does: a previous instance may still be stopping.
    """
    for left in reversed(range(OPEN_TRIES)):
        try:
            return open_listeners(cfg, log, ())
        except (OSError, ValueError) as error:
            log.error("a listener cannot be opened: %s", error)
            if not left:
                sys.exit(f"not started: {error}; correct that and start sigproxy again")
        time.sleep(OPEN_PAUSE_S)
    raise AssertionError


def from_systemd(cfg: Any, log: Any) -> list[Any]:
    """Return a listener for each socket that systemd passes to this process."""
    first = systemd.SD_LISTEN_FDS_START
    return [_passed(number, cfg, log) for number in range(first, first + systemd.listen_fds())]


def _passed(number: int, cfg: Any, log: Any) -> Any:
    with socket.socket(fileno=os.dup(number)) as passed:
        name = passed.getsockname()
    return _kind(name)(name, cfg, log, fd=number)


def urls(listeners: Sequence[Any], *, is_tls: bool) -> str:
    """Return where clients connect, for people: "https://0.0.0.0:443, https://[::]:443".

    *is_tls* since the last reload, which a listener that stays open does not know.
    """
    return ", ".join(_url(each.getsockname(), is_tls) for each in listeners)


def _url(name: Any, is_tls: bool) -> str:
    if not isinstance(name, tuple):
        return f"unix:{os.fsdecode(name)}"
    host, port = name[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if is_tls else 'http'}://{shown}:{port}"


class _Ipv6(sock.TCP6Socket):  # type: ignore[misc]  # gunicorn is untyped
    """gunicorn's own always calls itself "http", in the log."""

    def __str__(self) -> str:
        return _url(self.sock.getsockname(), self.conf.is_ssl)


def _kind(address: Any) -> Any:
    """Return the class of a listener at *address*."""
    kind = sock._sock_type(address)
    return _Ipv6 if kind is sock.TCP6Socket else kind


def _listener(address: Any, cfg: Any, log: Any) -> Any:
    """Return gunicorn's listener; TCP sockets are opened in the same way as in `check`."""
    try:
        bound = listening.opened(*address[:2]).detach() if isinstance(address, tuple) else None
        return _kind(address)(address, cfg, log, fd=bound)
    except OSError as error:
        named = "{}:{}".format(*address[:2]) if isinstance(address, tuple) else f"unix:{address}"
        raise OSError(error.errno, f"{named}: {error.strerror}") from error


def close_own_copy(listeners: Sequence[Any], keep: Sequence[Any]) -> None:
    """Close *listeners* except those to *keep*, in this process only."""
    for each in listeners:
        if each not in keep:
            each.close()


def close(listeners: Sequence[Any], keep: Sequence[Any] = ()) -> None:
    """Close *listeners* except those to *keep*, and remove the files of UNIX sockets."""
    for each in listeners:
        if each not in keep:
            with suppress(OSError):  # its file has gone
                sock.close_sockets([each])
