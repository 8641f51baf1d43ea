"""What only this machine can tell: files, addresses, limits. Nothing stays open."""

import errno
import os
import resource
import socket
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from sigproxy.config import nesting, routes
from sigproxy.config.certificates import Fault, ca_faults, server_faults
from sigproxy.config.model import Settings
from sigproxy.config.problem import Invalid, Loc, Problem
from sigproxy.config.values import is_loopback, parse_bind
from sigproxy.policies.limits import connections_for, files_for
from sigproxy.semantics.authority import Authority

# Two sockets for a WebSocket: about 2,000 of them in each worker.
MIN_OPEN_FILES = 4096

_BIND: Loc = ("server", "bind")
_ADMIN: Loc = ("admin", "bind")
_LOG: Loc = ("access_log", "path")
_BIND_ERRORS = {
    errno.EADDRINUSE: (
        "is taken by another program",
        "stop that program or choose another address",
    ),
    errno.EADDRNOTAVAIL: (
        "is not an address of this machine",
        "choose one of its own, or 0.0.0.0 or [::] for all",
    ),
    errno.EACCES: (
        "needs a right that this user lacks",
        "choose a port above 1023, or grant CAP_NET_BIND_SERVICE",
    ),
}


def preflight(
    settings: Settings, *, bind: bool = True, admin: bool = True, held: Collection[str] = ()
) -> tuple[Problem, ...]:
    """Return what would keep *settings* from working on this machine.

    Addresses that a gateway which reloads holds itself are not tried; without *bind*, none for
    clients is, and without *admin* not that for metrics.
    """
    faults = [*_tls_faults(settings), *_log_faults(settings.access_log.path)]
    addresses = [(_BIND, text) for text in settings.server.bind if bind]
    if admin and settings.admin.bind is not None:
        addresses.append((_ADMIN, settings.admin.bind))
    faults += [
        fault for loc, text in addresses if text not in held for fault in _bind_faults(loc, text)
    ]
    problems = [settings._sources.problem(loc, fault.what, fault.remedy) for loc, fault in faults]
    return (*problems, *_open_file_problems(settings))


def remarks(settings: Settings) -> Iterator[str]:
    """Yield what works, and may yet be a slip."""
    yield from routes.remarks(settings.route)
    yield from nesting.remarks(settings)
    yield from _share_remarks(settings)
    for network in settings.server.trusted_proxies or ():
        if settings.server.proxy_protocol and network.prefixlen == 0:
            yield f"server.trusted_proxies: {network} is everybody, who may then claim any address"
    if (admin := settings.admin.bind) and not is_loopback(admin):
        yield (
            f"admin.bind: {admin} can be reachable from other machines, and asks for no password; "
            "let a firewall admit the monitoring alone"
        )
    for index, route in enumerate(settings.route):
        if route.keys_file and route.keys_file.stat().st_mode & stat.S_IROTH:
            yield f"route[{index}].keys_file: every user of this machine can read {route.keys_file}"


def _share_remarks(settings: Settings) -> Iterator[str]:
    limits = settings.limits
    for name, most, share in (
        ("connections", limits.connections, limits.connections_per_address),
        ("websockets", limits.websockets, limits.websockets_per_address),
    ):
        if most is not None and share >= most:
            yield (
                f"limits.{name}_per_address: one client address may hold all {most} that "
                f"limits.{name} allows, and lock the others out; choose less"
            )


def _tls_faults(settings: Settings) -> Iterator[Fault]:
    if settings.server.certificate:
        yield from server_faults(settings.server.certificate, settings.server.private_key)
    if settings.upstream.ca_file:
        yield from ca_faults(settings.upstream.ca_file)


def _log_faults(path: str) -> Iterator[Fault]:
    if path == "-":
        return
    file, folder = Path(path), Path(path).parent
    if not folder.is_dir():
        yield _LOG, Invalid(f"the folder {folder} does not exist", "create it, or use '-'")
    elif file.is_dir():
        yield _LOG, Invalid(f"{file} is a folder", "name a file in it")
    elif not os.access(file if file.exists() else folder, os.W_OK):
        yield _LOG, Invalid(f"{file} cannot be written", "let the user who runs sigproxy write it")


def _bind_faults(loc: Loc, text: str) -> Iterator[Fault]:
    address = parse_bind(text)
    try:
        if isinstance(address, Path):
            _try_socket_file(address)
        else:
            _try_port(address)
    except OSError as error:
        what, remedy = _BIND_ERRORS.get(
            error.errno or 0, (f"cannot be bound: {error.strerror}", "choose another address")
        )
        yield loc, Invalid(f"{text} {what}", remedy)


def _try_port(address: Authority) -> None:
    """Bind *address* as gunicorn will, and let go of it again; raise OSError if refused."""
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    family, kind, protocol, _, sockaddr = found[0]
    with socket.socket(family, kind, protocol) as listener:
        # As gunicorn does, or connections in TIME_WAIT would look like another program.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(sockaddr)


def _try_socket_file(path: Path) -> None:
    """Raise OSError if gunicorn could not put its socket at *path*, or would steal one."""
    if not path.parent.is_dir():
        raise OSError(errno.ENOENT, f"the folder {path.parent} does not exist")
    if not os.access(path.parent, os.W_OK):
        raise OSError(errno.EPERM, f"the folder {path.parent} cannot be written")
    if path.exists():
        _try_old_socket(path)


def _try_old_socket(path: Path) -> None:
    if not stat.S_ISSOCK(path.stat().st_mode):
        raise OSError(errno.EEXIST, "a file that is no socket is in its place")
    # Nobody listens at a socket left behind by a crash, and gunicorn replaces that.
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        if probe.connect_ex(str(path)) == 0:
            raise OSError(errno.EADDRINUSE, "taken")


def _open_file_problems(settings: Settings) -> Iterator[Problem]:
    # The hard limit: `serve` raises the soft one to it.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return
    if hard < MIN_OPEN_FILES:
        yield Problem(
            "system",
            "RLIMIT_NOFILE",
            f"a process may open {hard} files, and a WebSocket takes two",
            f"allow {MIN_OPEN_FILES} or more: LimitNOFILE= in the unit, ulimit -Hn in a shell",
        )
    most, asked = connections_for(hard), settings.limits.connections
    if asked is not None and asked > most:
        yield settings._sources.problem(
            ("limits", "connections"),
            f"{asked} connections need {files_for(asked)} open files; a process may have {hard}",
            f"choose {most} or less, or allow more files: LimitNOFILE= in the unit, ulimit -Hn",
        )
