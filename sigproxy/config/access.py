"""What the user as whom the service runs cannot read, write or open; root asks it for `check`."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sigproxy.config import listening
from sigproxy.config.account import Account
from sigproxy.config.certificates import CA_FILE, CERTIFICATE, PRIVATE_KEY, Fault
from sigproxy.config.masking import shown_path
from sigproxy.config.model import Settings
from sigproxy.config.problem import Invalid, Loc
from sigproxy.config.unit import CREDENTIALS, NAME, SERVICE, SOCKET, Unit
from sigproxy.config.values import parse_bind

_LOG: Loc = ("access_log", "path")
_BIND: Loc = ("server", "bind")
_PORTS = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")  # ip(7) of Linux


def file_faults(settings: Settings, account: Account, unit: Unit | None) -> Iterator[Fault]:
    """Yield what *account* cannot do with the files of *settings*.

    Files that are not there at all, or that nobody can use, are left to ``load`` and ``preflight``.
    """
    for loc, path in _read(settings):
        if fault := unreadable(path, account, unit):
            yield loc, fault
    if settings.access_log.path != "-":
        yield from _log_faults(Path(settings.access_log.path), account, unit)


def unreadable(path: Path, account: Account, unit: Unit | None) -> Invalid | None:
    """Return why *account* cannot read *path*; None if it can, or if nobody can."""
    shown, whole = shown_path(path), path.absolute()
    # systemd copies credentials for the service; a configuration may come from a pipe.
    if whole.is_relative_to(CREDENTIALS) or not path.is_file():
        return None
    if unit is not None and any(whole.is_relative_to(each) for each in unit.hidden):
        return Invalid(
            f"{shown} is hidden from the service (ProtectHome= in {unit.path})",
            "move it to /etc/sigproxy",
        )
    if account.can_read(path):
        return None
    what = f"{shown} cannot be read by the user {account.name}, as whom the service runs"
    if folder := account.closed_folder(path):
        return Invalid(
            f"{what}: the folder {folder} is closed to it",
            f"copy it: install -m 0640 -g {account.group} {shown} /etc/sigproxy/ (as a hook, if it "
            "is renewed), or open the folder",
        )
    return Invalid(what, f"chgrp {account.group} {shown} && chmod 640 {shown}")


def bind_faults(settings: Settings, account: Account, unit: Unit | None) -> Iterator[Fault]:
    """Yield the addresses that *account* may not listen at, though they are free."""
    lowest = 0 if account.uid == 0 or (unit and unit.takes_low_ports) else _first_free_port()
    for text in listening.expanded(settings.server.bind):
        address = parse_bind(text)
        if isinstance(address, Path):
            if address.parent.is_dir() and not account.can_write(address.parent):
                what = f"{text} cannot be bound: the user {account.name} cannot write its folder"
                yield _BIND, Invalid(what, f"chown {account.name} {address.parent}")
        elif address.port < lowest:
            yield (
                _BIND,
                Invalid(
                    f"{text} needs a permission that the user {account.name} does not have",
                    f"choose a port above {lowest - 1}, or have systemd open it (systemctl enable "
                    f"{SOCKET}), or grant CAP_NET_BIND_SERVICE in a drop-in",
                ),
            )


def _read(settings: Settings) -> Iterator[tuple[Loc, Path]]:
    """Yield every file that the service reads, where it is set."""
    server, turn = settings.server, settings.turn
    files: dict[Loc, Path | None] = {
        CERTIFICATE: server.certificate,
        PRIVATE_KEY: server.private_key,
        CA_FILE: settings.upstream.ca_file,
        ("upstream", "proxy_credentials_file"): settings.upstream.proxy_credentials_file,
    }
    for index, route in enumerate(settings.route):
        files["route", index, "keys_file"] = route.keys_file
    if turn is not None:
        files |= {("turn", "keys_file"): turn.keys_file, ("turn", "secret_file"): turn.secret_file}
    if settings.network_test is not None:
        files["network_test", "keys_file"] = settings.network_test.keys_file
    yield from ((loc, path) for loc, path in files.items() if path is not None)


def _log_faults(file: Path, account: Account, unit: Unit | None) -> Iterator[Fault]:
    if unit is not None and not unit.may_write(file):
        yield (
            _LOG,
            Invalid(
                f"{file} is read-only for the service (ProtectSystem= in {unit.path})",
                f"name a file in /var/log/{NAME}, or add ReadWritePaths={file.parent} in a drop-in "
                f"(systemctl edit {SERVICE})",
            ),
        )
        return
    place = file if file.exists() else file.parent
    if unit is not None and place in unit.made:  # systemd gives it to the user
        return
    if place.exists() and not account.can_write(place):
        what = f"{file} cannot be written by the user {account.name}, as whom the service runs"
        yield _LOG, Invalid(what, f"chown {account.name} {place}")


def _first_free_port() -> int:
    with suppress(OSError, ValueError):
        return int(_PORTS.read_text("ascii"))
    return 1024
