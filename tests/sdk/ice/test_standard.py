"""SDKs that hand an RTCConfiguration on, brought to their first connection.

What they refuse is what the browser refuses (test_browser.py).
"""

import pytest

from sigproxy.media import standard
from tests.sdk.ice.network import Room

pytestmark = [pytest.mark.sdk, pytest.mark.asyncio(loop_scope="package")]

SDKS = ("livekit", "mediasoup", "twilio", "janus")


@pytest.mark.parametrize("mode", ["auto", "tls"])
@pytest.mark.parametrize("sdk", SDKS)
async def test_it_takes_our_answer_as_it_is(room: Room, sdk: str, mode: str) -> None:
    async with room.page("standard", sdk=sdk) as page:
        answer = await page.answer(sdk, mode)
        made = (await page.given(answer)).last
    policy = answer["iceTransportPolicy"]
    assert policy == {"auto": "all", "tls": "relay"}[mode]
    assert made == {
        "iceServers": answer["iceServers"],
        "iceTransportPolicy": policy,
        "error": None,
    }


@pytest.mark.parametrize("sdk", SDKS)
async def test_it_checks_nothing_before_the_browser(room: Room, sdk: str) -> None:
    wrong = {"iceServers": [{"urls": ["turn:h:0"], "username": "u", "credential": "c"}]}
    [found] = standard.check(wrong)
    async with room.page("standard", sdk=sdk) as page:
        made = (await page.given(wrong)).last
    assert made["iceServers"] == wrong["iceServers"]
    assert made["error"].endswith("ICE server parsing failed: Invalid port")
    assert "ICE server parsing failed: Invalid port" in found.what
