"""The status page for whoever hears it, or sees little: what axe-core finds."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sdk.browser import LOAD_MS
from tests.status.pictures import SCENES, SCHEMES, SCREENS, Screen, served

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = pytest.mark.status

AXE = Path(__file__).parents[1] / "network" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def axe() -> str:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make test-status installs it")
    return AXE.read_text()


@pytest.mark.parametrize("screen", SCREENS.values(), ids=["wide", "phone"])
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("scene", SCENES)
async def test_axe_finds_nothing(
    browser: "Browser", axe: str, scene: str, scheme: str, screen: Screen
) -> None:
    async with served(in_trouble=SCENES[scene]) as address:
        page = await browser.new_page(
            viewport={"width": screen.width, "height": screen.height},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        await page.goto(address, timeout=LOAD_MS)
        await page.wait_for_selector("#tiles .tile")
        await page.evaluate(axe)
        found = await page.evaluate("axe.run()")
        assert len(found["passes"]) > 30
        assert [(each["id"], each["nodes"]) for each in found["violations"]] == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= screen.width
        await page.close()
