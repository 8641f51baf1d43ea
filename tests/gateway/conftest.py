"""A lab for each test, on the loop of production; after it, nothing may be left running."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress

import pytest

from tests.gateway.lab import Lab, tasks, until
from tests.gateway.pki import Pki

LoopFactory = Callable[[], asyncio.AbstractEventLoop]

try:
    import uvloop
except ImportError:  # no wheel here and it did not build; production does without as well
    PRODUCTION: dict[str, LoopFactory] = {"asyncio": asyncio.new_event_loop}
else:
    PRODUCTION = {"uvloop": uvloop.new_event_loop}

# What depends on transports and not on HTTP is tried on both loops.
BOTH_LOOPS = ("test_tunnel", "test_cancellation", "test_cut")


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, LoopFactory]:
    if item.path.stem.startswith(BOTH_LOOPS):
        return PRODUCTION | {"asyncio": asyncio.new_event_loop}
    return PRODUCTION


@pytest.fixture
async def lab(pki: Pki) -> AsyncIterator[Lab]:
    """The network around a gateway; fails a test that leaves tasks behind."""
    async with Lab(pki) as network:
        yield network
    with suppress(AssertionError):
        await until(lambda: not tasks(), wait_s=2.0)
    assert not tasks()
