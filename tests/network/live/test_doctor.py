"""`sigproxy doctor https://gateway/KEY` in the same stages as the page: each fault by its token."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.lab.pki import Pki
from tests.media.live import chromium
from tests.media.live.networks import NO_UDP, ONLY_443, ONLY_PROXY, PROXY
from tests.media.live.servers import NAME, PROXY_PORT
from tests.network.live import browser, doctor, middlebox
from tests.network.live.site import FOREIGN, OTHER_KEY, Site
from tests.sdk.browser import obstacle

if TYPE_CHECKING:
    from playwright.async_api import Playwright

pytestmark = [pytest.mark.network, pytest.mark.asyncio(loop_scope="session")]


async def test_all_is_well(site: Site) -> None:
    assert await doctor.tokens(site) == []


async def test_a_vendor_is_down(site: Site) -> None:
    site.break_vendor()
    assert await doctor.staged(site) == {"vendor_unreachable"}


async def test_a_wrong_key(site: Site) -> None:
    assert await doctor.staged(site, key=OTHER_KEY) == {"key_refused"}


async def test_a_foreign_origin(site: Site) -> None:
    found = await doctor.staged(site, "--origin", f"https://{FOREIGN}")
    assert found == {"origin_refused"}


async def test_a_middlebox_refuses_websockets(site: Site) -> None:
    async with site.middlebox(middlebox.refuse_websockets):
        site.divert()
        assert await doctor.staged(site) == {"websocket_blocked"}


async def test_a_middlebox_refuses_preflights(site: Site) -> None:
    async with site.middlebox(middlebox.refuse_options):
        site.divert()
        assert await doctor.staged(site) == {"preflight_blocked"}


@pytest.mark.parametrize(("rules", "token"), [(NO_UDP, "udp_blocked"), (ONLY_443, "only_443")])
async def test_udp_is_dropped(site: Site, rules: tuple[str, ...], token: str) -> None:
    site.client.close_off(rules)
    assert await doctor.staged(site) == {token}


async def test_only_a_connect_proxy_leads_out(site: Site) -> None:
    site.client.close_off(ONLY_PROXY)
    proxied = {"HTTPS_PROXY": f"http://{PROXY}:{PROXY_PORT}"}
    assert await doctor.staged(site, environ=proxied) == {"http_proxy_only"}


async def test_coturn_is_down(site: Site) -> None:
    await site.coturn.kill()
    try:
        assert await doctor.staged(site) == {"turn_unreachable"}
    finally:
        await site.coturn.start()


async def test_coturn_has_another_secret(site: Site, tmp_path: Path) -> None:
    async with site.other_coturn(tmp_path, "another-secret-of-thirty-two-characters"):
        assert await doctor.staged(site) == {"turn_credentials_refused"}


@pytest.mark.skipif(bool(obstacle()), reason=str(obstacle()))
async def test_tls_is_intercepted(site: Site, playwright: "Playwright", tmp_path: Path) -> None:
    """The browser loads no page then, and says why in its own words; doctor says who it is."""
    from playwright.async_api import Error

    (tmp_path / "other").mkdir()
    theirs = Pki(tmp_path / "other")
    blank = chromium.blank(
        playwright, site.client, tmp_path, site.certificate, ignore_https_errors=False
    )
    async with site.middlebox(middlebox.pass_all, theirs.write(NAME)), blank as page:
        site.divert()
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            await page.goto(browser.url())
        # The root is the company's and trusted on its machines; or it is nobody's.
        trusting = ("--ca-file", str(theirs.ca_file))
        assert await doctor.staged(site, *trusting) == {"tls_intercepted"}
        assert await doctor.staged(site) == {"certificate_untrusted"}
