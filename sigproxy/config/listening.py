"""The sockets that ``server.bind`` and ``admin.bind`` mean; `check` opens them as `serve` does.

Each IPv6 socket is for IPv6 alone, since Linux lets none that takes IPv4 too stand beside an IPv4
socket of its port. "[::]:443" without an IPv4 address at that port means both, and so is two
sockets: it can be joined by 0.0.0.0:443, or left by it, in a reload that closes neither.
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
    """Return the family of *address*; a name is looked up for IPv4, as by gunicorn."""
    return socket.AF_INET6 if ":" in address.host else socket.AF_INET


def expanded(binds: Sequence[str]) -> tuple[str, ...]:
    """Return *binds* with the IPv4 half of each [::] that has no IPv4 address beside it."""
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
    """Return whether one address is the other, or a part of it: they cannot both be opened."""
    first, second = parse_bind(one), parse_bind(other)
    if isinstance(first, Path) or isinstance(second, Path):
        return first == second
    if first.port != second.port or family(first) != family(second):
        return False
    return first.host == second.host or bool({first.host, second.host} & {EVERY_IPV4, EVERY_IPV6})


def opened(host: str, port: int) -> socket.socket:
    """Return a listener's socket, bound; raise OSError."""
    kind = family(Authority(host, port))
    listener = socket.socket(kind, socket.SOCK_STREAM)
    try:
        # Or connections in TIME_WAIT would look like another program.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if host == EVERY_IPV6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def opened_for_both(host: str, port: int) -> socket.socket:
    """Return the admin listener's socket: one, for IPv4 too where it is [::]; raise OSError."""
    is_both = host == EVERY_IPV6 and socket.has_dualstack_ipv6()
    return socket.create_server(
        (host, port), family=family(Authority(host, port)), dualstack_ipv6=is_both
    )


def try_socket_file(path: Path) -> None:
    """Raise OSError if gunicorn could not put its socket at *path*, or would steal one."""
    if not path.parent.is_dir():
        raise OSError(ENOENT, f"the folder {path.parent} does not exist")
    if not os.access(path.parent, os.W_OK):
        raise OSError(EPERM, f"the folder {path.parent} cannot be written")
    if path.exists():
        _try_old_socket(path)


def _try_old_socket(path: Path) -> None:
    if not stat.S_ISSOCK(path.stat().st_mode):
        raise OSError(EEXIST, "a file that is no socket is in its place")
    # Nobody listens at a socket left behind by a crash, and gunicorn replaces that.
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        if probe.connect_ex(str(path)) == 0:
            raise OSError(EADDRINUSE, "taken")


def in_the_way(text: str, held: Collection[str]) -> str | None:
    """Return which of the *held* addresses keeps *text* from being opened beside it."""
    return next((each for each in held if overlap(text, each)), None)
