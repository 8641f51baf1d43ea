"""On which event loop a test runs: that of production, and where it matters on both."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from tests.gateway.logged import Log

LoopFactory = Callable[[], asyncio.AbstractEventLoop]

try:
    import uvloop
except ImportError:  # no wheel here and it did not build; production does without as well
    PRODUCTION: dict[str, LoopFactory] = {"asyncio": asyncio.new_event_loop}
else:
    PRODUCTION = {"uvloop": uvloop.new_event_loop}

# What depends on transports and not on HTTP is tried on both loops.
BOTH_LOOPS = (
    "test_tunnel",
    "test_cancellation",
    "test_cut",
    "test_sessions",
    "test_garbage",
    "test_proxy_protocol",
)


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, LoopFactory]:
    if item.path.stem.startswith(BOTH_LOOPS):
        return PRODUCTION | {"asyncio": asyncio.new_event_loop}
    return PRODUCTION


@pytest.fixture(autouse=True)
def no_late_arrivals(monkeypatch: pytest.MonkeyPatch) -> None:
    """A production worker waits for them at its end; a thousand tests need not."""
    monkeypatch.setattr("sigproxy.gateway.drain.LATE_ARRIVALS_S", 0.0)


@pytest.fixture
def log(capfd: pytest.CaptureFixture[str]) -> Log:
    return Log(capfd)
