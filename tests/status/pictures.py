"""Pictures of the status page, for the documentation: python -m tests.status.pictures

Light and dark, wide and as on a phone, with everything well and in trouble, of an hour that is made
up (``sample``). They go to docs/images, or with ``--folder`` elsewhere.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from sigproxy.service.doorway import Doorway
from sigproxy.service.status_pages import StatusPages
from tests.sdk.browser import running
from tests.status import sample

if TYPE_CHECKING:
    from playwright.async_api import Browser

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SCENES = {"well": False, "trouble": True}  # in trouble?
SCHEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Screen:
    width: int  # CSS pixels
    height: int
    scale: int  # device pixels for one of those


SCREENS = {"": Screen(1360, 1400, 1), "-phone": Screen(390, 844, 2)}


@asynccontextmanager
async def served(*, in_trouble: bool) -> AsyncIterator[str]:
    """Serve the page of the sample; yield its address."""
    workers = list(sample.workers(in_trouble=in_trouble))

    def write(folder: Path) -> None:
        sample.write(folder, workers, in_trouble=in_trouble)

    async with served_by(write) as address:
        yield address


@asynccontextmanager
async def served_by(write: Callable[[Path], None]) -> AsyncIterator[str]:
    """Serve the page of what *write* puts into a folder each second; yield its address."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        pages: StatusPages

        async def go_on() -> None:
            while True:
                await asyncio.sleep(1)
                write(folder)

        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            return await pages.answer(request) or web.Response(status=404)

        doorway = Doorway(answer)
        pages = StatusPages(folder, doorway.goes_on)
        server = await asyncio.get_running_loop().create_server(doorway, "127.0.0.1", 0)
        writing = asyncio.create_task(go_on())
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/-/status"
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing
            pages.end_streams()
            server.close()
            await doorway.close(1.0)


async def take(browser: "Browser", address: str, screen: Screen, scheme: str, path: Path) -> None:
    page = await browser.new_page(
        viewport={"width": screen.width, "height": screen.height},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=screen.scale,
    )
    await page.goto(address)
    await page.wait_for_selector("#tiles .tile")
    await page.screenshot(path=path)
    await page.close()


async def take_all(folder: Path) -> None:
    async with running({}) as browser:
        for name, in_trouble in SCENES.items():
            async with served(in_trouble=in_trouble) as address:
                for scheme in SCHEMES:
                    for suffix, screen in SCREENS.items():
                        path = folder / f"status-{name}-{scheme}{suffix}.png"
                        await take(browser, address, screen, scheme, path)
                        print(path)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.status.pictures")
    parser.add_argument("--folder", type=Path, default=IMAGES)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(take_all(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
