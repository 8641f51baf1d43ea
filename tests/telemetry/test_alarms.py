"""What only the operator can mend is said once a minute, with what has happened meanwhile."""

import logging

import pytest

from sigproxy.errors import DescriptorsExhausted, DnsTimeout
from sigproxy.exchange import Exchange
from sigproxy.telemetry.alarms import SAY_EVERY_S, Alarms


def ended(error: str | None) -> Exchange:
    return Exchange(id="1", started_at=0.0, started_s=0.0, peer="", error=error)


def test_a_shortage_of_descriptors_is_said_once_a_minute(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now_s = 1000.0
    monkeypatch.setattr("sigproxy.telemetry.alarms.time.monotonic", lambda: now_s)
    observer = Alarms()
    with caplog.at_level(logging.ERROR, "sigproxy"):
        for error in (None, DnsTimeout.token, *[DescriptorsExhausted.token] * 5):
            observer.ended(ended(error))
        now_s += SAY_EVERY_S
        observer.ended(ended(DescriptorsExhausted.token))

    first, second = [record.getMessage() for record in caplog.records]
    assert "1 request(s) answered 503" in first
    assert "5 request(s) answered 503" in second
    assert "Raise LimitNOFILE=" in first
