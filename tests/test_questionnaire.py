"""docs/questionnaire.md and SECURITY.md: whatever they point to exists."""

import re
from functools import cache
from pathlib import Path

import pytest

from sigproxy import __version__
from sigproxy.config.model import known_keys

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "questionnaire.md"
_ROW = re.compile(
    r"^\*\*(\d+)\. (.+\?)\*\*<br>\n((?:.+\n)*?.+\.)<br>\n\*Shown by\* (.+)$", re.MULTILINE
)
ROWS = _ROW.findall(PAGE.read_text())
_LINK = re.compile(r"\[[^\]]+\]\(([^)#]+)(?:#([^)]+))?\)")


@cache
def anchors(path: Path) -> frozenset[str]:
    """Return the anchors of a page's headings, as GitHub and mkdocs make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return frozenset(re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings)


def missing(pointer: str) -> str | None:
    """Return why *pointer* leads nowhere: a link, a test or a setting."""
    if link := _LINK.fullmatch(pointer):
        path = (PAGE.parent / link[1]).resolve()
        if not path.is_file():
            return f"no file {path}"
        return None if not link[2] or link[2] in anchors(path) else f"no heading {link[2]}"
    name = pointer.strip("`")
    if name.startswith("tests/"):
        file, _, test = name.partition("::")
        if not (ROOT / file).is_file():
            return f"no file {file}"
        found = re.search(rf"^(?:async )?def {test}\(", (ROOT / file).read_text(), re.MULTILINE)
        return None if found else f"no test {test} in {file}"
    table, _, key = name.partition(".")
    return None if key in known_keys().get(table, ()) else f"no setting {name}"


def test_there_are_forty_questions_in_order() -> None:
    assert [int(number) for number, *_ in ROWS] == list(range(1, 41))


@pytest.mark.parametrize(("number", "question", "answer", "shown_by"), ROWS)
def test_an_answer_points_to_something(
    number: str, question: str, answer: str, shown_by: str
) -> None:
    pointers = re.split(r", (?=[\[`])", shown_by)
    assert [why for each in pointers if (why := missing(each))] == []
    assert all(_LINK.fullmatch(each) or re.fullmatch("`[^`]+`", each) for each in pointers)
    assert len(answer.split()) < 45, f"{number}. {question} is answered in a sentence"


@pytest.mark.parametrize(
    ("pointer", "why"),
    [
        ("[x](nowhere.md)", "no file"),
        ("[x](deploy.md#nowhere)", "no heading nowhere"),
        ("`tests/nowhere.py::test_x`", "no file"),
        ("`tests/test_layout.py::test_nothing`", "no test test_nothing"),
        ("`access_log.mask`", "no setting access_log.mask"),
    ],
)
def test_a_pointer_to_nothing_is_found(pointer: str, why: str) -> None:
    assert (missing(pointer) or "").startswith(why)


def test_the_supported_version_is_this_one() -> None:
    minor = ".".join(__version__.split(".")[:2])
    assert f"the latest minor version, now {minor} |" in (ROOT / "SECURITY.md").read_text()


def test_each_setting_that_the_data_flow_names_exists() -> None:
    text = (ROOT / "SECURITY.md").read_text().partition("## Where data goes")[2]
    words = re.findall(r"`([a-z]+(?:_[a-z]+)+)`", text.partition("\n## ")[0])
    known = {key for keys in known_keys().values() for key in keys}
    assert words
    assert [word for word in words if word not in known] == []
