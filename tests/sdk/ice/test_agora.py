"""Agora on the web, brought to the connection that it makes while it joins, or publishes.

`setProxyServer` and `setTurnServer` are called together: the gateway carries signaling and media.
"""

from typing import Any

import pytest

from tests.media.cases import Case
from tests.media.cases.agora import DIALLED, LEGACY, LIST, OLDER
from tests.sdk.ice.network import Room, assert_fails, urls
from tests.sdk.mapping import GATEWAY

pytestmark = [pytest.mark.sdk, pytest.mark.asyncio(loop_scope="package")]

PROXY = f"{GATEWAY}/agora"
CASES = [*LIST, *LEGACY]


def opened(room: Room, version: str = "4.24.8") -> Any:
    return room.page("agora", module=f"agora-{version}", proxy=PROXY)


@pytest.mark.parametrize("mode", ["auto", "udp", "tls"])
async def test_it_takes_our_list_as_it_is(room: Room, mode: str) -> None:
    async with opened(room) as page:
        answer = await page.answer("agora", mode)
        made = (await page.given(answer)).last
    assert made == {"iceServers": answer, "iceTransportPolicy": "all", "error": None}
    assert all(GATEWAY in url for url in urls(made))


async def test_it_makes_three_urls_of_our_older_shape(room: Room) -> None:
    async with opened(room) as page:
        answer = await page.answer("agora-legacy", "auto")
        made = (await page.given(answer)).last
    assert urls(made) == tuple(url.replace(":h:", f":{GATEWAY}:") for url in DIALLED)
    secret = {"username": answer["username"], "credential": answer["password"]}
    assert all(secret.items() <= server.items() for server in made["iceServers"])


async def test_sdk_4_3_dials_the_ports_and_knows_no_tls(room: Room) -> None:
    async with opened(room, "4.3.0") as page:
        made = (await page.given({**OLDER, "tcpport": 5349})).last
        refused = await page.given([{"urls": DIALLED[0], "username": "u", "credential": "c"}])
    assert urls(made)[1:] == ("turn:h:3478?transport=udp", "turn:h:5349?transport=tcp")
    assert refused.thrown is not None


async def test_it_throws_at_what_we_refuse(room: Room) -> None:
    async with opened(room) as page:
        for case in CASES:
            if case.fails == "sdk":
                assert_fails(case, await page.given(case.value))


@pytest.mark.parametrize("case", [case for case in CASES if case.fails != "sdk"], ids=str)
async def test_its_connection_gets_what_we_say(room: Room, case: Case) -> None:
    async with opened(room) as page:
        given = await page.given(case.value, None if case.urls else "all")
    if case.fails is None:
        assert urls(given.last) == case.urls
        assert (given.last["iceTransportPolicy"], given.last["error"]) == ("all", None)
    else:
        assert_fails(case, given)
