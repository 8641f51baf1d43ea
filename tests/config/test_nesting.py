"""Timeouts that have to end within one another: what gunicorn is told, what `check` says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.config import Settings, nesting
from sigproxy.service.options import options


def settings(**tables: dict[str, float]) -> Settings:
    return Settings.model_validate(tables)


@given(st.floats(0.1, 3600), st.floats(0, 0.99))
def test_each_ends_within_the_next(drain_s: float, part: float) -> None:
    chosen = settings(server={"drain_s": drain_s, "drain_notice_s": part * drain_s})
    told = options(chosen)

    assert chosen.server.drain_notice_s < chosen.server.drain_s
    assert chosen.server.drain_s + 2 < told["graceful_timeout"] < nesting.stop_s(chosen)
    assert told["graceful_timeout"] + 5 < told["timeout"]


def test_the_lines_name_each_timeout_in_its_order() -> None:
    stop, worker, upstream = nesting.lines(settings(server={"drain_s": 30, "drain_notice_s": 4.5}))

    assert stop == (
        "a stop: drain_notice_s 4.5 s < drain_s 30 s < gunicorn ends a worker at 35 s"
        " < TimeoutStopSec 45 s in systemd/sigproxy.service"
    )
    assert worker == (
        "a worker: drain_s 30 s < gunicorn ends a worker at 35 s < a silent one is dead at 45 s"
    )
    assert upstream == (
        "an upstream, one after the other: connect_timeout_s 5 s, tls_timeout_s 10 s,"
        " response_timeout_s 120 s"
    )


def test_the_defaults_are_not_remarked_on() -> None:
    assert list(nesting.remarks(settings())) == []


@pytest.mark.parametrize(
    ("tables", "remark"),
    [
        (
            {"server": {"drain_s": 35.5}},
            "server.drain_s: with 35.5 a stop may take 46 s, and systemd kills at 45; "
            "set TimeoutStopSec=46 in a drop-in (systemctl edit sigproxy.service)",
        ),
        (
            {"upstream": {"response_timeout_s": 60}},
            "upstream.response_timeout_s: 60 ends the SDKs' long polls, which take 60 s and more; "
            "use 70 or more",
        ),
        (
            {"limits": {"websocket_idle_s": 60}},
            "limits.websocket_idle_s: 60 closes healthy WebSockets, which may be silent for a "
            "minute; use more than 60",
        ),
    ],
)
def test_what_is_shorter_than_what_it_is_for(
    tables: dict[str, dict[str, float]], remark: str
) -> None:
    assert list(nesting.remarks(settings(**tables))) == [remark]
