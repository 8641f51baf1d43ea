"""Vonage Video (OpenTok) on the web, brought to the connection of a publisher."""

from typing import Any

import pytest

from tests.media.cases import Case
from tests.media.cases.vonage import CASES
from tests.sdk.ice.network import Room, assert_fails, urls
from tests.sdk.mapping import GATEWAY

pytestmark = [pytest.mark.sdk, pytest.mark.asyncio(loop_scope="package")]

PROXY = f"https://{GATEWAY}"
SESSION = "2"  # the one that asks a publisher for an offer


def opened(room: Room) -> Any:
    return room.page("opentok", module="opentok-2.35.2", session=SESSION, proxy=PROXY)


@pytest.mark.parametrize(
    ("mode", "policy", "vendors"),
    [("auto", "all", True), ("udp", "relay", False), ("tls", "relay", False)],
)
async def test_it_takes_our_answer(room: Room, mode: str, policy: str, vendors: bool) -> None:
    """In a forced mode none of Vonage's own servers is beside ours."""
    async with opened(room) as page:
        answer = await page.answer("vonage", mode)
        made = (await page.given(answer)).last
    ours = [server for server in made["iceServers"] if "tokbox" not in str(server)]
    assert ours == answer["customServers"]
    assert (len(made["iceServers"]) > len(ours)) is vendors
    assert (made["iceTransportPolicy"], made["error"]) == (policy, None)


async def test_it_throws_at_what_we_refuse(room: Room) -> None:
    async with opened(room) as page:
        for case in CASES:
            if case.fails == "sdk":
                assert_fails(case, await page.given(case.value))


@pytest.mark.parametrize("case", [case for case in CASES if case.fails != "sdk"], ids=str)
async def test_its_connection_gets_what_we_say(room: Room, case: Case) -> None:
    async with opened(room) as page:
        given = await page.given(case.value, "relay")
    if case.fails is None:
        assert urls(given.last) == case.urls
        assert (given.last["iceTransportPolicy"], given.last["error"]) == ("relay", None)
    else:
        assert_fails(case, given)
