"""What a run is made of: it waits for what it compares, and takes nothing of an earlier page.

Without a browser.
"""

from typing import Any, cast

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import RawTestServer

from tests.sdk import networks
from tests.sdk.browser import Journal, Tab
from tests.sdk.mapping import GATEWAY, PAGES
from tests.sdk.networks import DIRECT, SIGPROXY, Network
from tests.sdk.record import Asked, Received, Run, Way
from tests.sdk.scenario import Phase, Reached, Scenario
from tests.sdk.upstream import Upstream

CONNECTED = Reached("connected", "connection", "CONNECTED")
SCENARIO = Scenario("SDK", "setting", "page", (Phase("start", ()),), f"https://{GATEWAY}")
PAGE, EARLIER = f"run-2.{PAGES}", f"run-1.{PAGES}"
ASKED = Asked("POST", f"https://{GATEWAY}/api.vendor.com/v1", {}, b"", status=200, has_ended=True)
RECEIVED = Received("api.vendor.com", 443, "POST", "/v1", [("Host", "api.vendor.com")])


class Saying:
    """A page that says one state after the other, each a few times, and the last for ever."""

    def __init__(self, *states: dict[str, Any], times: int = 15) -> None:
        self._states = [state for state in states for _ in range(times)]
        self.journal = Journal()
        self.console: list[str] = []

    async def state(self) -> dict[str, Any]:
        return self._states.pop(0) if len(self._states) > 1 else self._states[0]

    @property
    def tab(self) -> Tab:
        return cast("Tab", self)


@pytest.fixture
def network() -> Network:
    return Network(SIGPROXY, cast("Any", None), Upstream(), Upstream())


async def test_a_run_waits_until_the_sdk_says_what_it_said_without_a_gateway(
    network: Network,
) -> None:
    """A join may be acknowledged long after its message was seen."""
    joining, joined = {"connection": ["CONNECTING"]}, {"connection": ["CONNECTING", "CONNECTED"]}
    page = Saying(joining, joined)
    run = await network._settled(SCENARIO, Way.SETTING, page.tab, Run(Way.DIRECT, state=joined))
    assert run.state == joined


async def test_a_phase_lasts_until_its_function_has_ended(network: Network) -> None:
    page = Saying({}, {"start": "ended"})
    await network._end_of(SCENARIO.phases[0], SCENARIO, Way.SETTING, page.tab)
    assert (await page.state())["start"] == "ended"


async def test_a_phase_may_lead_to_a_function_that_never_ends(network: Network) -> None:
    page = Saying({}, {"start": "ended"})
    phase = Phase("start", (), ends=False)
    await network._end_of(phase, SCENARIO, Way.SETTING, page.tab)
    assert await page.state() == {}


async def test_a_run_waits_until_the_page_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a gateway there is nothing to compare with: the state has to stay as it is."""
    monkeypatch.setattr(networks, "QUIET_S", 2.0)  # a busy machine looks seldom
    network = Network(DIRECT, cast("Any", None), Upstream(), None)
    states = [{"connection": ["CONNECTING"]}, {"connection": ["CONNECTING", "CONNECTED"]}]
    run = await network._settled(SCENARIO, Way.DIRECT, Saying(*states, times=2).tab, None)
    assert run.state == states[-1]


@pytest.mark.parametrize(("asked", "arrived", "is_even"), [
    (1, 1, True), (2, 2, True), (1, 2, False), (0, 1, False), (2, 1, True),
])  # fmt: skip
def test_both_ends_are_even_when_each_request_is_known_to_both(
    asked: int, arrived: int, is_even: bool
) -> None:
    """One URL is asked for often; the browser's word of a request may come after the request."""
    run = Run(asked=[ASKED] * asked, received=[RECEIVED] * arrived)
    assert networks.is_even(SCENARIO, run) is is_even


@pytest.fixture
def upstream() -> Upstream:
    made = Upstream()
    made.begin(PAGE)
    return made


@pytest.mark.parametrize(
    ("fields", "is_counted"),
    [
        ({"Origin": f"https://{PAGE}"}, True),
        ({"Referer": f"https://{PAGE}/"}, True),
        ({}, True),
        ({"Origin": "null"}, True),
        ({"Origin": f"https://{EARLIER}"}, False),
        ({"Referer": f"https://{EARLIER}/"}, False),
    ],
)
async def test_what_a_closed_page_still_sends_is_not_counted(
    upstream: Upstream, fields: dict[str, str], is_counted: bool
) -> None:
    """Agora's SDK reports as its page is closed, and that arrives while the next page is open."""
    async with RawTestServer(upstream) as server, ClientSession() as session:
        url = server.make_url("/events/messages")
        host = {"Host": "statscollector-1.agora.io"}
        async with session.post(url, headers={**host, **fields}) as answer:
            assert answer.status == 200
    assert bool(upstream.received) is is_counted


async def test_what_a_page_may_not_ask_is_reported(upstream: Upstream) -> None:
    report = {
        "csp-report": {"effective-directive": "connect-src", "blocked-uri": "https://a.com/x"}
    }
    async with RawTestServer(upstream) as server, ClientSession() as session:
        for page in (PAGE, EARLIER):
            url = server.make_url("/refused")
            async with session.post(url, headers={"Host": page}, json=report) as answer:
                assert answer.status == 204
    assert upstream.refused == ["connect-src: https://a.com/x"]
