"""One fleet for all tests of a file."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fleet import site as sites
from tests.fleet.limits import RATE
from tests.fleet.site import Site


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def fleet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A fleet in TCP mode; who changes it leaves it as it was."""
    if reason := sites.obstacle():
        pytest.skip(reason)
    tables = {"server": {"drain_s": 10.0}, "limits": {"request_rate": f"{RATE}/minute"}}
    async with sites.running(tmp_path_factory.mktemp("fleet"), tables=tables) as running:
        yield running
