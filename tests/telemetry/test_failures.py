"""Failed connections have few lines: the rest is counted, and said in the error log."""

import json
import logging
from dataclasses import replace

import pytest

from sigproxy.exchange import Exchange
from sigproxy.semantics.client_tls import REASONS, handshake_failed
from sigproxy.telemetry import failures
from sigproxy.telemetry.access_log import AccessLog, as_combined, as_json
from sigproxy.telemetry.failures import LINES_PER_S
from tests.lab.lab import until
from tests.telemetry.test_access_log import STARTED, parsed
from tests.telemetry.test_metrics import Watched

FAULT = handshake_failed("TLSV1_ALERT_UNKNOWN_CA", b"")
FAILED = Exchange("ab12-3", STARTED, 0.0, "203.0.113.7", ended_s=0.01, error=FAULT.error)
FAILED.detail = FAULT.detail


def test_a_line_of_its_own_kind_that_still_parses() -> None:
    head, pairs = parsed(as_combined("connect", FAILED))
    assert (head["client"], head["status"], head["request"]) == (
        "203.0.113.7",
        "499",
        "- - HTTP/1.1",
    )
    assert (pairs["event"], pairs["error"]) == ("connect", "tls_untrusted")
    assert "unknown ca" in pairs["detail"]
    told = json.loads(as_json("connect", FAILED))
    assert (told["event"], told["client"]) == ("connect", "203.0.113.7")


async def test_a_storm_has_few_lines_and_says_what_is_left_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(failures, "monotonic", lambda: 100.0)
    monkeypatch.setattr(failures, "SAY_EVERY_S", 0.01)
    written: list[object] = []
    log = AccessLog(written.append)
    for number in range(500):
        log.failed(FAILED if number % 5 else replace(FAILED, error="plain_http"))

    assert len(written) == LINES_PER_S
    await until(lambda: "have no line" in caplog.text)
    [said] = caplog.messages
    left_out = 500 - LINES_PER_S
    assert said.startswith(f"{left_out} failed connection(s) of clients have no line")
    assert said.endswith("a second: tls_untrusted 392, plain_http 98")


async def test_what_was_left_out_is_said_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    closed: list[bool] = []
    log = AccessLog(lambda line: None, close=lambda: closed.append(True))
    with caplog.at_level(logging.WARNING):
        for _ in range(LINES_PER_S * 3):
            log.failed(FAILED)
        assert caplog.messages == []
        log.closed()
    assert len(caplog.messages) == 1
    assert closed == [True]


def test_who_only_connects_has_no_line() -> None:
    written: list[object] = []
    AccessLog(written.append).failed(replace(FAILED, error="no_bytes"))
    assert written == []


def test_every_reason_is_counted_from_nought() -> None:
    watched = Watched()
    watched.metrics.began()

    def counts() -> dict[str, float | None]:
        name = "client_failures_total"
        return {each: watched.value(name, reason=each) for each in REASONS}

    assert counts() == dict.fromkeys(REASONS, 0)
    for _ in range(3):
        watched.metrics.failed(FAILED)
    watched.hand_over()
    watched.metrics.failed(replace(FAILED, error="no_bytes"))
    watched.hand_over()
    assert counts() == dict.fromkeys(REASONS, 0) | {"tls_untrusted": 3, "no_bytes": 1}
    exchanges = watched.labels("exchanges_total")
    assert {watched.value("exchanges_total", **each) for each in exchanges} == {0}
