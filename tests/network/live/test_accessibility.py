"""The page for people who do not see it, do not use a mouse, or read it on a phone."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.media.live import chromium
from tests.media.live.networks import NO_UDP
from tests.network.live import browser
from tests.network.live.site import Site
from tests.sdk.browser import obstacle

if TYPE_CHECKING:
    from playwright.async_api import Page, Playwright

pytestmark = [
    pytest.mark.network,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(bool(obstacle()), reason=str(obstacle())),
]

# Frames are left out: that of the preflight is hidden and empty.
AXE = "axe.run(document, { iframes: false })"
PHONE = {"width": 360, "height": 740}


async def faults(page: "Page") -> list[str]:
    """Return what axe-core finds, each with its impact and the first place."""
    script = browser.axe()
    if script is None:
        pytest.skip("axe-core is not installed: make test-network installs it, with npm")
    await page.evaluate(script.read_text())
    found: dict[str, Any] = await page.evaluate(AXE)
    assert len(found["passes"]) > 10
    return [
        f"{each['impact']} {each['id']}: {json.dumps(each['nodes'][0]['target'])}"
        for each in found["violations"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(
    site: Site, playwright: "Playwright", tmp_path: Path, scheme: str
) -> None:
    """Before the run, and after one that has found something and drawn its figures."""
    site.break_vendor()
    site.client.close_off(NO_UDP)
    blank = chromium.blank(playwright, site.client, tmp_path, site.certificate, color_scheme=scheme)
    async with blank as page:
        await browser.load(page, browser.url())
        assert await faults(page) == []
        found = await browser.run(page)
        assert found.tokens == ["vendor_unreachable", "udp_blocked"]
        await page.eval_on_selector_all("details", "all => all.forEach((each) => each.open = true)")
        assert await faults(page) == []


async def test_by_keyboard_on_a_phone_and_told_as_it_goes(
    site: Site, playwright: "Playwright", tmp_path: Path
) -> None:
    blank = chromium.blank(
        playwright,
        site.client,
        tmp_path,
        site.certificate,
        viewport=PHONE,
        is_mobile=True,
        has_touch=True,
        reduced_motion="reduce",
    )
    async with blank as page:
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text))
        await browser.load(page, browser.url())
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.id") == "start"
        told: list[str] = []
        await page.expose_function("tell", lambda text: told.append(text))
        await page.evaluate(
            "new MutationObserver(() => tell(document.getElementById('status').textContent))"
            ".observe(document.getElementById('status'), { childList: true })"
        )
        await page.keyboard.press("Enter")
        await page.wait_for_selector("body[data-state=done]", timeout=browser.WAIT_S * 1000)

        assert await page.evaluate("document.activeElement.id") == "headline"
        assert "Testing: WebSocket" in told
        assert told[-1] == "The test has ended. Everything that calls need gets through."
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        # Whatever the vendors answer, nothing has been kept from running.
        assert [each for each in errors if "Failed to load resource" not in each] == []
