"""One site for all tests of the suite."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.media.live import chromium
from tests.media.live import site as media
from tests.media.live.networks import OPEN
from tests.network.live import browser
from tests.network.live import site as sites
from tests.network.live.browser import Opened
from tests.network.live.site import Site

if TYPE_CHECKING:
    from playwright.async_api import Page, Playwright


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


@pytest_asyncio.fixture(loop_scope="session")
async def opened(site: Site, playwright: "Playwright", tmp_path: Path) -> AsyncIterator[Opened]:
    """Return what opens the page where *rules* hold, in a browser of its own."""
    async with AsyncExitStack() as stack:

        async def open_it(
            rules: tuple[str, ...] = OPEN, *arguments: str, address: str = "", init: str = ""
        ) -> "Page":
            site.client.close_off(rules)
            blank = chromium.blank(playwright, site.client, tmp_path, site.certificate, *arguments)
            page = await stack.enter_async_context(blank)
            if init:
                await page.add_init_script(init)
            await browser.load(page, address or browser.url())
            return page

        yield open_it
