"""The status page as a person has it open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.sdk.browser import LOAD_MS

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

WAIT_S = 30.0  # for what must come, on a busy machine


@dataclass(slots=True)
class Opened:
    """*complaints* are what the browser says of the page: errors, and what its policy forbids."""

    page: "Page"
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # URLs

    async def waits(self, expression: str) -> None:
        """Wait until *expression* holds in the page; fail with what it shows.

        Playwright's own wait needs eval there, which the page's policy forbids.
        """
        try:
            async with asyncio.timeout(WAIT_S):
                while not await self.page.evaluate(expression):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        except TimeoutError:
            shown = await self.page.inner_text("body")
            raise AssertionError(f"not {expression} within {WAIT_S} s in:\n{shown}") from None

    async def says(self, place: str, text: str) -> None:
        """Wait until the element that *place* selects has *text* somewhere."""
        await self.waits(f"document.querySelector({place!r})?.innerText.includes({text!r})")

    async def row(self, table: str, name: str) -> dict[str, str]:
        """Return the cells of a row by their headings."""
        rows = await self.page.evaluate(
            """(id) => [...document.querySelectorAll(`#${id} tbody tr`)].map((row) =>
                [row.cells[0].innerText, Object.fromEntries([...row.cells].slice(1).map((cell) =>
                    [cell.dataset.label, cell.innerText]))])""",
            table,
        )
        return dict(dict(rows)[name])


@asynccontextmanager
async def opened(browser: "Browser", address: str, **options: Any) -> AsyncIterator[Opened]:
    """Open the page; afterwards the browser must have had nothing to complain of."""
    context = await browser.new_context(**options)
    try:
        page = await context.new_page()
        found = Opened(page)
        page.on("console", lambda message: found.complaints.append(message.text))
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        page.on("request", lambda request: found.asked.append(request.url))
        await page.goto(address, timeout=LOAD_MS)
        await page.wait_for_selector("#tiles .tile", timeout=LOAD_MS)
        yield found
    finally:
        await context.close()
