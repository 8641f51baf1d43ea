"""`data-turn`: the gateway's ICE servers in a page's calls, and the SDK's own in what it sees."""

import json
from typing import Any

import pytest

from tests.shim.live.browser import Browser
from tests.shim.live.site import ICE_KEY, KEY, Site
from tests.shim.live.test_pages import SHIM

pytestmark = [pytest.mark.shim, pytest.mark.asyncio(loop_scope="session")]

# Before the shim: the browser's own functions, which tell what it really has.
BEFORE = """<script>
  const own = RTCPeerConnection.prototype;
  const { getConfiguration, createOffer } = own;
</script>"""
SDKS = {
    "iceServers": [{"urls": "turn:turn.vendor.example", "username": "u", "credential": "c"}],
    "bundlePolicy": "max-bundle",
}


def call(configuration: Any = None, then: str = "") -> str:
    """Return a script that makes a connection; what the SDK sees and what the browser has."""
    given = "" if configuration is None else json.dumps(configuration)
    return f"""(async () => {{
      const urls = ({{ iceServers, iceTransportPolicy, bundlePolicy }}) =>
        [iceServers.map((each) => [].concat(each.urls)).flat(), iceTransportPolicy, bundlePolicy];
      const connection = new RTCPeerConnection({given});
      const early = urls(connection.getConfiguration());
      connection.createDataChannel("x");
      {then}
      await connection.setLocalDescription(await connection.createOffer());
      const seen = urls(connection.getConfiguration());
      const has = urls(getConfiguration.call(connection));
      const kinds = [connection instanceof RTCPeerConnection, connection.localDescription.type];
      connection.close();
      return {{ early, seen, has, kinds }};
    }})()"""


AUTO = [
    "stun:turn.example:3478",
    "turn:turn.example:3478?transport=udp",
    "turns:turn.example:443?transport=tcp",
]
TLS = ["turns:turn.example:443?transport=tcp"]
OWN = ["turn:turn.vendor.example"]


@pytest.mark.parametrize(
    ("attributes", "servers", "policy"),
    [
        ("data-turn", AUTO, "all"),
        ('data-turn="replace"', AUTO, "all"),
        ('data-turn="before"', [*AUTO, *OWN], "all"),
        ('data-turn data-mode="tls"', TLS, "relay"),
        ('data-turn="before" data-mode="tls"', [*TLS, *OWN], "relay"),
        (f'data-turn data-key="{ICE_KEY}"', AUTO, "all"),
    ],
)
async def test_the_gateways_servers_in_a_call(
    site: Site, browser: Browser, attributes: str, servers: list[str], policy: str
) -> None:
    async with browser.tab() as tab:
        await tab.goto(site.page(BEFORE + site.tag(attributes)))
        told = await tab.evaluate(call(SDKS))
        assert told["seen"] == told["early"] == [OWN, "all", "max-bundle"]
        assert told["has"] == [servers, policy, "max-bundle"]
        assert told["kinds"] == [True, "offer"]
        assert (await tab.evaluate(SHIM))["missing"] == []


async def test_of_a_route_below_a_prefix_and_a_key(site: Site, browser: Browser) -> None:
    async with browser.tab() as tab:
        await tab.goto(site.page(BEFORE + site.tag("data-turn", path=f"/acs/eu/{KEY}")))
        assert (await tab.evaluate(call()))["has"][0] == AUTO


async def test_an_sdk_without_a_configuration(site: Site, browser: Browser) -> None:
    async with browser.tab() as tab:
        await tab.goto(site.page(BEFORE + site.tag("data-turn")))
        told = await tab.evaluate(call())
        assert told["seen"][0] == []
        assert told["has"][0] == AUTO


async def test_an_sdk_that_sets_another_configuration(site: Site, browser: Browser) -> None:
    then = f"connection.setConfiguration({json.dumps(SDKS)});"
    async with browser.tab() as tab:
        await tab.goto(site.page(BEFORE + site.tag('data-turn="before"')))
        told = await tab.evaluate(call({"bundlePolicy": "max-bundle"}, then))
        assert (told["early"][0], told["seen"][0]) == ([], OWN)
        assert told["has"][0] == [*AUTO, *OWN]


async def test_an_sdks_mistakes_stay_its_own(site: Site, browser: Browser) -> None:
    wrong = {"iceServers": [{"urls": "turn:turn.vendor.example"}]}  # without a credential
    asked = f"(() => {{ try {{ new RTCPeerConnection({json.dumps(wrong)}) }} catch (error) "
    async with browser.tab() as tab:
        await tab.goto(site.page(BEFORE + site.tag("data-turn")))
        assert await tab.evaluate(asked + "{ return error.name; } })()") == "InvalidAccessError"


async def test_one_credential_serves_several_calls(site: Site, browser: Browser) -> None:
    async with browser.tab() as tab:
        await tab.goto(site.page(BEFORE + site.tag("data-turn")))
        before = len(site.gateway.observer.ends)
        for _ in range(3):
            assert (await tab.evaluate(call()))["has"][0] == AUTO
        asked = site.gateway.observer.ends[before:]
        assert len([each for each in asked if each.issued]) <= 1  # the first, if it was late


@pytest.mark.parametrize(
    ("attributes", "missing"),
    [
        ('data-turn data-mode="none"', "RTCPeerConnection: no ICE servers from the gateway"),
        ('data-turn data-key="wrong-key-of-2025"', ""),  # the page's origin is listed
    ],
)
async def test_a_gateway_that_gives_none(
    site: Site, browser: Browser, attributes: str, missing: str
) -> None:
    """The call goes on with the SDK's own servers."""
    async with browser.tab() as tab:
        await tab.goto(site.page(BEFORE + site.tag(attributes)))
        told = await tab.evaluate(call(SDKS))
        assert told["seen"][0] == OWN
        if missing:
            assert told["has"][0] == OWN
            assert (await tab.evaluate(SHIM))["missing"][0].startswith(missing)


async def test_a_gateway_without_turn(site: Site, browser: Browser) -> None:
    async with browser.tab() as tab:
        await tab.goto(site.page(BEFORE + site.tag("data-turn", base=site.second_base)))
        assert (await tab.evaluate(call(SDKS)))["has"][0] == OWN
        assert (await tab.evaluate(SHIM))["missing"] == [
            "RTCPeerConnection: this gateway has no [turn]"
        ]


async def test_without_the_attribute_calls_are_as_before(site: Site, browser: Browser) -> None:
    async with browser.tab() as tab:
        await tab.goto(site.page(BEFORE + site.tag()))
        assert (await tab.evaluate(call(SDKS)))["has"][0] == OWN
        assert await tab.evaluate("own.createOffer === createOffer")
