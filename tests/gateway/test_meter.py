"""What a connection may send that brings nothing."""

import pytest

from sigproxy.gateway import meter
from sigproxy.gateway.meter import SPARE_BYTES, SPARE_BYTES_S, Meter


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now_s = [100.0]
    monkeypatch.setattr(meter, "monotonic", lambda: now_s[0])
    return now_s


def test_so_much_may_be_spent_at_once(clock: list[float]) -> None:
    account = Meter()
    assert account.spend(SPARE_BYTES, 0)
    assert not account.spend(1, 0)


@pytest.mark.parametrize("worth", [1, 8])
def test_useful_bytes_buy_more_but_nobody_saves_up(clock: list[float], worth: int) -> None:
    account = Meter(worth)
    assert account.spend(SPARE_BYTES, 10)
    assert account.spend(10 * worth, 0)
    assert account.spend(0, 100 * SPARE_BYTES)
    assert account.spend(SPARE_BYTES, 0)
    assert not account.spend(1, 0)


def test_time_buys_more_but_nobody_saves_up(clock: list[float]) -> None:
    account = Meter()
    assert account.spend(SPARE_BYTES, 0)
    clock[0] += 1.0
    assert account.spend(SPARE_BYTES_S, 0)
    assert not account.spend(1, 0)
    clock[0] += 1_000_000.0
    assert account.spend(SPARE_BYTES, 0)
    assert account.spend(SPARE_BYTES, 0)  # what the time since has bought is counted only now
    assert not account.spend(2 * SPARE_BYTES, 0)


def test_a_quiet_websocket_is_pinged_for_a_month(clock: list[float]) -> None:
    account = Meter()
    for _ in range(30 * 24 * 3600 // 20):
        clock[0] += 20.0
        assert account.spend(6, 0)
