"""Networks among the hosts, names that are taken, and what a browser may lack beside a call."""

import pytest

from tests.shim.live.browser import Browser
from tests.shim.live.site import Site
from tests.shim.live.test_media import BEFORE, OWN, SDKS, call
from tests.shim.live.test_pages import SHIM, said, sees_the_vendor

pytestmark = [pytest.mark.shim, pytest.mark.asyncio(loop_scope="session")]

# Which of some URLs the shim sends through: `open` counts, and sends nothing yet.
COVERED = """((urls) => urls.filter((url) => {
  const before = sigproxy.requests;
  new XMLHttpRequest().open("GET", url);
  return sigproxy.requests > before;
}))(%r)"""


async def test_a_network(site: Site, browser: Browser) -> None:
    within = [
        "https://198.51.100.128:4001/",
        "https://198.51.100.255:4999/x",
        "https://0xc6.51.100.200:4500/",  # as browsers spell it: 198.51.100.200
        "https://203.0.113.7/",
        "https://192.0.2.9/",
    ]
    beside = [
        "https://198.51.100.127:4001/",
        "https://198.51.101.128:4001/",
        "https://198.51.100.128/",
        "https://198.51.100.128:5000/",
        "https://203.0.113.6/",
        "https://203.0.113.7:4001/",
        "https://192.0.2.8/",
        "https://198.51.100.200.vendor.example:4001/",
        "https://[2001:db8::1]/",
        "https://[::c633:6480]:4001/",
        "https://0.0.0.0/",
    ]
    async with browser.tab() as tab:
        await tab.goto(site.page(site.tag(path="/net")))
        assert await tab.evaluate(COVERED % [*beside, *within]) == within
        # The gateway has it, and says that this network is no public one.
        seen = await tab.evaluate(
            f"fetch('{within[0]}').then(async (it) => [it.url, it.status, (await it.json()).error])"
        )
        assert seen == [within[0], 403, "address_refused"]
        assert "[2001:db8::/32]:*" not in (await tab.evaluate(SHIM))["hosts"]


FROZEN = "<script>Object.defineProperty(window, 'sigproxy', { value: 1 });</script>"


async def test_a_page_that_has_a_sigproxy_of_its_own(site: Site, browser: Browser) -> None:
    """It keeps that, and the rest is covered."""
    async with browser.tab() as tab:
        await tab.goto(site.page(FROZEN + site.tag()))
        await sees_the_vendor(site, tab)
        assert await tab.evaluate("window.sigproxy") == 1
        missing = "sigproxy does not cover sigproxy: a script before the shim has frozen it"
        assert said(tab)[1:] == [missing]


async def test_a_name_without_a_dot(site: Site, browser: Browser) -> None:
    """The gateway takes it for a host only with a port."""
    urls = ["https://intranet/x", "https://u:p@intranet/", "https://intranet:8443/x"]
    async with browser.tab() as tab:
        await tab.goto(site.page(site.tag(path="/wide")))
        assert await tab.evaluate(COVERED % urls) == urls[2:]


async def test_a_constructor_that_a_script_has_frozen(site: Site, browser: Browser) -> None:
    """What is not covered stays the browser's own in every way."""
    frozen = "{ writable: false, configurable: false }"
    before = f"<script>Object.defineProperty(window, 'WebSocket', {frozen});</script>"
    async with browser.tab() as tab:
        await tab.goto(site.page(before + site.tag()))
        is_its = "new WebSocket('wss://localhost:1').constructor === WebSocket"
        assert await tab.evaluate(is_its) is True
        missing = "sigproxy does not cover WebSocket: a script before the shim has frozen it"
        assert said(tab)[1:] == [missing]


@pytest.mark.parametrize("tags", [1, 2])
async def test_a_variable_of_the_page_that_is_called_sigproxy(
    site: Site, browser: Browser, tags: int
) -> None:
    """Chromium lets nobody define it anew, Firefox does; the shim runs in both, once or twice."""
    async with browser.tab() as tab:
        await tab.goto(site.page("<script>var sigproxy = 1;</script>" + site.tag() * tags))
        await sees_the_vendor(site, tab)


async def test_something_that_is_no_function(site: Site, browser: Browser) -> None:
    before = "window.EventSource = 'none'; window.Worker = { prototype: 1 }; window.Audio = 7;"
    async with browser.tab() as tab:
        await tab.goto(site.page(f"<script>{before}</script>{site.tag()}"))
        await sees_the_vendor(site, tab)
        kept = "[window.EventSource, window.Worker.prototype, window.Audio]"
        assert await tab.evaluate(kept) == ["none", 1, 7]


async def test_calls_without_fetch(site: Site, browser: Browser) -> None:
    """Nobody can ask for the gateway's ICE servers: the SDK's are used, and that is said."""
    without = "<script>delete window.fetch;</script>"
    async with browser.tab() as tab:
        await tab.goto(site.page(BEFORE + without + site.tag("data-turn")))
        told = await tab.evaluate(call(SDKS))
        assert told["has"] == [OWN, "all", "max-bundle"]
        assert told["kinds"] == [True, "offer"]
        [missing] = (await tab.evaluate(SHIM))["missing"]
        assert missing.startswith("RTCPeerConnection: no ICE servers from the gateway, TypeError")
