"""What /-/ice answers, held against the browser's own RTCPeerConnection."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sigproxy.media.sdks import SDKS
from tests.media.live import chromium
from tests.media.live.networks import ONLY_443
from tests.media.live.site import Site
from tests.sdk.browser import obstacle

if TYPE_CHECKING:
    from playwright.async_api import Playwright

pytestmark = [
    pytest.mark.media,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(bool(obstacle()), reason=str(obstacle())),
]

WAIT_S = 60.0
MODES = ("auto", "udp", "tls")
# Its SDK alone knows TLS by this name, and makes a turns: URL of it before the browser sees it.
ACS_TLS = "turns:gateway.example:443?transport=tls"
# Native, or no URLs until the SDK makes some.
NOT_A_BROWSERS = {"acs-android", "acs-ios", "acs-windows", "agora-legacy", "nertc"}


async def test_the_browser_takes_every_url(
    site: Site, playwright: "Playwright", tmp_path: Path
) -> None:
    sdks = sorted(set(SDKS) - NOT_A_BROWSERS)
    client = site.networks.clients[1]
    client.close_off(ONLY_443)
    async with chromium.page(playwright, client, tmp_path, site.certificate) as page:
        found = await chromium.ran(page, "constructed", WAIT_S, sdks, MODES)
    refused = {(each["sdk"], each["url"]) for each in found if each["error"]}
    assert refused == {("acs-web", ACS_TLS)}
    assert sorted({each["sdk"] for each in found}) == sdks
