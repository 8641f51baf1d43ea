"""The rules of RTCPeerConnection, held against Chromium's.

Twilio, LiveKit, mediasoup-client and Janus hand it the app's servers unchanged.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from sigproxy.media import standard
from tests.sdk.ice.network import Room, SdkPage
from tests.semantics.ice_cases import ACCEPTED, REFUSED, REJECTED, RIGHT, TAKEN, THROWN

pytestmark = [pytest.mark.sdk, pytest.mark.asyncio(loop_scope="package")]

SECRET = {"username": "u", "credential": "c"}


@pytest_asyncio.fixture(loop_scope="package")
async def page(room: Room) -> AsyncIterator[SdkPage]:
    async with room.page("daily") as opened:
        yield opened


async def refusals(page: SdkPage, servers: list[object], **more: object) -> list[Any]:
    configurations = [{"iceServers": each, **more} for each in servers]
    return list(await page.tab.page.evaluate("refusals", configurations))


async def test_each_refused_url_has_the_browsers_message(page: SdkPage) -> None:
    thrown = await refusals(page, [[{"urls": [url], **SECRET}] for url, _ in REFUSED])
    for (url, says), error in zip(REFUSED, thrown, strict=True):
        [found] = standard.check([{"urls": [url], **SECRET}])
        assert error is not None, url
        message = error["message"].removeprefix("Failed to construct 'RTCPeerConnection': ")
        assert message.endswith(says)
        assert f"RTCPeerConnection throws a {error['name']}, {message}" == found.what


async def test_each_accepted_url_is_constructed(page: SdkPage) -> None:
    """Of those that are rejected all the same, the browser gathers no candidate."""
    urls = [each[0] for each in (*TAKEN, *REJECTED)]
    servers: list[object] = [
        [{"urls": [url], **(SECRET if "turn" in url.lower() else {})}] for url in urls
    ]
    assert await refusals(page, servers) == [None] * len(urls)


async def test_each_server_is_refused_or_accepted_as_we_say(page: SdkPage) -> None:
    thrown = await refusals(page, [each[0] for each in THROWN])
    names = [error and error["name"] for error in thrown]
    assert names == [each[3] for each in THROWN]
    accepted = [*(each[0] for each in ACCEPTED), *RIGHT]
    assert await refusals(page, accepted) == [None] * len(accepted)


@pytest.mark.parametrize("policy", ["public", None, 5, "Relay"])
async def test_a_policy_is_refused_as_we_say(page: SdkPage, policy: object) -> None:
    [found] = standard.check({"iceServers": RIGHT[1], "iceTransportPolicy": policy})
    [error] = await refusals(page, [RIGHT[1]], iceTransportPolicy=policy)
    assert error["name"] == "TypeError"
    assert "TypeError" in found.what
