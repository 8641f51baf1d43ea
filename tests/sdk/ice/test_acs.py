"""Azure Communication Services on the web, brought to a call that connects.

The scripted configuration has `calling.enableCustomTurnUsage`, the switch without which the SDK
ignores the app's servers.
"""

from typing import Any

import pytest

from sigproxy.media import acs_web
from tests.media.cases import Case
from tests.media.cases.acs_web import BECOMES, CASES
from tests.sdk.ice.network import Room, assert_fails, urls
from tests.sdk.mapping import GATEWAY
from tests.sdk.vendors import acs

pytestmark = [pytest.mark.sdk, pytest.mark.asyncio(loop_scope="package")]

VERSIONS = ("2.0.0", "1.25.1")
PROXY = f"https://{GATEWAY}"
MICROSOFTS = "turn:turn.azure.com:3478?transport=udp"
CONFIGURATION = "**/config/v1/**"


def opened(room: Room, version: str) -> Any:
    return room.page("acs", module=f"acs-{version}", proxy=PROXY)


@pytest.mark.parametrize(
    ("version", "mode"), [("2.0.0", "auto"), ("2.0.0", "udp"), ("2.0.0", "tls"), ("1.25.1", "auto")]
)
async def test_it_relays_by_our_answer_alone(room: Room, version: str, mode: str) -> None:
    async with opened(room, version) as page:
        answer = await page.answer("acs-web", mode)
        made = (await page.given(answer)).last
    [server] = answer["iceServers"]
    secret = {"username": server["username"], "credential": server["credential"]}
    assert made["iceServers"] == [
        {"urls": [acs_web.read(url).becomes], **secret} for url in server["urls"]
    ]
    assert (made["iceTransportPolicy"], made["error"]) == ("relay", None)


async def test_without_microsofts_switch_it_ignores_our_answer(room: Room) -> None:
    async with opened(room, "2.0.0") as page:
        await page.tab.page.route(CONFIGURATION, _switched_off)
        made = (await page.given(await page.answer("acs-web", "tls"))).last
    assert MICROSOFTS in urls(made)
    assert GATEWAY not in str(made)


async def _switched_off(route: Any) -> None:
    answer = acs.configuration(custom_turn=False)
    readable = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "*"}
    await route.fulfill(body=answer.body, headers={**answer.fields, **readable})


@pytest.mark.parametrize("version", VERSIONS)
async def test_it_turns_each_url_into_what_we_say(room: Room, version: str) -> None:
    """The username tells which URL of the browser's was made of which."""
    servers = [
        {"urls": [url], "username": str(index), "credential": "c"}
        for index, (url, _, _) in enumerate(BECOMES)
    ]
    async with opened(room, version) as page:
        made = (await page.given({"iceServers": servers})).last
    became = {server["username"]: server["urls"] for server in made["iceServers"]}
    assert became == {str(index): [each[1]] for index, each in enumerate(BECOMES)}
    assert made["error"] is None


async def test_it_throws_at_what_we_refuse(room: Room) -> None:
    cases = [case for case in CASES if case.fails == "sdk"]
    async with opened(room, "2.0.0") as page:
        for case in cases:
            assert_fails(case, await page.given(case.value))


@pytest.mark.parametrize("case", [case for case in CASES if case.fails != "sdk"], ids=str)
async def test_its_call_gets_what_we_say(room: Room, case: Case) -> None:
    async with opened(room, "2.0.0") as page:
        given = await page.given(case.value, "relay")
    if case.fails is None:
        assert urls(given.last) == case.urls
        assert given.last["error"] is None
    else:
        assert_fails(case, given)
