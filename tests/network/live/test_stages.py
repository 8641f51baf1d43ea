"""One thing at a time is wrong, and the page says which: its verdict, by token."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.media.live import chromium
from tests.media.live.networks import (
    NO_UDP,
    ONLY_443,
    ONLY_PROXY,
    PROXY,
)
from tests.media.live.servers import ALLOWED, NAME, PROXY_PORT
from tests.network.live import browser, middlebox
from tests.network.live.browser import Ended, Opened
from tests.network.live.site import FOREIGN, HOSTS, KEY, OTHER_KEY, VENDOR_HOST, Site
from tests.sdk.browser import obstacle

if TYPE_CHECKING:
    from playwright.async_api import Page, Playwright

pytestmark = [
    pytest.mark.network,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(bool(obstacle()), reason=str(obstacle())),
]

PROXIED = f"--proxy-server=http://{PROXY}:{PROXY_PORT}"
# Five minutes fast, for whatever asks for the time.
FAST = "const real = Date.now; Date.now = () => real() + 300000;"
UDP, TLS = "turn:gateway.example:3478?transport=udp", "turns:gateway.example:443?transport=tcp"

# Keys; a TURN username, "EXPIRY:id"; and its password, in base64.
SECRETS = (KEY, OTHER_KEY, r"\d{10}:[\w-]{16}", r"[A-Za-z0-9+/]{27}=")


async def ended(page: "Page", *tokens: str) -> Ended:
    """Run the test; assert that it names *tokens* and nothing else, on the page and in reports."""
    found = await browser.run(page)
    assert found.tokens == [*tokens], found.text
    assert await browser.shown(page) == [*tokens]
    assert all(f"[{token}]" in found.text for token in tokens)
    for told in (str(found.report), found.text):
        assert not [secret for secret in SECRETS if re.search(secret, told)]
    return found


def ways(found: Ended) -> dict[str, str]:
    return {each["url"]: each["state"] for each in found.step("turn") if not each["probe"]}


async def test_all_is_well(site: Site, opened: Opened) -> None:
    page = await opened(address=browser.url(idle_s=20))
    found = await ended(page, "all_well")
    assert (found.report["verdict"], found.report["mode"]) == ("ok", "auto")
    assert [each["host"] for each in found.step("vendors")] == [*HOSTS]
    assert ways(found) == {UDP: "ok", TLS: "ok"}
    assert found.step("idle") == {"state": "ok", "seconds": 20} | {"ms": found.step("idle")["ms"]}
    assert found.step("idle")["ms"] >= 20_000
    assert {each["way"]: each["received"] > 200 for each in found.step("media")} == {
        "udp": True,
        "tls": True,
    }
    assert all(each["kbit"] > 1000 for each in found.step("media"))
    steps = [line for line in found.text.splitlines() if line.startswith(("ok ", "warn ", "fail "))]
    assert len(steps) > 8
    assert [line for line in steps if not re.search(r"\([\d.]+ m?s\)$", line)] == []  # a time each
    # What the page is told is what the log has.
    [line] = site.lines(f"id={found.step('request')}")
    assert "/-/network/plan/-" in line
    assert site.lines("event=close", "/-/network/echo/-")


async def test_a_vendor_is_down(site: Site, opened: Opened) -> None:
    site.break_vendor()
    found = await ended(await opened(), "vendor_unreachable")
    [broken] = [each for each in found.step("vendors") if each["state"] != "ok"]
    assert (broken["host"], broken["token"]) == (VENDOR_HOST, "connection_refused")
    assert site.lines(f"id={broken['request']}", "error=connection_refused")
    assert found.report["verdict"] == "fail"


async def test_a_wrong_key_gets_no_page(
    site: Site, playwright: "Playwright", tmp_path: Path
) -> None:
    blank = chromium.blank(playwright, site.client, tmp_path, site.certificate)
    async with blank as page:
        answer = await page.goto(browser.url(key=OTHER_KEY))
        assert answer is not None
        assert answer.status == 403
        assert "key_refused" in await page.inner_text("body")


async def test_a_key_that_is_withdrawn(site: Site, opened: Opened) -> None:
    page = await opened()
    await site.only_key(OTHER_KEY)
    try:
        found = await ended(page, "key_refused")
    finally:
        await site.only_key(KEY)
    assert found.report["verdict"] == "fail"


async def test_a_proxy_makes_it_a_foreign_origin(site: Site, opened: Opened) -> None:
    """The page comes, for a navigation has no Origin; what it asks is refused as the app's is."""
    async with site.middlebox(middlebox.rename(FOREIGN, NAME)):
        page = await opened(address=browser.url(FOREIGN))
        found = await ended(page, "origin_refused")
    assert f"https://{FOREIGN}" in found.text


async def test_a_middlebox_refuses_websockets(site: Site, opened: Opened) -> None:
    async with site.middlebox(middlebox.refuse_websockets):
        page = await opened()
        site.divert()
        found = await ended(page, "websocket_blocked")
    assert found.report["mode"] == "auto"  # media is another matter
    assert f"wss://{NAME}" in found.report["findings"][0]["rule"]


async def test_a_middlebox_refuses_preflights(site: Site, opened: Opened) -> None:
    """So the page's preflight is one: a request of another site's, with OPTIONS in front."""
    async with site.middlebox(middlebox.refuse_options):
        page = await opened()
        site.divert()
        await ended(page, "preflight_blocked")


async def test_udp_is_dropped(opened: Opened) -> None:
    found = await ended(await opened(NO_UDP), "udp_blocked")
    assert (found.report["verdict"], found.report["mode"]) == ("warn", "tls")
    assert ways(found) == {UDP: "silent", TLS: "ok"}
    assert found.step("stun")["state"] == "silent"
    assert found.report["findings"][0]["rule"] == (
        f"Allow UDP from clients to {NAME}, port 3478, and its answers."
    )


async def test_only_tcp_443_is_open(site: Site, opened: Opened) -> None:
    found = await ended(await opened(ONLY_443), "only_443")
    assert (found.report["mode"], ways(found)[TLS]) == ("tls", "ok")
    assert site.client.sent().others == ()


async def test_only_a_connect_proxy_leads_out(site: Site, opened: Opened) -> None:
    site.proxy.asked.clear()
    found = await ended(await opened(ONLY_PROXY, PROXIED), "http_proxy_only")
    assert (found.report["mode"], ways(found)[TLS]) == ("tls", "ok")
    assert site.proxy.asked.count(ALLOWED) > 3
    assert site.client.sent().others == (PROXY,)


async def test_the_clock_is_five_minutes_off(opened: Opened) -> None:
    found = await ended(await opened(init=FAST), "clock_skew")
    assert found.report["findings"][0]["title"] == "This computer's clock is 5 minutes fast"
    assert found.report["verdict"] == "warn"


async def test_coturn_is_down(site: Site, opened: Opened) -> None:
    await site.coturn.kill()
    try:
        found = await ended(await opened(), "turn_unreachable")
    finally:
        await site.coturn.start()
    assert (found.report["verdict"], found.report["mode"]) == ("fail", None)
    assert found.step("turnServer") == "unreachable"


async def test_coturn_has_another_secret(site: Site, opened: Opened, tmp_path: Path) -> None:
    async with site.other_coturn(tmp_path, "another-secret-of-thirty-two-characters"):
        found = await ended(await opened(), "turn_credentials_refused")
    assert set(ways(found).values()) == {"credentials"}
