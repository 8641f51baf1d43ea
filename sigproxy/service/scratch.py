"""A folder for this service's files in memory, which goes with it, whatever ends it."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

PREFIX = "sigproxy-metrics-"
_ALIVE = "alive"  # locked by the master, and through it by its workers, until the last has ended


class Scratch:
    """A new folder in *parent*, or where temporary files are; those left by the dead are removed.

    A master that is killed removes nothing, and memory is not freed by a restart.
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
    """Return the file that is locked; under its name it was never seen without the lock."""
    draft = folder / f"{_ALIVE}.draft"
    file = draft.open("wb")
    fcntl.flock(file, fcntl.LOCK_EX)
    draft.rename(folder / _ALIVE)
    return file


def _left_behind(place: Path) -> Iterator[Path]:
    """Yield our folders whose processes have all ended."""
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):  # it is locked, or just being removed
            # Anybody may put something under such a name into a folder for all; and rmtree
            # follows no link.
            if folder.lstat().st_uid == os.geteuid():
                with (folder / _ALIVE).open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    yield folder
