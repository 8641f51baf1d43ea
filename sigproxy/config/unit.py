"""The gateway's unit as systemd starts it: as whom, and with which limits, folders and sockets."""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sigproxy.config import unit_file
from sigproxy.config.environment import PREFIX
from sigproxy.config.unit_file import UnitFile

NAME = "sigproxy"
SERVICE, SOCKET = f"{NAME}.service", f"{NAME}.socket"
CREDENTIALS = Path("/run/credentials") / SERVICE  # where LoadCredential= puts copies

_MADE = {  # what systemd makes before the start, and gives to the user (systemd.exec(5))
    "RuntimeDirectory": Path("/run"),
    "StateDirectory": Path("/var/lib"),
    "CacheDirectory": Path("/var/cache"),
    "LogsDirectory": Path("/var/log"),
}
QUOTES = ("'", '"')
_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))
# What ProtectSystem=strict leaves as it is.
_NOT_SYSTEM = tuple(map(Path, ("/dev", "/proc", "/sys", "/tmp", "/var/tmp")))


@dataclass(frozen=True, slots=True)
class Unit:
    """What the installed units say; paths are those that the service sees."""

    path: Path
    user: str = "root"
    group: str | None = None
    more_groups: tuple[str, ...] = ()
    is_dynamic: bool = False  # the user exists only while the service runs
    open_files: int | None = None  # None: the unit does not say; it is systemd's default
    takes_low_ports: bool = False
    made: tuple[Path, ...] = ()
    read_only_but: tuple[Path, ...] | None = None  # what can be written; None: everything
    hidden: tuple[Path, ...] = ()
    binds: tuple[str, ...] = ()  # what the enabled socket unit opens in place of server.bind
    environment: Mapping[str, str] = field(default_factory=dict)  # SIGPROXY_* only

    def may_write(self, path: Path) -> bool:
        """Return whether the file system is not read-only there; the user may still lack rights."""
        return self.read_only_but is None or any(
            path.absolute().is_relative_to(each) for each in self.read_only_but
        )


def installed(root: Path = Path("/")) -> Unit | None:
    """Return the gateway's unit below *root*; None if it is not installed."""
    found = unit_file.installed(SERVICE, root)
    if found is None:
        return None
    is_dynamic = _is_on(found, "DynamicUser")
    capabilities = found.words("Service", "AmbientCapabilities")
    made = tuple(
        place / each.partition(":")[0]
        for key, place in _MADE.items()
        for each in found.words("Service", key)
    )
    return Unit(
        path=found.path,
        user=found.last("Service", "User") or (NAME if is_dynamic else "root"),
        group=found.last("Service", "Group"),
        more_groups=found.words("Service", "SupplementaryGroups"),
        is_dynamic=is_dynamic,
        open_files=_open_files(found.last("Service", "LimitNOFILE")),
        takes_low_ports="CAP_NET_BIND_SERVICE" in capabilities,
        made=made,
        read_only_but=_writable(found, made, is_dynamic),
        hidden=_HOMES if _hides_homes(found) else (),
        binds=_socket_binds(root),
        environment=dict(_environment(found, root)),
    )


def _is_on(found: UnitFile, key: str) -> bool:
    return (found.last("Service", key) or "").lower() in ("yes", "true", "on", "1")


def _open_files(text: str | None) -> int | None:
    """Return the hard limit in *text*: "524288", "1024:524288" or "infinity"."""
    hard = (text or "").rpartition(":")[2]
    return int(hard) if hard.isdecimal() else None


def _writable(found: UnitFile, made: tuple[Path, ...], is_dynamic: bool) -> tuple[Path, ...] | None:
    # DynamicUser= implies ProtectSystem=strict and ProtectHome=read-only (systemd.exec(5)).
    if found.last("Service", "ProtectSystem") != "strict" and not is_dynamic:
        return None
    named = (each.lstrip("-+") for each in found.words("Service", "ReadWritePaths"))
    return (*made, *map(Path, named), *_NOT_SYSTEM)


def _hides_homes(found: UnitFile) -> bool:
    return _is_on(found, "ProtectHome") or found.last("Service", "ProtectHome") == "tmpfs"


def _socket_binds(root: Path) -> tuple[str, ...]:
    found = unit_file.installed(SOCKET, root)
    if found is None or not unit_file.is_enabled(SOCKET, root):
        return ()
    return tuple(map(_bind, found.all("Socket", "ListenStream")))


def _bind(listens: str) -> str:
    if listens.isdecimal():
        return f"[::]:{listens}"
    return f"unix:{listens}" if listens.startswith("/") else listens


def _environment(found: UnitFile, root: Path) -> Iterator[tuple[str, str]]:
    """Yield the SIGPROXY_* variables; the last of a name wins, and files over the unit itself."""
    for value in found.all("Service", "Environment"):
        yield from _variables(_split(value))
    for value in found.all("Service", "EnvironmentFile"):
        with suppress(OSError):  # "-" in front: it is optional
            text = (root / value.removeprefix("-").lstrip("/")).read_text("utf-8", "replace")
            yield from _variables(map(_unquoted, text.splitlines()))


def _variables(assignments: Iterable[str]) -> Iterator[tuple[str, str]]:
    for each in assignments:
        name, equals, text = each.partition("=")
        if equals and name.startswith(PREFIX):
            yield name, text


def _unquoted(line: str) -> str:
    """Return a line of an EnvironmentFile=, where quotes count only around the whole value."""
    name, equals, text = line.strip().partition("=")
    text = text.strip()
    return f"{name.strip()}{equals}{' '.join(_split(text)) if text[:1] in QUOTES else text}"


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quotation without an end
        return text.split()
