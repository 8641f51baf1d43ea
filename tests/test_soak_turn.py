"""The soak of TURN: what it judges, and how."""

from dataclasses import replace
from typing import Any

import pytest

from soak import turn
from soak.samples import Usage
from soak.turn import Account

MIB = 1024
WELL = Account(
    seconds=600.0,
    connections=4000,
    strangers=800,
    sent=1000,
    returned=1000,
    before=Usage(60 * MIB, 21),
    after=Usage(61 * MIB, 22),
    samples=[70 * MIB] * 5 + [72 * MIB] * 5,
)


def test_a_soak_in_which_nothing_was_wrong() -> None:
    assert turn.wrongs(WELL) == []
    assert WELL.levels == (70 * MIB, 72 * MIB)
    assert "| in the end | 72.0 MiB (1.03 of it) |" in turn.report(WELL)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"after": Usage(65 * MIB, 21)}, "without a client, memory has grown from 61440 to 66560"),
        ({"samples": [70 * MIB] * 5 + [88 * MIB] * 5}, "under load, memory has grown from 71680"),
        ({"after": Usage(60 * MIB, 24)}, "descriptors have grown from 21 to 24"),
        ({"returned": 999}, "of 1000 packets 999 came back"),
        ({"sent": 0, "returned": 0}, "of 0 packets 0 came back"),
    ],
)
def test_what_must_not_be(changes: dict[str, Any], wrong: str) -> None:
    [found] = turn.wrongs(replace(WELL, **changes))
    assert found.startswith(wrong)
