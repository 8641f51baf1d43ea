"""Read systemd's unit files as they are installed: the unit and its drop-ins (systemd.unit(5)).

Read from the files and not from systemd, since `check` also runs in a container, in an image that
is being built, and before systemd has been told of a unit.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# Units of the first folder win over those of the same name in the later ones.
FOLDERS = tuple(
    map(
        Path,
        (
            "etc/systemd/system",
            "run/systemd/system",
            "usr/local/lib/systemd/system",
            "usr/lib/systemd/system",
            "lib/systemd/system",
        ),
    )
)

Assignments = Mapping[tuple[str, str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class UnitFile:
    """*assignments*: the values of each section's key, in order; an empty one has removed those
    before it."""

    path: Path
    assignments: Assignments

    def all(self, section: str, key: str) -> tuple[str, ...]:
        return self.assignments.get((section, key), ())

    def last(self, section: str, key: str) -> str | None:
        values = self.all(section, key)
        return values[-1] if values else None

    def words(self, section: str, key: str) -> tuple[str, ...]:
        """Return the words of all values, for keys that take lists."""
        return tuple(word for value in self.all(section, key) for word in value.split())


def installed(name: str, root: Path) -> UnitFile | None:
    """Return the unit *name* below *root* with its drop-ins; None if it is not installed."""
    paths = (root / folder / name for folder in FOLDERS)
    path = next((each for each in paths if each.is_file()), None)
    if path is None:
        return None
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for each in (path, *_drop_ins(name, root)):
        for place, value in _assignments(_text(each)):
            found[place] = (*found.get(place, ()), value) if value else ()
    return UnitFile(path, found)


def is_enabled(name: str, root: Path) -> bool:
    """Return whether some other unit wants *name* to be started with it."""
    return any(
        (each / name).is_symlink() for folder in FOLDERS for each in (root / folder).glob("*.wants")
    )


def _drop_ins(name: str, root: Path) -> list[Path]:
    """Return the drop-ins in the order in which they are read: by their names."""
    found: dict[str, Path] = {}
    for folder in reversed(FOLDERS):
        for inner in (f"{name.rpartition('.')[2]}.d", f"{name}.d"):
            found |= {each.name: each for each in (root / folder / inner).glob("*.conf")}
    return [found[each] for each in sorted(found)]


def _assignments(text: str) -> Iterator[tuple[tuple[str, str], str]]:
    section = ""
    for line in _whole_lines(text):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif "=" in line:
            key, _, value = line.partition("=")
            yield (section, key.strip()), value.strip()


def _whole_lines(text: str) -> Iterator[str]:
    """Yield the lines, continued ones as one; comments are left out, also between such."""
    begun = ""
    for line in text.splitlines():
        if line.lstrip()[:1] in ("#", ";"):
            continue
        begun += line.strip()
        if begun.endswith("\\"):
            begun = begun[:-1] + " "
        elif begun:
            yield begun
            begun = ""


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:  # a link to /dev/null masks; what root cannot read, systemd cannot either
        return ""
