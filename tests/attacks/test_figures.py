"""Figures and bars."""

import pytest

from soak.report import between_marks
from tests.attacks.figures import MARKS, Figure, all_of, at_most, document, missed, none_of
from tests.attacks.table import PAGE, PARTS, arguments, obstacle

MET = [at_most("x", 300.0, 300.0, "ms"), none_of("x", 0, 10), all_of("x", 8, 8), Figure("x", "1")]
MISSED = [
    at_most("x", 300.1, 300.0, "ms"),
    none_of("x", 1, 10),
    all_of("x", 7, 8),
    none_of("nothing was tried", 0, 0),
    all_of("nothing was tried", 0, 0),
]


def test_which_bars_are_missed() -> None:
    assert missed(MET + MISSED) == MISSED


def test_a_table() -> None:
    text = document([MET[0], MISSED[1], MET[3]], ["sigproxy 1", "today"])

    assert text.splitlines() == [
        "sigproxy 1, today.",
        "",
        "| attack | seen | bar |",
        "|---|--:|--:|",
        "| x | 300 ms | at most 300 ms |",
        "| x | **1 of 10: missed** | 0 |",
        "| x | 1 |  |",
        "",
        "**Missed**: 1 of 2.",
    ]


def test_a_table_that_meets_its_bars_says_nothing_more() -> None:
    assert "Missed" not in document(MET, [])


def test_the_page_has_a_place_for_it() -> None:
    assert "\ntable\n" in between_marks(PAGE.read_text(), "table", MARKS)


def test_a_part_alone_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert arguments(["memory"]).part == "memory"
    assert arguments(["--write"]).part is None
    with pytest.raises(SystemExit):
        arguments(["memory", "--write"])
    assert "leave out" in capsys.readouterr().err
    assert set(PARTS) == {"bursts", "memory", "answers", "segments"}


def test_nothing_is_in_the_way() -> None:
    """The page's marks are there, and OpenSSL can be called, wherever CI runs."""
    assert obstacle() is None
