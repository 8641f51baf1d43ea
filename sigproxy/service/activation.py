"""Listeners that systemd passes to us (sd_listen_fds(3))."""

import os
import socket

FIRST_LISTENER = 3


def is_socket_activated() -> bool:
    return os.environ.get("LISTEN_PID") == str(os.getpid())


def environment() -> dict[str, str]:
    """Return the environment; if systemd passes us listeners, they become ``server.bind``.

    So every rule about addresses checks the ones that are really open. It is done once, since
    gunicorn removes systemd's variables, and ``bind`` must not change at HUP.
    """
    environ = dict(os.environ)
    if is_socket_activated():
        last = FIRST_LISTENER + int(environ.get("LISTEN_FDS", "0"))
        names = [_listener_name(number) for number in range(FIRST_LISTENER, last)]
        environ["SIGPROXY_SERVER__BIND"] = ",".join(names)
    return environ


def _listener_name(number: int) -> str:
    listener = socket.socket(fileno=os.dup(number))
    with listener:
        name = listener.getsockname()
    if not isinstance(name, tuple):
        return f"unix:{os.fsdecode(name)}"
    return f"[{name[0]}]:{name[1]}" if ":" in name[0] else f"{name[0]}:{name[1]}"
