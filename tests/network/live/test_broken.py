"""Whatever a browser lacks or throws, whatever comes for a plan: a verdict, and why."""

from typing import TYPE_CHECKING

import pytest

from tests.network.live import browser
from tests.network.live.browser import Ended, Opened
from tests.sdk.browser import obstacle

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

pytestmark = [
    pytest.mark.network,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(bool(obstacle()), reason=str(obstacle())),
]

NO_CHANNEL = (
    "RTCPeerConnection.prototype.createDataChannel = () => { throw new Error('not here'); };"
)
NO_MOUNTS = (
    "addEventListener('load', () => { showLines = () => { throw new Error('not here'); }; });"
)


async def ended(page: "Page") -> Ended:
    """Run the test; assert that there are a verdict and a report, and that it can be run again."""
    found = await browser.run(page)
    assert await page.is_visible("#verdict")
    assert await page.is_visible("#report")
    assert await page.is_enabled("#start")
    assert await page.is_enabled("#long")
    assert found.report["verdict"] == "fail"
    assert set(await browser.shown(page)) == set(found.tokens)
    assert all(f"[{token}]" in found.text for token in found.tokens)
    return found


@pytest.mark.parametrize("name", ["RTCPeerConnection", "WebSocket", "fetch"])
async def test_a_browser_that_lacks(opened: Opened, name: str) -> None:
    found = await ended(await opened(init=f"delete window.{name}"))
    assert found.tokens == ["browser_lacks"]
    assert name in found.text
    if name != "fetch":
        assert {each["state"] for each in found.step("vendors")} == {"ok"}  # the rest was tried


async def test_a_step_that_throws(opened: Opened) -> None:
    found = await ended(await opened(init=NO_CHANNEL))
    assert set(found.tokens) == {"test_failed"}  # and nothing of the network
    assert "TURN over UDP" in found.text
    assert "not here" in found.text
    assert found.step("websocket")["state"] == "ok"


async def test_results_that_cannot_be_shown(opened: Opened) -> None:
    found = await ended(await opened(init=NO_MOUNTS))
    assert found.tokens == ["test_failed"]


@pytest.mark.parametrize("content", ["{}", "[]", "null", "<html>Sign in</html>"])
async def test_a_plan_that_is_none(opened: Opened, content: str) -> None:
    page = await opened()

    async def answer(route: "Route") -> None:
        await route.fulfill(status=200, body=content)

    await page.route("**/-/network/plan/*", answer)
    assert (await ended(page)).tokens == ["not_a_gateway"]
