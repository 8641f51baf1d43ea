"""Find what the settings cannot have on this machine. Nothing stays open; ``notes`` has more."""

import errno
import os
import socket
import stat
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from sigproxy import open_files
from sigproxy.config import listening, tracing
from sigproxy.config.certificates import Fault, ca_faults, server_faults
from sigproxy.config.model import Settings
from sigproxy.config.problem import Invalid, Loc, Problem, are_related
from sigproxy.config.values import parse_bind
from sigproxy.policies.limits import connections_for, files_for

# A WebSocket needs two sockets: this allows about 2,000 WebSockets in each worker.
MIN_OPEN_FILES = 4096

_BIND: Loc = ("server", "bind")
_ADMIN: Loc = ("admin", "bind")
_LOG: Loc = ("access_log", "path")
_TRACING: Loc = ("tracing", "endpoint")
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
        "needs a permission that this user does not have",
        "choose a port above 1023, or grant CAP_NET_BIND_SERVICE",
    ),
}


def preflight(
    settings: Settings,
    *,
    bind: bool = True,
    admin: bool = True,
    held: Collection[str] = (),
    doubtful: Collection[Loc] = (),
    files: int | None = None,
    made: Collection[Path] = (),
) -> tuple[Problem, ...]:
    """Return the problems that *settings* have on this machine.

    *bind*: try the addresses for clients; *admin*: try the one for metrics. *held* addresses are
    not tried: the gateway that is reloading has them open itself. Nothing is said about settings
    that are *doubtful* (``ConfigError``). *files*: how many a process may open, if not as many as
    this one; *made*: folders that will be there when the service starts.
    """
    files = open_files.hard_limit() if files is None else files
    faults = [*_tls_faults(settings), *_log_faults(settings.access_log.path, made)]
    if settings.tracing.endpoint is not None and (fault := tracing.missing()):
        faults.append((_TRACING, fault))
    addresses = [(_BIND, text) for text in listening.expanded(settings.server.bind) if bind]
    if admin and settings.admin.bind is not None:
        addresses.append((_ADMIN, settings.admin.bind))
    faults += _bind_faults(addresses, held)
    faults += _open_file_faults(settings, files)
    sources = settings._sources
    problems = [
        sources.problem(loc, fault.what, fault.remedy)
        for loc, fault in faults
        if not are_related((loc,), doubtful)
    ]
    return (*problems, *_open_file_problems(files))


def _tls_faults(settings: Settings) -> Iterator[Fault]:
    if settings.server.certificate:
        yield from server_faults(settings.server.certificate, settings.server.private_key)
    if settings.upstream.ca_file:
        yield from ca_faults(settings.upstream.ca_file)


def _log_faults(path: str, made: Collection[Path]) -> Iterator[Fault]:
    if path == "-":
        return
    file, folder = Path(path), Path(path).parent
    if folder in made and not folder.exists():
        return
    if not folder.is_dir():
        yield _LOG, Invalid(f"the folder {folder} does not exist", "create it, or use '-'")
    elif file.is_dir():
        yield _LOG, Invalid(f"{file} is a folder", "name a file in it")
    elif not os.access(file if file.exists() else folder, os.W_OK):
        yield _LOG, Invalid(f"{file} cannot be written", "let the user who runs sigproxy write it")
    elif file.exists() and (why := _no_log(file)):
        yield _LOG, Invalid(f"{file} {why}", "name a file, or '-' for standard output")


def _no_log(file: Path) -> str | None:
    """Return why lines cannot be appended to *file*, which exists; None if they can."""
    mode = file.stat().st_mode
    if stat.S_ISSOCK(mode) or stat.S_ISBLK(mode):
        return "is a socket" if stat.S_ISSOCK(mode) else "is a disk"
    if stat.S_ISCHR(mode):
        try:
            with file.open("wb", buffering=0) as device:
                device.write(b"")  # fails on /dev/full
        except OSError as error:
            return f"cannot be written: {error.strerror}"
    return None


def _bind_faults(addresses: Sequence[tuple[Loc, str]], held: Collection[str]) -> Iterator[Fault]:
    """Open all *addresses* together, as `serve` does, and close them."""
    with ExitStack() as stack:
        for loc, text in addresses:
            if text in held:
                continue
            try:
                if listener := _opened(loc, text):
                    stack.enter_context(listener)
            except OSError as error:
                yield loc, _why_not(text, error, held)


def _opened(loc: Loc, text: str) -> socket.socket | None:
    address = parse_bind(text)
    if isinstance(address, Path):
        listening.try_socket_file(address)
        return None
    if loc == _ADMIN:
        return listening.opened_for_both(address.host, address.port)
    listener = listening.opened(address.host, address.port)
    listener.listen(1)  # two sockets that are only bound would not conflict
    return listener


def _why_not(text: str, error: OSError, held: Collection[str]) -> Invalid:
    if error.errno == errno.EADDRINUSE and (own := listening.in_the_way(text, held)):
        return Invalid(
            f"{text} cannot be opened while this gateway listens at {own}",
            "restart it instead of reloading it, or keep that address",
        )
    what, remedy = _BIND_ERRORS.get(
        error.errno or 0, (f"cannot be bound: {error.strerror}", "choose another address")
    )
    return Invalid(f"{text} {what}", remedy)


def _open_file_problems(files: int | None) -> Iterator[Problem]:
    if files is not None and files < MIN_OPEN_FILES:
        yield Problem(
            "system",
            "RLIMIT_NOFILE",
            f"a process may open {files} files, and a WebSocket takes two",
            f"allow {MIN_OPEN_FILES} or more: LimitNOFILE= in the unit, ulimit -Hn in a shell",
        )


def _open_file_faults(settings: Settings, files: int | None) -> Iterator[Fault]:
    asked = settings.limits.connections
    if files is None or asked is None or asked <= (most := connections_for(files)):
        return
    yield (
        ("limits", "connections"),
        Invalid(
            f"{asked} connections need {files_for(asked)} open files; a process may have {files}",
            f"choose {most} or less, or allow more files: LimitNOFILE= in the unit, ulimit -Hn",
        ),
    )
