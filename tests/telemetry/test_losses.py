"""Every lost line is counted, and said: once a minute, and when it goes on again."""

import pytest

from sigproxy.telemetry import losses
from sigproxy.telemetry.losses import SAY_EVERY_S, Losses

REMEDY = "mend it"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now_s = [1000.0]
    monkeypatch.setattr(losses, "monotonic", lambda: now_s[0])
    return now_s


def test_at_once_and_then_once_a_minute(clock: list[float]) -> None:
    lost = Losses("access log", REMEDY)
    assert lost.note(1, "no room") == "1 line of the access log was lost: no room; mend it"
    assert lost.note(2, "no room") is None
    assert lost.note(3, "no room") is None
    clock[0] += SAY_EVERY_S
    assert lost.note(4, "not read") == "9 lines of the access log were lost: not read; mend it"
    assert lost.rest() is None


def test_when_it_goes_on_the_rest_is_said(clock: list[float]) -> None:
    lost = Losses("access log", REMEDY)
    lost.note(1, "no room")
    lost.note(2, "no room")
    assert lost.went_on(is_caught_up=False) is None
    assert lost.went_on(is_caught_up=True) == (
        "2 lines of the access log were lost: no room; mend it"
    )
    assert lost.went_on(is_caught_up=True) is None


def test_what_is_behind_for_long_is_said_all_the_same(clock: list[float]) -> None:
    lost = Losses("access log", REMEDY)
    lost.note(1, "no room")
    lost.note(2, "no room")
    clock[0] += SAY_EVERY_S
    said = lost.went_on(is_caught_up=False)
    assert said is not None
    assert said.startswith("2 lines ")


def test_the_log_in_which_all_is_said_waits_until_it_is_written_again(clock: list[float]) -> None:
    lost = Losses("error log", REMEDY, is_said_at_once=False)
    assert lost.note(1, "no room") is None
    clock[0] += SAY_EVERY_S
    assert lost.note(2, "no room") is None
    assert lost.went_on(is_caught_up=True) == (
        "3 lines of the error log were lost: no room; mend it"
    )


def test_at_the_end_what_was_not_said_is(clock: list[float]) -> None:
    lost = Losses("access log", REMEDY)
    lost.note(1, "no room")
    lost.note(1, "no room")
    assert lost.rest() == "1 line of the access log was lost: no room; mend it"


def test_what_a_parent_lost_is_not_its_childs_to_say(clock: list[float]) -> None:
    lost = Losses("error log", REMEDY, is_said_at_once=False)
    lost.note(1, "no room")
    lost.forget()
    assert lost.rest() is None
