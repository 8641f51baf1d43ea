"""Daily's SDK checks nothing of iceConfig, and hands it to its call machine.

That is a script which Daily serves, and no package has it: the SDK goes no further here than to
what it tells the call machine. Of the rules of sigproxy.media.daily, those for iceServers and the
policy are RTCPeerConnection's (test_browser.py), and that for `placement` is in the SDK's types.
"""

import re
from typing import Any

import pytest

from sigproxy.media import daily
from tests.sdk.ice.network import Room
from tests.sdk.mapping import GATEWAY
from tests.sdk.upstream import MODULES

pytestmark = [pytest.mark.sdk, pytest.mark.asyncio(loop_scope="package")]

PROXY = f"https://{GATEWAY}"
MODULE = "daily-0.92.2"
TYPES = MODULES / MODULE / "index.d.ts"
WRONG: dict[str, object] = {"iceServers": 5, "placement": "first", "iceTransportPolicy": "none"}


async def told(room: Room, mode: str = "", value: object = None) -> tuple[Any, Any, Any]:
    """Return *value* or our answer, and what `join` and setIceConfig tell the call machine."""
    async with room.page("daily", module=MODULE, proxy=PROXY) as page:
        given = value or await page.answer("daily", mode)
        await page.tab.page.evaluate("value => void start(value)", given)
        await page.tab.page.wait_for_function("state['join-meeting'] && state['set-ice-config']")
        state = await page.tab.state()
    joined = state["join-meeting"]["properties"]["dailyConfig"]
    return given, joined["iceConfig"], state["set-ice-config"]["iceConfig"]


@pytest.mark.parametrize("mode", ["auto", "udp", "tls"])
async def test_the_call_machine_gets_our_answer(room: Room, mode: str) -> None:
    answer, joined, later = await told(room, mode)
    assert joined == later == answer
    assert GATEWAY in str(answer)


async def test_it_gets_what_we_refuse_too(room: Room) -> None:
    """So our check is the only one before the browser."""
    wrong, joined, later = await told(room, value=WRONG)
    assert joined == later == wrong
    assert {found.where for found in daily.check(wrong)} == WRONG.keys()


@pytest.mark.parametrize("placement", ["front", "back", "replace", "first", "Front"])
async def test_the_placements_are_those_of_the_sdks_types(room: Room, placement: str) -> None:
    [choices] = re.findall(r"placement\?: (.*);", TYPES.read_text())
    wrong = list(daily.check({"iceServers": [], "placement": placement}))
    assert bool(wrong) is (f"'{placement}'" not in choices)
