"""A fault of the gateway itself ends one exchange: a clear answer, a traceback in its own log."""

import logging

import pytest

from sigproxy.gateway.upstream.pool import Pool
from tests.lab.lab import Lab


async def test_a_fault_of_ours_is_500_and_the_gateway_goes_on(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway()
    client = await lab.client(gateway)

    with monkeypatch.context() as patch:
        patch.setattr(Pool, "take", lambda *_, **__: 1 / 0)
        answer = await client.get(upstream.at("/secret"))

    assert (answer.status, answer.error) == (500, "internal_error")
    assert "secret" not in answer.json["detail"]
    assert "ZeroDivisionError" not in answer.json["detail"]
    [end] = gateway.observer.ends
    assert (end.status, end.error) == (500, "internal_error")
    [told] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert told.exc_info is not None
    assert told.exc_info[0] is ZeroDivisionError
    assert end.id in told.getMessage()
    again = await lab.client(gateway)
    assert (await again.get(upstream.at("/"))).status == 200
