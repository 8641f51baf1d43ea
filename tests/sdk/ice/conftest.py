"""One network for all tests of the folder."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests import isolation
from tests.sdk import lab
from tests.sdk.ice import network
from tests.sdk.ice.network import Room


@pytest_asyncio.fixture(loop_scope="package", scope="package")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    """In the machine's network: with nothing but loopback Chromium takes itself for offline."""
    with isolation.outside():
        if reason := lab.obstacle():
            pytest.skip(reason)
        async with network.running(tmp_path_factory.mktemp("ice")) as running:
            yield running
