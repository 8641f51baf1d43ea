"""Forty vendors with long names, on the screens that people have: what fails is in sight."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sigproxy.exchange import Exchange
from sigproxy.semantics.authority import Authority
from sigproxy.telemetry.status import files
from sigproxy.telemetry.status.collector import Collector
from tests.status.opened import opened
from tests.status.pictures import served_by
from tests.telemetry.status.made import report

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = pytest.mark.status

HOSTS = [
    f"contoso-prod-tenant-{number:04}.unitedstates.communication.azure.com" for number in range(40)
]
HIDDEN_PARTS = """[...document.querySelectorAll(".scroll")].filter((each) =>
    each.scrollWidth > each.clientWidth).map((each) => each.firstChild.id)"""
ERRORS_SEEN = """[...document.querySelectorAll("#vendors tbody tr")].every((row) =>
    [1, 2].every((place) => row.cells[place].getBoundingClientRect().right <= innerWidth))"""


def write_busy(folder: Path) -> None:
    """Write of a worker whose vendors are busy, slow and failing; the numbers are wide."""
    now_s, now = time.monotonic(), time.time()
    collector = Collector(now_s)
    for number, host in enumerate(HOSTS):
        for count in range(60):
            each = Exchange(f"0-{count:x}", now, now_s, "192.0.2.7", route="/")
            each.upstream, each.ended_s = Authority.parse(host.encode()), 0.2
            each.status = each.upstream_status = 503 if count % 3 else 200
            each.dns_s, each.tcp_s, each.tls_s, each.first_byte_s = 0.123, 0.234, 0.345, 0.456
            each.received, each.sent = 123_456, 987_654
            if count % 2 and number < 20:
                each.error, each.upstream_status = "connection_timeout", None
            collector.ended(each)
    figures = collector.figures()
    told = report(figures, at_s=now_s, started_at=now - 60, pid=os.getpid())
    files.write_report(folder, told.pid, files.as_bytes(told))


@pytest.mark.parametrize("width", [390, 768, 981, 1024, 1200, 1366])
async def test_nothing_is_cut_off(browser: "Browser", width: int) -> None:
    async with (
        served_by(write_busy) as address,
        opened(browser, address, viewport={"width": width, "height": 900}) as seen,
    ):
        await seen.waits(f"document.querySelectorAll('#vendors tbody tr').length === {len(HOSTS)}")
        assert await seen.page.evaluate(HIDDEN_PARTS) == []
        assert await seen.page.evaluate(ERRORS_SEEN)
        assert await seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if folder := os.environ.get("WIDTHS_SHOTS"):
            for scheme in ("light", "dark"):
                await seen.page.emulate_media(color_scheme=scheme)
                await seen.page.screenshot(path=f"{folder}/w{width}-{scheme}.png")
                await seen.page.locator("#vendors").scroll_into_view_if_needed()
                await seen.page.evaluate("document.querySelector('#t-vendors').scrollIntoView()")
                await seen.page.screenshot(path=f"{folder}/v{width}-{scheme}.png")
    assert seen.complaints == []
