"""Vonage: iceConfig, with the messages of setIceConfig (2.35.2 in Chromium)."""

import pytest

from sigproxy.media import vonage
from tests.media.samples import CREDENTIAL, SECRET, STUN, TLS, TURN, UDP

SERVER = {"urls": [UDP], **SECRET}
GOOD = {"includeServers": "custom", "transportPolicy": "relay", "customServers": [SERVER]}


def test_what_is_forced_goes_by_these_servers_alone() -> None:
    assert vonage.render("auto", TURN, CREDENTIAL) == {
        "includeServers": "all",
        "transportPolicy": "all",
        "customServers": [STUN, {"urls": [UDP, TLS], **SECRET}],
    }
    assert vonage.render("udp", TURN, CREDENTIAL) == GOOD


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        ({"includeServers": "mine"}, "includeServers", ".includeServers must be all or custom"),
        ({"transportPolicy": None}, "transportPolicy", ".transportPolicy must be all or relay"),
        ({"customServers": {}}, "customServers", ".customServers must be an array"),
        ({"customServers": []}, "customServers", ".customServers must be a non empty array if"),
        (
            {"customServers": [], "transportPolicy": "all"},
            "customServers",
            "no server of yours is in it",
        ),
        (
            {"customServers": [SERVER, {"url": UDP, **SECRET}]},
            "customServers[1]",
            "need .urls, not .url",
        ),
        (
            {"customServers": [SERVER, {"urls": 5, **SECRET}]},
            "customServers[1].urls",
            ".urls must be a string or an array",
        ),
        (
            {"customServers": [{**SERVER, "credential": 5}]},
            "customServers[0].credential",
            ".credential must be a string if present",
        ),
        ({"customServers": [STUN]}, "customServers", "drops every URL that does not begin"),
        ({"iceServers": [SERVER]}, "iceServers", "does not look at iceServers"),
        (
            {"customServers": [{**SERVER, "urls": [UDP, "turn:h:0"]}]},
            "customServers[0].urls[1]",
            "Invalid port",
        ),
    ],
)
def test_what_is_wrong_is_said_once(change: dict[str, object], where: str, what: str) -> None:
    [found] = vonage.check({**GOOD, **change})
    assert (found.where, what in found.what) == (where, True)


def test_what_is_right() -> None:
    for value in (GOOD, {"iceConfig": GOOD}, {"customServers": [SERVER]}):
        assert list(vonage.check(value)) == []
    assert [each.what for each in vonage.check([])] == ["it is a list"]
