"""The notes of a release: what CHANGELOG.md says of its version."""

import re
from dataclasses import dataclass

from release_tools import CannotRelease

_HEADING = re.compile(r"^## (?P<version>\S+) \((?P<date>[^)]*)\)$", re.MULTILINE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Section:
    """*date* is None as long as the changelog calls the version unreleased."""

    version: str
    date: str | None
    text: str


def section(changelog: str, version: str) -> Section:
    """Return the part of *changelog* below ``## VERSION (DATE)``; raise CannotRelease."""
    headings = list(_HEADING.finditer(changelog))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        if heading["version"] != version:
            continue
        end = len(changelog) if following is None else following.start()
        text = changelog[heading.end() : end].strip()
        if not text:
            raise CannotRelease(f"CHANGELOG.md has nothing below {heading[0]!r}; say what changed")
        date = heading["date"] if _DATE.fullmatch(heading["date"]) else None
        return Section(version, date, text)
    known = ", ".join(each["version"] for each in headings) or "none"
    raise CannotRelease(
        f"CHANGELOG.md has no section for {version} (it has: {known}); add '## {version} (DATE)'"
    )


def page(found: Section, commit: str, files: list[str]) -> str:
    """Return the notes as Markdown, with how to check *files*."""
    listed = "\n".join(f"- `{name}`" for name in files)
    return (
        f"# sigproxy {found.version} ({found.date or 'unreleased'})\n\n{found.text}\n\n"
        f"## Files\n\n{listed}\n\n"
        "`sha256sum --check SHA256SUMS` says whether they are whole. They are built from\n"
        f"the commit `{commit}`; `make release` there makes the same bytes.\n"
    )
