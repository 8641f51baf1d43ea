"""The sockets for ``server.bind`` and ``admin.bind``; `check` opens them in the way of `serve`.

Each IPv6 socket of ``server.bind`` is for IPv6 only: on Linux a dual-stack socket conflicts with an
IPv4 socket at the same port. "[::]:443" without an IPv4 address at that port becomes two sockets,
[::]:443 and 0.0.0.0:443. So a reload can add or remove 0.0.0.0:443 and close neither.
"""

import os
import socket
import stat
from collections.abc import Collection, Sequence
from errno import EADDRINUSE, EEXIST, ENOENT, EPERM
from pathlib import Path

from sigproxy.config.values import parse_bind
from sigproxy.semantics.authority import Authority

EVERY_IPV4, EVERY_IPV6 = "0.0.0.0", "::"


def family(address: Authority) -> socket.AddressFamily:
    """Return the family of *address*; a name is resolved to IPv4, as in gunicorn."""
    return socket.AF_INET6 if ":" in address.host else socket.AF_INET


def expanded(binds: Sequence[str]) -> tuple[str, ...]:
    """Return *binds*, and 0.0.0.0 for each [::] without an IPv4 address at the same port."""
    ports = {
        address.port
        for address in map(parse_bind, binds)
        if isinstance(address, Authority) and family(address) == socket.AF_INET
    }
    found: list[str] = []
    for text in binds:
        address = parse_bind(text)
        found.append(text)
        if isinstance(address, Path) or address.host != EVERY_IPV6 or address.port in ports:
            continue
        found.append(f"{EVERY_IPV4}:{address.port}")
    return tuple(found)


def overlap(one: str, other: str) -> bool:
    """Return whether one address is, or includes, the other: they cannot both be opened."""
    first, second = parse_bind(one), parse_bind(other)
    if isinstance(first, Path) or isinstance(second, Path):
        return first == second
    if first.port != second.port or family(first) != family(second):
        return False
    return first.host == second.host or bool({first.host, second.host} & {EVERY_IPV4, EVERY_IPV6})


def opened(host: str, port: int) -> socket.socket:
    """Return a bound socket for a listener; raise OSError."""
    kind = family(Authority(host, port))
    listener = socket.socket(kind, socket.SOCK_STREAM)
    try:
        # Without it, connections in TIME_WAIT would make the address look taken.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if host == EVERY_IPV6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def opened_for_both(host: str, port: int) -> socket.socket:
    """Return the admin listener's single socket; [::] also accepts IPv4; raise OSError."""
    is_both = host == EVERY_IPV6 and socket.has_dualstack_ipv6()
    return socket.create_server(
        (host, port), family=family(Authority(host, port)), dualstack_ipv6=is_both
    )


def try_socket_file(path: Path) -> None:
    """Raise OSError if gunicorn cannot create its socket at *path*, or would replace one in use."""
    if not path.parent.is_dir():
        raise OSError(ENOENT, f"the folder {path.parent} does not exist")
    if not os.access(path.parent, os.W_OK):
        raise OSError(EPERM, f"the folder {path.parent} cannot be written")
    if path.exists():
        _try_old_socket(path)


def _try_old_socket(path: Path) -> None:
    if not stat.S_ISSOCK(path.stat().st_mode):
        raise OSError(EEXIST, "a file that is not a socket is in its place")
    # After a crash nobody listens at the old socket, and gunicorn replaces it.
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        if probe.connect_ex(str(path)) == 0:
            raise OSError(EADDRINUSE, "taken")


def in_the_way(text: str, held: Collection[str]) -> str | None:
    """Return which of the *held* addresses prevents that *text* is opened; None if none does."""
    return next((each for each in held if overlap(text, each)), None)
