"""What is tried of npm's newest releases, and what is told of the difference. Without a browser."""

import json
from collections import Counter

import pytest

from tests.sdk import application, newest, releases, wire
from tests.sdk.newest import Trial
from tests.sdk.record import Received, Run
from tests.sdk.releases import Pinned
from tests.sdk.scenario import Noise
from tests.sdk.scenarios import SCENARIOS

OLD, NEW = Pinned("sdk-9.0.1", "@v/sdk", "9.0.1"), Pinned("sdk-10.0.0", "@v/sdk", "10.0.0")
PREFLIGHT = {"Access-Control-Request-Method": "POST"}
PLAIN = Pinned("peerjs", "peerjs", "1.5.5")
DOCUMENT = {
    "name": "suite",
    "dependencies": {
        "sdk-9.0.1": "npm:@v/sdk@9.0.1",
        "sdk-10.0.0": "npm:@v/sdk@10.0.0",
        "peerjs": "1.5.5",
        "esbuild": "0.28.2",
    },
}


def test_the_newest_that_is_pinned_of_each_sdk_is_tried() -> None:
    modules = {"sdk-9.0.1", "sdk-10.0.0", "peerjs"}
    assert releases.newest_pinned(DOCUMENT, modules) == [NEW, PLAIN]


def test_another_release_takes_the_place_of_the_one_that_is_pinned() -> None:
    changed = releases.with_releases(DOCUMENT, {NEW: "latest", PLAIN: "1.6.0"})
    assert changed["dependencies"] == {
        **DOCUMENT["dependencies"],  # type: ignore[dict-item]
        "sdk-10.0.0": "npm:@v/sdk@latest",
        "peerjs": "1.6.0",
    }


def test_a_release_may_be_chosen() -> None:
    assert newest.chosen([], [NEW, PLAIN]) == {NEW: "latest", PLAIN: "latest"}
    assert newest.chosen(["@v/sdk@10.1.0", "peerjs"], [NEW, PLAIN]) == {
        NEW: "10.1.0",
        PLAIN: "latest",
    }
    with pytest.raises(ValueError, match=r"other is none of @v/sdk, peerjs"):
        newest.chosen(["other@1.0.0"], [NEW, PLAIN])


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_each_scenario_is_of_a_release_that_is_pinned(scenario: object) -> None:
    """Its name ends with the version, so that no row of the table is of another one."""
    pinned = {each.module: each.version for each in releases.every(releases.read())}
    assert scenario.sdk.rpartition(" ")[2] == pinned[scenario.module]  # type: ignore[attr-defined]


def test_each_release_is_played_with_the_shim() -> None:
    """There the page's policy proves that nothing goes past the gateway."""
    assert {each.sdk for each in SCENARIOS} == {each.sdk for each in SCENARIOS if each.shim}


def test_each_sdk_is_played_in_an_older_release_too() -> None:
    """Apps stay with one for years; what it asks for may be something else."""
    played = {each.module for each in SCENARIOS}
    pinned = Counter(
        each.package for each in releases.every(releases.read()) if each.module in played
    )
    assert [package for package, count in pinned.items() if count < 2] == []


def test_the_lock_names_no_registry() -> None:
    packages = json.loads((application.HERE / "package-lock.json").read_text())["packages"]
    assert [name for name, each in packages.items() if "resolved" in each] == []


def asked(url: str, method: str = "GET", **fields: str) -> Received:
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    upgrade = {"Upgrade": "websocket"} if scheme == "wss" else {}
    named = {"Host": host, **upgrade, **fields}
    return Received(host, 443, method, f"/{path}", list(named.items()))


def told(*received: Received, noise: Noise | None = None) -> set[str]:
    return wire.seen(noise or Noise(), Run(received=list(received)))


def test_requests_are_told_by_method_host_and_path() -> None:
    assert told(
        asked("https://api.agora.io/v1/join?token=a", "POST"),
        asked("https://api.agora.io/v1/join?token=b", "POST"),
        asked("https://api.agora.io/v1/join", "OPTIONS", **PREFLIGHT),
        asked("https://api.agora.io:6443/sdk/4.24.8/x?v=2"),
        asked("wss://edge.agora.io/ws?b=1&a=2&b=3"),
        asked("https://api.agora.io/runs/0e4bd4ab-0000-4c1c-9f65-7ed2bd0aa7b3"),
    ) == {
        "POST https://api.agora.io/v1/join",
        "GET https://api.agora.io:6443/sdk/<version>/x",
        "WebSocket wss://edge.agora.io/ws?a&b",
        "GET https://api.agora.io/runs/<guid>",
    }  # fmt: skip


def test_what_is_sent_by_the_clock_is_told_by_its_service() -> None:
    noise = Noise(clocked=r"\.logs\.agora\.io/")
    one, other = (asked(f"https://{name}.logs.agora.io/x", "POST") for name in "ab")
    assert told(one, noise=noise) == told(other, noise=noise) == {"POST .logs.agora.io/"}


def test_what_changed_is_told() -> None:
    before = {"GET https://a.agora.io/x", "GET https://b.agora.io/x", "POST //logs."}
    after = {"GET https://a.agora.io/y", "GET https://sdk.vendor.example/x"}
    assert list(wire.changes(before, before)) == []
    assert list(wire.changes(before, after)) == [
        "new host: sdk.vendor.example, which is none of a vendor's that is scripted",
        "host no longer asked: b.agora.io",
        "new: GET https://a.agora.io/y",
        "new: GET https://sdk.vendor.example/x",
        "gone: GET https://a.agora.io/x",
        "gone: GET https://b.agora.io/x",
        "gone: POST //logs.",
    ]


def test_a_report_says_what_was_tried() -> None:
    trial = Trial(NEW, "10.1.0")
    [same] = newest.report(trial, [])
    heading, change = newest.report(trial, ["new: GET https://a.agora.io/y"])
    assert same.endswith(
        "10.0.0 is pinned, 10.1.0 was tried: the same on the wire, and it gets as far"
    )
    assert heading == "@v/sdk: 10.0.0 is pinned, 10.1.0 was tried: changed"
    assert change == "  new: GET https://a.agora.io/y"
