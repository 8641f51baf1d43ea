"""The page in Firefox, which has its own WebSockets, CORS and timers: it judges as in Chromium."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.dns import NXDOMAIN, Name
from tests.lab.lab import Lab, within
from tests.network.live.site import KEY
from tests.shim.live import firefox
from tests.shim.live.firefox import Firefox

GATEWAY, VENDOR = "proxy.test", "api.vendor.example"
RUN_S = 90.0
OBSTACLE = firefox.obstacle()
REPORT = """new Promise((report) => {
  const look = () => document.body.dataset.state === "done"
    ? report(reportData(last)) : setTimeout(look, 50);
  look();
})"""

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(bool(OBSTACLE), reason=str(OBSTACLE)),
]


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Firefox]:
    async with firefox.running(tmp_path, [GATEWAY]) as running:
        yield running


async def judged(lab: Lab, browser: Firefox) -> dict[str, Any]:
    """Run the test on a gateway without TURN, for one vendor; return the page's report."""
    gateway = await lab.gateway(
        tls=True,
        network_test={"keys": [KEY]},
        route={"targets": [f"{VENDOR}:{(await lab.upstream()).port}"]},
    )
    async with browser.tab() as tab:
        await tab.goto(f"https://{GATEWAY}:{gateway.port}/-/network/{KEY}#start&idle=1")
        async with within(RUN_S):
            report: dict[str, Any] = await tab.evaluate(REPORT)
    return report


async def test_all_is_well(lab: Lab, browser: Firefox) -> None:
    lab.dns.zone[VENDOR] = Name(("127.0.0.1",))
    report = await judged(lab, browser)
    assert (report["verdict"], [each["token"] for each in report["findings"]]) == (
        "ok",
        ["all_well"],
    )
    assert [each["state"] for each in report["steps"]["vendors"]] == ["ok"]


async def test_a_vendor_that_is_not_reached_is_named(lab: Lab, browser: Firefox) -> None:
    lab.dns.zone[VENDOR] = Name(a_rcode=NXDOMAIN, aaaa_rcode=NXDOMAIN)
    report = await judged(lab, browser)
    assert [each["token"] for each in report["findings"]] == ["vendor_unreachable"]
