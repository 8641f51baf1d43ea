"""One site and two browsers for all tests of the suite, and the table run once in each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.lab.pki import Pki
from tests.sdk.browser import obstacle
from tests.shim.live import chromium, firefox
from tests.shim.live import site as sites
from tests.shim.live.browser import Browser
from tests.shim.live.site import Site

OBSTACLES = {"chromium": obstacle, "firefox": firefox.obstacle}
TABLE_S = 90.0  # for all cases of a page, on a busy machine


@dataclass(slots=True)
class Desk:
    """Starts what tests ask for, and keeps it: they come in no order of browsers."""

    site: Site
    directory: Path
    stack: AsyncExitStack
    browsers: dict[str, Browser] = field(default_factory=dict)
    runs: dict[str, "Runs"] = field(default_factory=dict)

    async def browser(self, name: str) -> Browser:
        if name not in self.browsers:
            self.browsers[name] = await self.stack.enter_async_context(
                chromium.running(sites.NAMES)
                if name == "chromium"
                else firefox.running(self.directory, sites.NAMES)
            )
        return self.browsers[name]


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def desk(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    directory = tmp_path_factory.mktemp("shim")
    async with sites.running(pki, directory) as site, AsyncExitStack() as stack:
        yield Desk(site, directory, stack)


@pytest.fixture
def site(desk: Desk) -> Site:
    return desk.site


@pytest_asyncio.fixture(loop_scope="session", params=list(OBSTACLES))
async def browser(request: pytest.FixtureRequest, desk: Desk) -> Browser:
    if reason := OBSTACLES[request.param]():
        pytest.skip(reason)
    return await desk.browser(request.param)


@dataclass(frozen=True, slots=True)
class Run:
    """What every case saw, by file and name, and what the page's requests were."""

    saw: dict[str, dict[str, Any]]
    requests: int
    missing: list[str]
    strays: list[str]  # that came to listed hosts past the gateway


@dataclass(frozen=True, slots=True)
class Runs:
    """The table without the shim, with it, and with it where the CSP lets nothing go past it."""

    direct: Run
    shim: Run
    strict: Run


@pytest_asyncio.fixture(loop_scope="session")
async def runs(desk: Desk, browser: Browser) -> Runs:
    if browser.name not in desk.runs:
        site = desk.site
        pages = site.page(), site.page(site.tag()), site.page(site.tag(), csp=strict_csp(site))
        found = [await _run(site, browser, page) for page in pages]
        desk.runs[browser.name] = Runs(*found)
    return desk.runs[browser.name]


def strict_csp(site: Site) -> str:
    """Return the policy of docs/shim.md; the suite's own scripts are inline, and evaluate text."""
    own = f"'self' {site.base}"
    return (
        f"script-src {own} blob: 'unsafe-inline' 'unsafe-eval'; worker-src 'self' blob: data:; "
        f"connect-src {own} {site.base.replace('https', 'wss')}; style-src {own}; "
        f"img-src {own} data: blob:; media-src {own}; "
    )


async def _run(site: Site, browser: Browser, page: str) -> Run:
    site.vendor.strays.clear()
    async with browser.tab() as tab, asyncio.timeout(TABLE_S):
        await tab.goto(page)
        assert await tab.evaluate("faults") == []
        told = await tab.evaluate("runAll()")
        shim = await tab.evaluate("window.sigproxy || { requests: 0, missing: [] }")
    saw: dict[str, dict[str, Any]] = {}
    for name, (file, outcome) in told.items():
        saw.setdefault(file, {})[name] = outcome
    strays = [each for each in site.vendor.strays if sites.VENDOR in each]
    return Run(saw, shim["requests"], shim["missing"], strays)
