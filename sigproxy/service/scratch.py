"""A folder for this service's files in memory; it is always removed, even after a crash."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

PREFIX = "sigproxy-metrics-"
_ALIVE = "alive"  # locked by the master; workers inherit the lock until the last one has ended


class Scratch:
    """A new folder in *parent*, or in the one for temporary files; removes folders left behind.

    A killed master does not remove its folder, and a restart does not free that memory.
    """

    def __init__(self, parent: str | None) -> None:
        place = Path(parent or tempfile.gettempdir())
        for each in _left_behind(place):
            shutil.rmtree(each, ignore_errors=True)
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        self._alive = _locked(self.path)

    def remove(self) -> None:
        self._alive.close()
        shutil.rmtree(self.path, ignore_errors=True)


def _locked(folder: Path) -> IO[bytes]:
    """Return the locked file; it gets its name after the lock, so nobody sees it unlocked."""
    draft = folder / f"{_ALIVE}.draft"
    file = draft.open("wb")
    fcntl.flock(file, fcntl.LOCK_EX)
    draft.rename(folder / _ALIVE)
    return file


def _left_behind(place: Path) -> Iterator[Path]:
    """Yield our folders whose processes have all ended."""
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):  # it is locked, or is being removed just now
            # In a shared folder any user can create such a name. rmtree does not follow symbolic
            # links.
            if folder.lstat().st_uid == os.geteuid():
                with (folder / _ALIVE).open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    yield folder
