"""One site for all tests of the suite."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.media.live import site as media
from tests.network.live import site as sites
from tests.network.live.site import Site

if TYPE_CHECKING:
    from playwright.async_api import Playwright


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def whole_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    if reason := media.obstacle():
        pytest.skip(reason)
    async with sites.running(tmp_path_factory.mktemp("network")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def site(whole_site: Site) -> AsyncIterator[Site]:
    """Return the site; afterwards nothing is closed off or broken any more."""
    yield whole_site
    whole_site.mend()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def playwright() -> AsyncIterator["Playwright"]:
    from playwright.async_api import async_playwright

    async with async_playwright() as running:
        yield running
