"""The notes of a release, out of the changelog."""

import pytest

from release_tools import CannotRelease, notes
from release_tools.notes import Section

CHANGELOG = """\
# Changelog

The promise.

## 0.3.0 (unreleased)

## 0.2.0 (2026-12-24)

- A feature.
- Another.

## 0.1.0 (2026-11-30)

- The first.
"""


def test_a_section_ends_where_the_next_begins() -> None:
    found = notes.section(CHANGELOG, "0.2.0")
    assert found == Section("0.2.0", "2026-12-24", "- A feature.\n- Another.")


def test_the_last_section_ends_with_the_file() -> None:
    assert notes.section(CHANGELOG, "0.1.0").text == "- The first."


def test_an_unreleased_version_has_no_date() -> None:
    text = CHANGELOG.replace("(unreleased)\n", "(unreleased)\n\n- Something.\n")
    assert notes.section(text, "0.3.0") == Section("0.3.0", None, "- Something.")


@pytest.mark.parametrize(
    ("version", "fault"),
    [
        ("0.3.0", r"nothing below '## 0\.3\.0 \(unreleased\)'"),
        ("9.9.9", r"no section for 9\.9\.9 \(it has: 0\.3\.0, 0\.2\.0, 0\.1\.0\)"),
    ],
)
def test_a_version_of_which_nothing_is_said(version: str, fault: str) -> None:
    with pytest.raises(CannotRelease, match=fault):
        notes.section(CHANGELOG, version)


def test_the_page_names_the_files_and_how_to_check_them() -> None:
    page = notes.page(notes.section(CHANGELOG, "0.1.0"), "c0ffee", ["x.whl", "x.tar.gz"])
    assert page.startswith("# sigproxy 0.1.0 (2026-11-30)\n\n- The first.\n")
    for words in ("- `x.whl`\n- `x.tar.gz`\n", "sha256sum --check SHA256SUMS", "`c0ffee`"):
        assert words in page
