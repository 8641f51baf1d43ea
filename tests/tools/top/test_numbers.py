"""Numbers as people read them, and small charts."""

import pytest

from sigproxy.tools.top.numbers import age, chart, duration, rate, size


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0 B"), (999, "999 B"), (999.6, "1.0 kB"), (12_345, "12 kB"), (3.4e6, "3.4 MB"),
     (9.99e15, "9,990 TB")],
)  # fmt: skip
def test_size(value: float, expected: str) -> None:
    assert size(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(0.0, "0"), (0.04, "0.0"), (9.9, "9.9"), (1234.5, "1,234")]
)
def test_rate(value: float, expected: str) -> None:
    assert rate(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "-"), (0.0042, "4.2 ms"), (0.25, "250 ms"), (1.26, "1.3 s"), (45.0, "45 s")],
)
def test_duration(value: float | None, expected: str) -> None:
    assert duration(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(-3, "0 s"), (42, "42 s"), (600, "10 min"), (7200, "2 h"), (864_000, "10 days")],
)
def test_age(value: float, expected: str) -> None:
    assert age(value) == expected


@pytest.mark.parametrize(
    ("values", "width", "expected"),
    [([0, 1, 4, 8], 4, " ▁▄█"), ([0, 0], 2, "  "), ([], 5, ""), ([9, 1, 1], 2, "██"),
     ([1, 10_000], 2, "▁█"), ([1, 2], 0, "")],
)  # fmt: skip
def test_chart(values: list[int], width: int, expected: str) -> None:
    assert chart(values, width) == expected
