"""Chromium, driven by Playwright."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from tests.sdk.browser import ARGUMENTS, OWN_SERVICES, PROGRAM
from tests.shim.live.browser import LOAD_S, Console

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page


class ChromiumTab:
    def __init__(self, page: "Page") -> None:
        self._page = page
        self.console: Console = []
        page.on("console", lambda said: self.console.append((said.type, said.text)))
        page.on("pageerror", lambda error: self.console.append(("error", str(error))))

    async def goto(self, url: str) -> None:
        await self._page.goto(url, timeout=LOAD_S * 1000)

    async def evaluate(self, expression: str) -> Any:
        return await self._page.evaluate(f"() => ({expression})")


class Chromium:
    name = "chromium"

    def __init__(self, browser: "Browser") -> None:
        self._browser = browser

    @asynccontextmanager
    async def tab(self) -> AsyncIterator[ChromiumTab]:
        """Open a page that shares nothing with earlier ones."""
        context = await self._browser.new_context(ignore_https_errors=True)
        try:
            yield ChromiumTab(await context.new_page())
        finally:
            await context.close()


@asynccontextmanager
async def running(names: list[str]) -> AsyncIterator[Chromium]:
    """Run a Chromium for which *names* are on loopback."""
    from playwright.async_api import async_playwright

    rules = [f"MAP {name} ~NOTFOUND" for name in OWN_SERVICES]
    rules += [f"MAP {name} 127.0.0.1" for name in names]
    arguments = [*ARGUMENTS, f"--host-resolver-rules={','.join(rules)}"]
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=PROGRAM, args=arguments) as browser,
    ):
        yield Chromium(browser)
