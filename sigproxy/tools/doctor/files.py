"""Whether the service's own user can read what the configuration names, whoever runs doctor."""

import os
import pwd
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sigproxy.config import Settings
from sigproxy.config.masking import shown_path, shown_secret_path
from sigproxy.tools.doctor.finding import Finding, failure, warning, well

NAME = "files"
_TRY_S = 3.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that the service reads; *is_secret*: nobody else should."""

    setting: str
    path: Path
    shown: str
    is_secret: bool


@dataclass(frozen=True, slots=True)
class FilesSeen:
    """*user*: who was asked for. *unreadable*, *exposed*: which of the files are.

    *why*: why nobody could try; "" if somebody could.
    """

    user: str
    count: int = 0
    unreadable: tuple[Wanted, ...] = ()
    exposed: tuple[Wanted, ...] = ()
    why: str = ""


def wanted(settings: Settings, config: Path | None) -> Iterator[Wanted]:
    """Yield the configuration's file, and each that it names."""
    if config is not None:
        yield Wanted("configuration", config, shown_path(config), False)
    server, turn = settings.server, settings.turn
    if (key := server.private_key or server.certificate) is not None:
        yield Wanted("server.private_key", key, shown_path(key), True)
    if server.certificate is not None and server.private_key is not None:
        yield Wanted(
            "server.certificate", server.certificate, shown_path(server.certificate), False
        )
    if (ca_file := settings.upstream.ca_file) is not None:
        yield Wanted("upstream.ca_file", ca_file, shown_path(ca_file), False)
    if turn is not None and turn.secret_file is not None:
        shown = shown_secret_path(turn.secret_file)
        yield Wanted("turn.secret_file", turn.secret_file, shown, True)
    tables = [(f"route[{index}]", each.keys_file) for index, each in enumerate(settings.route)]
    test = settings.network_test
    own = [
        ("turn", turn.keys_file if turn else None),
        ("network_test", test.keys_file if test else None),
    ]
    for name, file in [*tables, *own]:
        if file is not None:
            yield Wanted(f"{name}.keys_file", file, shown_path(file), True)


def look(files: tuple[Wanted, ...], user: str) -> FilesSeen:
    """Try to read *files* as *user*, which only root can do for another."""
    exposed = tuple(each for each in files if each.is_secret and _is_open_to_all(each.path))
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        return FilesSeen(user, exposed=exposed, why=f"there is no user {user} on this machine")
    if os.geteuid() not in (0, entry.pw_uid):
        why = f"run doctor as root, or as {user}, to see what {user} can read"
        return FilesSeen(user, exposed=exposed, why=why)
    unreadable = tuple(each for each in files if not _can_read(entry, each.path))
    return FilesSeen(user, len(files), unreadable, exposed)


def _can_read(entry: pwd.struct_passwd, path: Path) -> bool:
    """Let the kernel judge: folders above, groups and access lists count too."""
    is_root = os.geteuid() == 0
    tried = subprocess.run(
        ["test", "-r", str(path)],
        timeout=_TRY_S,
        check=False,
        user=entry.pw_uid if is_root else None,
        group=entry.pw_gid if is_root else None,
        extra_groups=os.getgrouplist(entry.pw_name, entry.pw_gid) if is_root else None,
    )
    return tried.returncode == 0


def _is_open_to_all(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def judge(seen: FilesSeen) -> Iterator[Finding]:
    for each in seen.exposed:
        what = f"every user of this machine can read {each.shown} ({each.setting})"
        remedy = "chmod 640 it, and replace what it holds if others had a login"
        yield warning(NAME, "secret_exposed", what, remedy)
    for each in seen.unreadable:
        what = f"{seen.user} cannot read {each.shown} ({each.setting})"
        remedy = f"chgrp {seen.user} and chmod 640 it, and let {seen.user} enter its folder"
        yield failure(NAME, "file_unreadable", what, remedy)
    if seen.why:
        yield warning(NAME, "files_untested", seen.why, "or give --user")
    elif not seen.unreadable:
        yield well(NAME, f"{seen.user} can read all {seen.count} that the configuration names")
