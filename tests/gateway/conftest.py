"""On which event loop a test runs: that of production, and where it matters on both."""

import asyncio
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.turn import turn_beside
from tests.lab.logged import Log

LoopFactory = Callable[[], asyncio.AbstractEventLoop]

try:
    import uvloop
except ImportError:  # no wheel here and it did not build; production does without as well
    PRODUCTION: dict[str, LoopFactory] = {"asyncio": asyncio.new_event_loop}
else:

    class Loop(uvloop.Loop):
        """Warns of what was left open when it has been closed.

        uvloop warns on the way. A warning that is an error there leaves what it is about open, and
        the close waits for that for ever, where no signal reaches it.
        """

        def close(self) -> None:
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                super().close()
            for warning in said:
                warnings.warn_explicit(
                    warning.message, warning.category, warning.filename, warning.lineno
                )

    PRODUCTION = {"uvloop": Loop}

# What depends on transports and not on HTTP is tried on both loops.
BOTH_LOOPS = (
    "test_tunnel",
    "test_cancellation",
    "test_cut",
    "test_sessions",
    "test_garbage",
    "test_proxy_protocol",
    "test_failed_connections",
    "test_forward_proxy",
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


@pytest.fixture
def turn(tmp_path: Path) -> dict[str, Any]:
    return turn_beside(tmp_path)
