"""Take the pictures of the network test's page that the documents show: `make pictures`, as root.

Of pages as they come out of runs on the suite's site, with what the suite closes: nothing is drawn.
"""

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests import isolation
from tests.media.live import chromium
from tests.media.live import site as media
from tests.media.live.networks import NO_UDP, OPEN
from tests.network.live import browser
from tests.network.live import site as sites
from tests.network.live.site import Site
from tests.sdk.browser import obstacle

if TYPE_CHECKING:
    from playwright.async_api import Playwright

IMAGES = Path(__file__).parents[3] / "docs" / "images"
WIDE, NARROW = {"width": 820, "height": 860}, {"width": 390, "height": 844}


@dataclass(frozen=True, slots=True)
class Picture:
    """*whole*: the page down to its end, and not what a window shows of it."""

    name: str
    scheme: str
    size: dict[str, int]
    rules: tuple[str, ...] = OPEN
    breaks_vendor: bool = False
    whole: bool = False


PICTURES = (
    Picture("network-test", "light", WIDE, NO_UDP, whole=True),
    Picture("network-test-dark", "dark", WIDE, NO_UDP, breaks_vendor=True),
    Picture("network-test-narrow", "light", NARROW),
    Picture("network-test-narrow-dark", "dark", NARROW, NO_UDP),
)


async def take(site: Site, playwright: "Playwright", directory: Path, picture: Picture) -> Path:
    site.mend()
    if picture.breaks_vendor:
        site.break_vendor()
    site.client.close_off(picture.rules)
    context: dict[str, Any] = {"viewport": picture.size, "color_scheme": picture.scheme}
    blank = chromium.blank(playwright, site.client, directory, site.certificate, **context)
    async with blank as page:
        await browser.load(page, browser.url(idle_s=20))
        await browser.run(page)
        await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        path = IMAGES / f"{picture.name}.png"
        await page.screenshot(path=path, full_page=picture.whole)
    return path


async def main() -> int:
    from playwright.async_api import async_playwright

    with tempfile.TemporaryDirectory(prefix="sigproxy-pictures-") as folder:
        isolation.enter(Path(folder))
        if reason := media.obstacle() or obstacle():
            print(reason, file=sys.stderr)
            return 1
        async with sites.running(Path(folder)) as site, async_playwright() as playwright:
            for picture in PICTURES:
                path = await take(site, playwright, Path(folder), picture)
                print(f"{path.relative_to(IMAGES.parents[1])}: {path.stat().st_size // 1024} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
