"""Pages that are made: what stands between marks, and what is read in a configuration."""

from pathlib import Path

import pytest

from docs_tools import decisions, marks, settings
from docs_tools.settings import Key

CONFIGURATION = """\
# About the file.

# One for each prefix.
[[route]]
# How, of `these` <two>:
# "path": in the *path*,
#   as most do.
# "query": see other_setting.
dialect = "path"

# Two that
# belong together.
# upstream = "https://a"
keep_path = true
"""


def test_only_what_is_between_the_marks_changes() -> None:
    page = "before\n<!-- it -->\nold\n<!-- /it -->\nafter\n"
    written = marks.write(page, "it", "new")
    assert written == "before\n<!-- it -->\nnew\n<!-- /it -->\nafter\n"
    assert marks.read(written, "it") == "new"


@pytest.mark.parametrize("page", ["", "<!-- it -->", "<!-- /it -->"])
def test_a_page_without_marks_is_an_error(page: str) -> None:
    with pytest.raises(ValueError, match="<!-- /it -->"):
        marks.write(page, "it", "new")


def test_comments_and_keys_are_told_apart() -> None:
    about, route, dialect, upstream = settings.blocks(CONFIGURATION)
    assert (about.comment, about.keys) == (["About the file."], [])
    assert (route.comment, route.header) == (["One for each prefix."], "[[route]]")
    assert dialect.keys == [Key("dialect", '"path"', True)]
    assert upstream.comment == ["Two that", "belong together."]
    assert upstream.keys == [Key("upstream", '"https://a"', False), Key("keep_path", "true", True)]


def test_comments_are_shown_as_they_stand(tmp_path: Path) -> None:
    file = tmp_path / "sigproxy.toml"
    file.write_text(CONFIGURATION)
    shown = settings.page(file)
    assert "About the file" not in shown
    assert "## `[[route]]`\n\nOne for each prefix.\n" in shown
    assert '### `dialect`\n\n    dialect = "path"  # default\n\nHow, of `these` \\<two>:\n' in shown
    assert (
        '\n- "path": in the \\*path\\*,\n  as most do.\n- "query": see `other_setting`.\n' in shown
    )
    assert (
        '    upstream = "https://a"  # not set; example\n    keep_path = true  # default\n' in shown
    )


@pytest.mark.parametrize(
    "status", ["", "Status: accepted", "Status: perhaps, 2026-11-29.", "Status: accepted, today."]
)
def test_a_decision_without_status_or_date_is_an_error(tmp_path: Path, status: str) -> None:
    file = tmp_path / "0001-why.md"
    file.write_text(f"# 1. Why\n\n{status}\n\nBecause.\n")
    with pytest.raises(ValueError, match=r"0001-why\.md should begin"):
        decisions.read(file)
