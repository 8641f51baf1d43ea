"""The threat model (``model``): each of its rows has a test here, named by number and name.

`pytest -v tests/threats` reads as the table. What a test sends and expects is in the test.
Neighbouring cases are where the part is tested that withstands them: tests/gateway, policies,
semantics.
"""

import re
from pathlib import Path

import pytest

from tests.threats.model import THREATS

TESTS = [
    name
    for path in sorted(Path(__file__).parent.glob("test_*.py"))
    if path != Path(__file__)
    for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
]


def rows_of(test: str) -> list[int]:
    """Return the number of the row that *test* is named after, if there is one."""
    return [
        n for n, threat in THREATS.items() if f"{test}_".startswith(f"test_{n:02}_{threat.name}_")
    ]


def test_no_row_is_missing() -> None:
    assert list(THREATS) == list(range(1, 35))


@pytest.mark.parametrize("row", THREATS, ids=lambda row: f"{row:02} {THREATS[row].name}")
def test_a_threat_has_its_test(row: int) -> None:
    assert [test for test in TESTS if rows_of(test) == [row]]


@pytest.mark.parametrize("test", TESTS)
def test_a_test_names_its_threat(test: str) -> None:
    assert rows_of(test)
