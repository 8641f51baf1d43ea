"""When descriptors are scarce. What comes of it is in tests/faults."""

import resource

import pytest

from sigproxy.gateway.admission import descriptors


@pytest.mark.parametrize(
    ("limit", "newest", "scarce"),
    [
        (96, 89, False),
        (96, 90, True),
        (20_000, 19_935, False),
        (20_000, 19_936, True),
        (resource.RLIM_INFINITY, 1_000_000, False),
    ],
)
def test_the_last_ones_are_scarce(
    monkeypatch: pytest.MonkeyPatch, limit: int, newest: int, scarce: bool
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda which: (limit, limit))

    assert descriptors.are_scarce(newest) is scarce


def test_one_is_left() -> None:
    assert not descriptors.are_used_up()
