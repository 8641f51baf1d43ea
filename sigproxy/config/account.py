"""A user of this machine: whether the kernel lets it read and write a file."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

with suppress(ModuleNotFoundError):  # Windows, where nobody is `found`
    import grp
    import pwd

# Of no user: systemd takes the ids of DynamicUser= from 61184 on (systemd.exec(5)).
DYNAMIC_ID = 61184


@dataclass(frozen=True, slots=True)
class Account:
    """*groups* are the ids of all its groups."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]

    @property
    def group(self) -> str:
        """The name of its main group, for `chgrp`."""
        try:
            return grp.getgrgid(self.gid).gr_name
        except KeyError:
            return str(self.gid)

    def can_read(self, path: Path) -> bool:
        return self._may(path, os.R_OK)

    def can_write(self, path: Path) -> bool:
        return self._may(path, os.W_OK)

    def closed_folder(self, path: Path) -> Path | None:
        """Return the first folder on the way to *path* that does not let it pass; None if none."""
        folders = reversed(Path(os.path.realpath(path)).parents)
        return next((each for each in folders if not self._may(each, os.X_OK)), None)

    def _may(self, path: Path, how: int) -> bool:
        with _acting_as(self):
            return os.access(path, how, effective_ids=True)


def is_root() -> bool:
    """Return whether this process may judge for other users; never on Windows."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def own_name() -> str:
    """Return the name of this process's user; its number if it has none, as in a container."""
    if not hasattr(os, "geteuid"):
        return os.environ.get("USERNAME", "who runs this")
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def is_open_to_all(path: Path, bits: int = stat.S_IROTH) -> bool:
    """Return whether every user may do what *bits* say; raise OSError.

    Windows has other permissions, and Python makes up a mode for them.
    """
    return hasattr(os, "geteuid") and bool(path.stat().st_mode & bits)


def found(name: str, group: str | None = None, more_groups: Iterable[str] = ()) -> Account | None:
    """Return the account of that name, or number, with other groups; None if there is none."""
    if not hasattr(os, "geteuid"):
        return None
    try:
        entry = pwd.getpwuid(int(name)) if name.isdecimal() else pwd.getpwnam(name)
    except KeyError:
        return None
    return _with_groups(entry.pw_name, entry.pw_uid, entry.pw_gid, group, more_groups)


def dynamic(name: str, group: str | None = None, more_groups: Iterable[str] = ()) -> Account:
    """Return an account that stands for one that systemd makes at the start: nothing is its own."""
    return _with_groups(name, DYNAMIC_ID, DYNAMIC_ID, group, more_groups)


def _with_groups(
    name: str, uid: int, gid: int, group: str | None, more_groups: Iterable[str]
) -> Account:
    main = _group_id(group) if group else None
    others = [number for each in more_groups if (number := _group_id(each)) is not None]
    gid = gid if main is None else main
    try:
        own = os.getgrouplist(name, gid)
    except OSError:  # so many that the C library gives up
        own = [gid]
    return Account(name, uid, gid, (*own, *others))


def _group_id(name: str) -> int | None:
    try:
        return int(name) if name.isdecimal() else grp.getgrnam(name).gr_gid
    except KeyError:
        return None


@contextmanager
def _acting_as(account: Account) -> Iterator[None]:
    """Have the kernel judge by *account*; only root can. This is for the whole process."""
    uid, gid, groups = os.geteuid(), os.getegid(), os.getgroups()
    if account.uid == uid:
        yield
        return
    try:
        os.setgroups(account.groups)
        os.setegid(account.gid)
        os.seteuid(account.uid)
        yield
    finally:
        os.seteuid(uid)
        os.setegid(gid)
        os.setgroups(groups)
