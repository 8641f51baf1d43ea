"""The files that are installed with sigproxy: configurations, units, and what goes beside them.

In the repository each is where a reader looks for it, in conf/, systemd/ and contrib/; the links in
sigproxy/files/ bring those folders into the package, so that a wheel has them too. A name is a path
below sigproxy/files/, with slashes: ``conf/examples/acs.toml``.
"""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

_ROOT = files("sigproxy") / "files"


def names(folder: str = "") -> tuple[str, ...]:
    """Return the names of all files below *folder*, sorted; of all that there are, by default.

    Raises FileNotFoundError if no such folder is installed.
    """
    start = _ROOT.joinpath(folder)
    if not start.is_dir():
        raise FileNotFoundError(f"no folder {folder!r} is installed with sigproxy")
    return tuple(sorted(_below(start, folder.strip("/"))))


def data(name: str) -> bytes:
    """Return what is in the file *name*; raise FileNotFoundError if it is not installed."""
    file = _ROOT.joinpath(name)
    if not file.is_file():
        raise FileNotFoundError(f"no file {name!r} is installed with sigproxy")
    return file.read_bytes()


def text(name: str) -> str:
    """Return the text in the file *name*; raise FileNotFoundError if it is not installed."""
    return data(name).decode()


def _below(folder: Traversable, name: str) -> Iterator[str]:
    for each in folder.iterdir():
        inner = f"{name}/{each.name}" if name else each.name
        if each.is_dir():
            if each.name != "__pycache__":
                yield from _below(each, inner)
        else:
            yield inner
