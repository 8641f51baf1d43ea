"""A whole call between two networks that let out TCP 443 to one name, and nothing else."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.media.live import chromium
from tests.media.live.networks import GATEWAY, ONLY_443
from tests.media.live.site import Site
from tests.sdk.browser import obstacle

if TYPE_CHECKING:
    from playwright.async_api import Page, Playwright

pytestmark = [
    pytest.mark.media,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(bool(obstacle()), reason=str(obstacle())),
]

WAIT_S = 60.0
RELAYED = ("event=turn", "transport=tls")  # in the access log
PACKETS, FRAMES = 50, 15  # of voice: a second; of video: half a second, whatever the machine does


async def test_a_call_needs_one_name_and_one_port(
    site: Site, playwright: "Playwright", tmp_path: Path
) -> None:
    """Page, offers and answers, voice and video: all of it through the gateway's 443."""
    before = len(site.lines(*RELAYED))
    async with AsyncExitStack() as stack:
        pages = []
        for client in site.networks.clients:
            client.close_off(ONLY_443)
            page = chromium.page(playwright, client, tmp_path, site.certificate)
            pages.append(await stack.enter_async_context(page))
        for page, offers in zip(pages, (False, True), strict=True):
            await chromium.ran(page, "join", WAIT_S, "room", "tls", offers)
        first = [await heard(page) for page in pages]
        later = [await heard(page, each) for page, each in zip(pages, first, strict=True)]
        for each in later:
            assert each["state"] == "connected"
            assert (each["pair"]["local"], each["pair"]["remote"]) == ("relay", "relay")
            assert (each["pair"]["transport"], each["pair"]["address"]) == ("tls", GATEWAY)

    for client in site.networks.clients:
        sent = client.sent()
        assert sent.to_gateway > 2 * PACKETS
        # Not that the firewall kept it from others: it never tried any.
        assert (sent.to_others, sent.others, sent.refused) == (0, (), 0)
    await site.logged(*RELAYED, times=before + 2)


async def heard(page: "Page", before: dict[str, Any] | None = None) -> dict[str, Any]:
    """Wait for a second of voice and half a second of video, more than there was *before*."""
    least = before or {"audio": 0, "frames": 0}
    found: dict[str, Any] = {}
    try:
        async with asyncio.timeout(WAIT_S):
            while (
                found.get("audio", 0) < least["audio"] + PACKETS
                or found.get("frames", 0) < least["frames"] + FRAMES
            ):
                await asyncio.sleep(0.1)
                found = await page.evaluate("heard()")
    except TimeoutError:
        raise AssertionError(f"{found}: {await page.evaluate('noted')}") from None
    return found
