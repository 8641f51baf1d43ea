"""The status page in Chromium, of a service of two workers with staged faults."""

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from tests.lab.frames import handshake
from tests.lab.lab import NAME, Lab
from tests.lab.pki import Pki
from tests.service.admin import Make, Watched, reloaded, vendor
from tests.service.process import serve_with
from tests.status.opened import opened

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = pytest.mark.status

KEY = "k-0123456789abcdef"
MARKUP = "<img src=x onerror=alert(1)>"


def address(watched: Watched, query: str = "") -> str:
    return f"http://127.0.0.1:{watched.port}/-/status{query}"


async def test_all_well_is_one_calm_line(browser: "Browser", lab: Lab, watched: Watched) -> None:
    upstream = await vendor(lab)
    running = watched.running
    await running.start()
    for worker, times in zip(running.workers(), (3, 4), strict=True):
        with running.only(worker):
            await watched.get(upstream.at("/"), times)
            await handshake(await running.client(), upstream.at("/ws"))

    async with opened(browser, address(watched)) as seen:
        await seen.says("#headline", "All is well: 2 workers, 2 WebSockets")
        assert await seen.page.locator("#problems li").count() == 0
        assert await seen.page.get_attribute("#verdict", "class") == "well"
        await seen.says("#live", "live")
        row = await seen.row("vendors", f"{NAME}:{upstream.port}")
        assert (row["WebSockets"], row["Errors, min / h"]) == ("2", "0 / 0")
        assert row["First byte"].endswith("ms")
        svg = seen.page.locator("#routes tbody svg")
        assert await svg.get_attribute("aria-label") == (
            "9 requests in the last hour, 0 of them failed"
        )
        assert "All is well" not in await seen.page.title()
        assert (await seen.page.title()).startswith("well")
    assert seen.complaints == []
    assert {url.partition("/-/")[0] for url in seen.asked if not url.startswith("data:")} == {
        f"http://127.0.0.1:{watched.port}"
    }


async def test_what_is_wrong_comes_first_with_its_token_and_remedy(
    browser: "Browser", lab: Lab, service: Make, pki: Pki
) -> None:
    down = await lab.upstream()
    refusing = down.at("/")
    await down.close()
    foreign = await lab.upstream(context=pki.self_signed(NAME))
    route = [
        {"prefix": "/", "targets": ["*.example.com:*"]},
        {"prefix": "/k", "keys": [KEY]},
        {"prefix": "/o", "allowed_origins": ["https://app.example"]},
    ]
    watched = Watched(service(server={"workers": 2}, route=route))
    running = watched.running
    await running.start()

    async with opened(browser, address(watched)) as seen:
        await seen.says("#headline", "All is well")
        for worker in running.workers():  # it is open meanwhile, and hears of both
            with running.only(worker):
                await watched.get(refusing, 2)
                await watched.get(foreign.at("/"))
        await watched.get(b"/k/wrong-0123456789" + refusing)
        client = await running.client()
        await client.get(b"/o" + refusing, b"Origin: https://" + MARKUP.encode())

        await seen.says("#headline", "2 faults")
        await seen.says("#problems", "key_refused")
        await seen.says("#problems", "origin_refused")
        first, second = [
            await seen.page.locator("#problems li.fault").nth(number).inner_text()
            for number in (0, 1)
        ]
        assert "4 of 4 requests in the last minute" in first  # two of each worker
        assert "connection_refused" in first
        assert "allow TCP to this host and port" in first
        assert "tls_certificate_error" in second
        assert "upstream.ca_file" in second
        assert "the certificate of" in second
        errors = await seen.row("errors", "connection_refused")
        assert (errors["Last minute"], errors["Last hour"]) == ("4", "4")
        top = await seen.page.locator("#verdict").bounding_box()
        assert top is not None
        assert top["y"] < 100
        assert (await seen.page.title()).startswith("2 faults")
        # What clients choose is text, whatever it looks like.
        assert await seen.page.locator("img").count() == 0
        assert KEY not in await seen.page.content()
        assert "wrong-0123456789" not in await seen.page.content()
    assert seen.complaints == []


async def test_it_follows_a_reload_and_says_when_the_gateway_is_gone(
    browser: "Browser", watched: Watched
) -> None:
    running = watched.running
    await running.start()
    async with opened(browser, address(watched)) as seen:
        before = set(running.workers())
        await seen.waits(f"document.querySelector('#workers').innerText.includes({min(before)})")
        await reloaded(running)
        for worker in running.workers():
            await seen.says("#workers", str(worker))
        await seen.says("#about", "taken")
        await seen.says("#live", "live")

        running.signal(signal.SIGTERM)
        assert await running.ended() == 0
        await seen.says("#headline", "The gateway's admin port does not answer")
        await seen.says("#live", "no answer for")
        assert await seen.page.get_attribute("#figures", "class") == "stale"


async def test_where_no_stream_can_be_had_it_asks_again_and_again(
    browser: "Browser", lab: Lab, service: Make
) -> None:
    upstream = await vendor(lab)
    watched = Watched(service())
    await watched.running.start(serve_with({"sigproxy.service.status_pages.MOST_STREAMS": 0}))
    async with opened(browser, address(watched)) as seen:
        await watched.get(upstream.at("/"), 3)
        await seen.waits(
            "[...document.querySelectorAll('#routes svg')].some((each) =>"
            " each.getAttribute('aria-label').startsWith('3 requests'))"
        )
    assert any(url.endswith("/-/status.json") for url in seen.asked)


async def test_it_can_be_paused_ordered_and_asked_for_addresses(
    browser: "Browser", lab: Lab, service: Make
) -> None:
    upstream = await vendor(lab)
    limits = {"websockets_per_address": 2}
    watched = Watched(service(limits=limits))
    running = watched.running
    await running.start()
    await handshake(await running.client(), upstream.at("/ws"))
    async with opened(browser, address(watched)) as seen:
        page = seen.page
        await seen.says("#clients", "127.0.0.0/24")
        assert (await seen.row("clients", "127.0.0.0/24"))["Has"] == "1 of 2"
        await page.click("#pause")
        await seen.says("#live", "paused")
        await watched.get(upstream.at("/"), 5)
        await asyncio.sleep(2.5)  # it would have said so by then
        label = await page.locator("#vendors tbody svg").get_attribute("aria-label")
        assert (label or "").startswith("1 requests")
        await page.click("#pause")
        await seen.waits(
            "document.querySelector('#vendors tbody svg').getAttribute('aria-label')"
            ".startsWith('6 requests')"
        )
        await page.get_by_role("button", name="Slowest").click()
        assert await page.get_by_role("button", name="Slowest").get_attribute("aria-pressed") == (
            "true"
        )
        await page.click("#mask")
        await seen.says("#clients", "127.0.0.1")
        assert page.url.endswith("?clients=shown")
    assert seen.complaints == []
