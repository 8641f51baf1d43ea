"""A browser in networks that are closed more and more: packets that are relayed, and come back."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.media.live import chromium
from tests.media.live.networks import GATEWAY, NO_UDP, ONLY_443, ONLY_PROXY, OPEN, PROXY, Sent
from tests.media.live.servers import ALLOWED, PROXY_PORT
from tests.media.live.site import Site
from tests.sdk.browser import obstacle

if TYPE_CHECKING:
    from playwright.async_api import Playwright

pytestmark = [
    pytest.mark.media,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(bool(obstacle()), reason=str(obstacle())),
]

SECONDS, PER_SECOND = 2, 50
WAIT_S = 60.0
# UDP that is dropped in silence has failed after 40 s, and may hold up nothing meanwhile. On a
# machine of its own it takes a tenth of this.
FIRST_RELAY_MS = 1000.0
PROXIED = f"--proxy-server=http://{PROXY}:{PROXY_PORT}"


class Browser:
    """One in the first client's network, for one case."""

    def __init__(self, site: Site, playwright: "Playwright", directory: Path) -> None:
        self.client = site.networks.clients[0]
        self._site, self._playwright, self._directory = site, playwright, directory

    async def packets(
        self, rules: tuple[str, ...], mode: str, *arguments: str
    ) -> tuple[dict[str, Any], Sent]:
        """Send packets where *rules* let them, over a pair that is relayed on both sides."""
        self.client.close_off(rules)
        certificate = self._site.certificate
        opened = chromium.page(
            self._playwright, self.client, self._directory, certificate, *arguments
        )
        async with opened as page:
            found = await chromium.ran(page, "loopback", WAIT_S, mode, SECONDS)
        print({**found, "mode": mode})  # pytest -s: the figures of docs/media.md
        assert found["sent"] > SECONDS * PER_SECOND / 2
        assert (found["pair"]["local"], found["pair"]["remote"]) == ("relay", "relay")
        assert found["pair"]["address"] == GATEWAY
        return found, self.client.sent()


@pytest.fixture
def browser(site: Site, playwright: "Playwright", tmp_path: Path) -> Browser:
    return Browser(site, playwright, tmp_path)


def assert_over_tls(found: dict[str, Any]) -> None:
    assert found["pair"]["transport"] == "tls"
    assert found["pair"]["url"].startswith("turns:gateway.example:443")
    assert found["received"] == found["sent"]
    assert found["firstRelay"] < FIRST_RELAY_MS


async def test_where_all_is_open_it_is_udp(browser: Browser) -> None:
    found, sent = await browser.packets(OPEN, "auto")
    assert found["pair"]["transport"] == "udp"
    assert found["received"] >= found["sent"] * 0.95
    assert sent.others == ()


async def test_where_udp_is_dropped_nobody_waits_for_it(browser: Browser) -> None:
    found, sent = await browser.packets(NO_UDP, "auto")
    assert_over_tls(found)
    assert sent.refused > 0  # UDP was tried, in vain


@pytest.mark.parametrize("mode", ["auto", "tls"])
async def test_one_name_and_tcp_443_are_enough(browser: Browser, mode: str) -> None:
    found, sent = await browser.packets(ONLY_443, mode)
    assert_over_tls(found)
    assert (sent.refused > 0) == (mode == "auto")  # forced, it does not even try another way


async def test_so_is_a_proxy_that_knows_connect(browser: Browser, site: Site) -> None:
    """There is no name server either: the proxy is told the name."""
    site.proxy.asked.clear()
    found, sent = await browser.packets(ONLY_PROXY, "tls", PROXIED)
    assert_over_tls(found)
    assert sent.others == (PROXY,)
    assert site.proxy.asked.count(ALLOWED) >= 3  # the page, and each of two peers
