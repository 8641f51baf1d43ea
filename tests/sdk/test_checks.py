"""The suite's own judgement: what it must notice, without a browser."""

import copy
import dataclasses

import pytest

from tests.sdk import checks, control, mapping
from tests.sdk.mapping import GATEWAY
from tests.sdk.record import Asked, Received, Run, Way
from tests.sdk.scenario import Noise, Phase, Scenario, Step

STEP = Step("registration", "POST", r"//api\.vendor\.com/v1$")
SCENARIO = Scenario("SDK", "setting", "page", (Phase("start", (STEP,)),), f"https://{GATEWAY}")
ASKED = Asked(
    "POST",
    f"https://{GATEWAY}/api.vendor.com//v1",
    {"x-token": "t"},
    b"{}",
    status=201,
    has_ended=True,
)
RECEIVED = Received(
    "api.vendor.com", 443, "POST", "/v1", [("Host", "api.vendor.com"), ("X-Token", "t")], body=b"{}"
)


@pytest.fixture
def run() -> Run:
    return copy.deepcopy(Run(asked=[ASKED], received=[RECEIVED]))


def test_a_faithful_gateway_has_no_fault(run: Run) -> None:
    assert list(checks.forwarding_faults(SCENARIO, run)) == []
    assert STEP.cell(SCENARIO, run) == "yes"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("target", "//v1"),
        ("target", "/v1?"),
        ("method", "PUT"),
        ("body", b"{} "),
        ("fields", [("Host", "api.vendor.com")]),
        ("fields", [("Host", "api.vendor.com"), ("X-Token", "t"), ("X-Token", "t")]),
        ("fields", [("Host", "other.vendor.com"), ("X-Token", "t")]),
        ("sni", "other.vendor.com"),
        ("port", 6443),
        ("messages", ["nobody said that"]),
    ],
)
def test_what_a_gateway_changes_is_noticed(run: Run, name: str, value: object) -> None:
    setattr(run.received[0], name, value)
    assert list(checks.forwarding_faults(SCENARIO, run))


@pytest.mark.parametrize(
    ("sent", "arrived", "is_faithful"),
    [
        (["one", b"two"], ["one", b"two"], True),
        (["one", b"two"], ["one"], True),  # the other was on its way as the run ended
        (["one", b"two"], [b"two"], False),
        (["one"], ["one", "one"], False),
        (["one"], [b"one"], False),
    ],
)
@pytest.mark.parametrize("is_reply", [False, True], ids=["to the vendor", "to the page"])
def test_websocket_messages_arrive_as_they_were_sent(
    run: Run, sent: list[str | bytes], arrived: list[str | bytes], is_faithful: bool, is_reply: bool
) -> None:
    asked, received = run.asked[0], run.received[0]
    if is_reply:
        received.replies, asked.replies = sent, arrived
    else:
        asked.messages, received.messages = sent, arrived
    assert (list(checks.forwarding_faults(SCENARIO, run)) == []) is is_faithful


def test_what_is_lost_or_made_up_is_noticed(run: Run) -> None:
    lost = Run(asked=run.asked)
    twice = Run(asked=run.asked, received=run.received * 2)
    assert list(checks.forwarding_faults(SCENARIO, lost))
    assert list(checks.forwarding_faults(SCENARIO, twice))


def test_what_goes_past_is_noticed(run: Run) -> None:
    assert list(checks.leaks(SCENARIO, run)) == []
    assert list(checks.leaks(SCENARIO, Run(asked=run.asked, caught=run.received)))


@pytest.mark.parametrize(
    ("fate", "cell"),
    [
        ({"status": 404}, "404"),
        ({"status": None, "cors_error": "MethodDisallowed"}, "CORS: method disallowed"),
        ({"status": None, "failure": "net::ERR_FAILED"}, "broken off"),
        ({"status": None, "failure": "Unexpected response code: 404"}, "404"),
        ({"status": None}, "no answer"),
        ({"url": f"https://{GATEWAY}/other.vendor.com/v1"}, "no request"),
        ({"url": "https://api.vendor.com/v1"}, "no request"),
    ],
)
def test_a_step_that_fails_says_how(run: Run, fate: dict[str, object], cell: str) -> None:
    for name, value in fate.items():
        setattr(run.asked[0], name, value)
    assert STEP.cell(SCENARIO, run) == cell


def test_an_answer_of_another_host_is_no_success(run: Run) -> None:
    run.received[0].fields[0] = ("Host", "other.vendor.com")
    assert STEP.cell(SCENARIO, run) == "another host"


@pytest.mark.parametrize(
    ("name", "value", "is_same"),
    [
        ("target", "/v2", False),
        ("fields", [("Host", "api.vendor.com")], False),
        ("fields", [("Host", "api.vendor.com"), ("X-Token", "t"), ("Via", "1.1 x")], True),
        ("body", b'{"other": 1}', False),
    ],
)
def test_a_difference_to_the_control_is_noticed(
    run: Run, name: str, value: object, is_same: bool
) -> None:
    direct = copy.deepcopy(run)
    setattr(run.received[0], name, value)
    assert (list(control.differences(SCENARIO, direct, run)) == []) is is_same


@pytest.mark.parametrize(
    ("way", "is_known"), [(Way.SETTING, True), (Way.SHIM, False)], ids=["setting", "shim"]
)
def test_what_an_sdk_leaves_out_by_its_setting_is_no_difference(
    run: Run, way: Way, is_known: bool
) -> None:
    """With the shim it is told nothing, so that it has to ask for all that it asks without."""
    regions = dataclasses.replace(RECEIVED, target="/regions")
    direct = Run(Way.DIRECT, received=[RECEIVED, regions])
    scenario = dataclasses.replace(SCENARIO, noise=Noise(left_out=r"/regions$"))
    proxied = dataclasses.replace(run, way=way)
    assert (list(control.differences(scenario, direct, proxied)) == []) is is_known


@pytest.mark.parametrize(
    ("form", "own", "url", "meant"),
    [
        (mapping.path, GATEWAY, f"https://{GATEWAY}/a.com//x?q", "https://a.com/x?q"),
        (mapping.path, GATEWAY, f"wss://{GATEWAY}/a.com:443?k=/", "wss://a.com/?k=/"),
        (mapping.path, GATEWAY, f"https://{GATEWAY}/{GATEWAY}/a.com/x", "https://a.com/x"),
        (mapping.path, f"{GATEWAY}/p", f"https://{GATEWAY}/p/{GATEWAY}/p/a.com/x", "https://a.com/x"),
        (mapping.agora, GATEWAY, f"https://{GATEWAY}/ap/?url=a.io/v1?v=2&b=1", "https://a.io/v1?v=2&b=1"),
        (mapping.agora, GATEWAY, f"https://{GATEWAY}/ap/?url=a.io/v1&b=1", "https://a.io/v1?b=1"),
        (mapping.agora, GATEWAY, f"https://{GATEWAY}/rs/?h=a.io&p=6443&d=/e/m", "https://a.io:6443/e/m"),
        (mapping.agora, GATEWAY, f"wss://{GATEWAY}/ws/?h=a.io&p=4700", "wss://a.io:4700/"),
        (mapping.watchrtc, GATEWAY, f"wss://{GATEWAY}/?k=1", "wss://watchrtc-server.cyara.com/?k=1"),
        (mapping.path, GATEWAY, "https://a.com/x", None),
    ],
)  # fmt: skip
def test_mapping(form: mapping.Form, own: str, url: str, meant: str | None) -> None:
    assert mapping.meant(url, own, form) == meant
