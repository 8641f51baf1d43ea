"""Read a lock file of requirements/, as ``uv pip compile --generate-hashes`` writes it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FIRST = re.compile(r"(?P<name>[a-z0-9.-]+)==(?P<version>[^ ;\\]+)(?: ; (?P<marker>.*?))?(?: \\)?")
_HASH = re.compile(r"    --hash=sha256:(?P<hash>[0-9a-f]{64})(?: \\)?")
_VIA = re.compile(r"    # (?:via)? *(?P<name>.*)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One package: *hashes* are of its files (SHA-256, hexadecimal), *via* is what requires it.

    *marker* says where it is installed (PEP 508), "" everywhere.
    """

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    via: tuple[str, ...]


def entries(text: str) -> tuple[Entry, ...]:
    """Return the packages of a lock file, in its order; raise ValueError for a line it cannot read.

    Packages of other locks, which it names with --requirement, are not among them.
    """
    return tuple(_entry(lines) for lines in _groups(text))


def _groups(text: str) -> Iterator[list[str]]:
    """Yield the lines of each package."""
    group: list[str] = []
    for line in text.splitlines():
        if line and not line.startswith((" ", "#", "--requirement ")):
            if group:
                yield group
            group = [line]
        elif line.startswith(" "):
            group.append(line)
    if group:
        yield group


def _entry(lines: list[str]) -> Entry:
    first = _FIRST.fullmatch(lines[0])
    if first is None:
        raise ValueError(f"no package with a version: {lines[0]!r}")
    hashes, via = [], []
    for line in lines[1:]:
        if found := _HASH.fullmatch(line):
            hashes.append(found["hash"])
        elif found := _VIA.fullmatch(line):
            via += [found["name"]] if found["name"] else []
        else:
            raise ValueError(f"neither a hash nor what requires it: {line!r}")
    return Entry(first["name"], first["version"], first["marker"] or "", tuple(hashes), tuple(via))
