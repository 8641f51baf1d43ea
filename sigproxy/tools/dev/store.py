"""Where the authority and the gateway's certificate are kept: the user's own data folder."""

import os
import stat
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sigproxy.tools.dev import authority as authorities
from sigproxy.tools.dev.authority import Authority

_AUTHORITY, _PUBLIC = "authority.pem", "sigproxy-dev-ca.pem"
_MEND = "let your user write there, or set XDG_DATA_HOME to another folder"


class Unusable(Exception):
    """A file of the folder cannot be used: which one, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Store:
    folder: Path

    @property
    def public(self) -> Path:
        """The authority's certificate alone, for those who are to trust it."""
        return self.folder / _PUBLIC

    def authority(self, now: datetime) -> tuple[Authority, bool]:
        """Return the authority, and whether it is new; raise Unusable.

        Of two processes that make one at the same time, the second takes that of the first.
        """
        path = self.folder / _AUTHORITY
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            known = _read(path) if path.exists() else None
            is_new = known is None or not authorities.is_usable(known, now)
            if known is not None and is_new:
                path.unlink()
            if is_new:
                _write_once(path, authorities.make(now).secret_pem)
            found = _read(path)
            if is_new or not self.public.exists() or self.public.read_bytes() != found.pem:
                write(self.public, found.pem, 0o644)
        except OSError as error:
            raise Unusable(f"{error.filename or self.folder}: {error.strerror}; {_MEND}") from error
        return found, is_new

    def leaf(self, authority: Authority, names: tuple[str, ...], port: int, now: datetime) -> Path:
        """Return the file with the gateway's certificate and key; renew it if that is due.

        One for each *port*, since gateways that run side by side may have different names.
        """
        path = self.folder / f"localhost-{port}.pem"
        known = path.read_bytes() if path.exists() else b""
        if not authorities.is_current(known, authority, names, now):
            write(path, authorities.leaf(authority, names, now), 0o600)
        return path


def folder(environ: Mapping[str, str], platform: str = sys.platform) -> Path:
    """Return the folder in which the authority of this user is kept, for each platform's custom."""
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())
    if platform == "win32":
        base = Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        given = environ.get("XDG_DATA_HOME", "")
        # A relative path is to be ignored (XDG Base Directory Specification).
        base = Path(given) if given.startswith("/") else home / ".local" / "share"
    return base / "sigproxy" / "dev"


def write(path: Path, content: bytes, mode: int) -> None:
    """Replace *path* as a whole: a reader sees the old content or the new one."""
    temporary = _temporary(path, content, mode)
    os.replace(temporary, path)


def _write_once(path: Path, content: bytes) -> None:
    """Write *path* if nobody else has; it never exists with a part of its content."""
    temporary = _temporary(path, content, 0o600)
    try:
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink()


def _temporary(path: Path, content: bytes, mode: int) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    with os.fdopen(handle, "wb") as opened:
        opened.write(content)
    os.chmod(name, mode)
    return Path(name)


def _read(path: Path) -> Authority:
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Unusable(
            f"{path}: other users can read the key of an authority that your browsers trust; "
            "chmod 600 it, or, if others have a login here, remove it and trust the next one"
        )
    try:
        return authorities.parse(path.read_bytes())
    except ValueError as error:
        raise Unusable(f"{path}: it holds no authority: {error}; remove it for a new one") from None
