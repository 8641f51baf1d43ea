"""What a browser gains where HAProxy speaks HTTP/2: Chromium behind both files of contrib/."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.fleet import filled
from tests.fleet import site as sites
from tests.fleet.gateways import NAME, Node
from tests.fleet.networks import SHARED
from tests.fleet.page import PageVendor
from tests.fleet.site import Site
from tests.lab.lab import until
from tests.media.live import chromium
from tests.sdk.browser import obstacle
from tests.service.process import START_S

if TYPE_CHECKING:
    from playwright.async_api import Page, Playwright

pytestmark = [pytest.mark.fleet, pytest.mark.asyncio(loop_scope="session")]

ASKED = 20
FETCHES = """(count) => {
    answers = [];
    for (let n = 0; n < count; n++)
        fetch(`/page/hold?n=${n}`).then(answer => answer.text()).then(text => answers.push(text));
}"""
PROTOCOLS = """() => [...new Set(performance.getEntriesByType('resource')
    .filter(each => each.name.includes('/hold')).map(each => each.nextHopProtocol))]"""
TALK = """() => new Promise((resolve, reject) => {
    code = null;
    const socket = new WebSocket(`wss://${location.host}/page/ws`);
    socket.onopen = () => socket.send('heard');
    socket.onmessage = message => resolve(message.data);
    socket.onclose = event => { code = event.code; reject(new Error(`closed: ${code}`)); };
})"""
RESTART = 1012  # RFC 6455, 7.4; in the registry of the IANA


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def http2(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    if reason := obstacle() or sites.obstacle():
        pytest.skip(reason)
    tables = {"server": {"drain_s": 8.0}}
    async with sites.running(tmp_path_factory.mktemp("http2"), filled.HTTP2, tables) as running:
        await running.until_ready(1, 2, 3, backend="gateways_http")
        yield running


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def playwright() -> AsyncIterator["Playwright"]:
    from playwright.async_api import async_playwright

    async with async_playwright() as running:
        yield running


@asynccontextmanager
async def opened(
    site: Site, playwright: "Playwright", directory: Path
) -> AsyncIterator[tuple["Page", PageVendor]]:
    vendor = PageVendor()
    rules = f"--host-resolver-rules=MAP {NAME} {SHARED}"
    async with (
        vendor.running(site.networks.vendor, site.pki.upstream()),
        chromium.blank(
            playwright, site.networks.clients, directory, site.certificate, rules
        ) as page,
    ):
        await page.goto(f"https://{NAME}/page/")
        yield page, vendor
        vendor.released.set()


def having_it(site: Site) -> list[Node]:
    """Return the gateways that had a WebSocket."""
    return [node for node in site.nodes if "event=open" in node.service.logged]


async def settled(vendor: PageVendor, count: int) -> int:
    """Return how many requests were there at a time: *count*, or fewer if no more come."""
    await until(lambda: vendor.most >= min(count, 6), START_S)
    if vendor.most < count:
        await asyncio.sleep(2.0)  # for more than a browser lets through, which must not come
    return vendor.most


async def test_over_http1_the_seventh_request_waits(
    fleet: Site, playwright: "Playwright", tmp_path: Path
) -> None:
    async with opened(fleet, playwright, tmp_path) as (page, vendor):
        await page.evaluate(FETCHES, ASKED)
        assert await settled(vendor, ASKED) == 6
        vendor.released.set()
        await page.wait_for_function(f"answers.length === {ASKED}")
        assert await page.evaluate(PROTOCOLS) == ["http/1.1"]
        assert await page.evaluate(TALK) == "heard"


async def test_over_http2_all_requests_are_there_at_once(
    http2: Site, playwright: "Playwright", tmp_path: Path
) -> None:
    async with opened(http2, playwright, tmp_path) as (page, vendor):
        await page.evaluate(FETCHES, ASKED)
        await until(lambda: vendor.most == ASKED, START_S)
        vendor.released.set()
        await page.wait_for_function(f"answers.length === {ASKED}")
        assert sorted(map(int, await page.evaluate("answers"))) == list(range(ASKED))
        assert await page.evaluate(PROTOCOLS) == ["h2"]


async def test_a_websocket_over_http2_is_told_when_its_gateway_drains(
    http2: Site, playwright: "Playwright", tmp_path: Path
) -> None:
    """Chromium asks for it on the connection that it has (RFC 8441), which is answered 200."""
    async with opened(http2, playwright, tmp_path) as (page, vendor):
        session = await page.context.new_cdp_session(page)
        answers: list[Any] = []
        session.on(
            "Network.webSocketHandshakeResponseReceived", lambda event: answers.append(event)
        )
        await session.send("Network.enable")
        assert await page.evaluate(TALK) == "heard"
        assert [each["response"]["status"] for each in answers] == [200]
        assert vendor.came == ["heard"]
        await until(lambda: having_it(http2))  # the log's writer is a tenth of a second late
        [node] = having_it(http2)
        assert await node.drain() == 0
        await page.wait_for_function("code !== null")
        assert await page.evaluate("code") == RESTART
