"""SDKs that hand an RTCConfiguration on."""

import pytest

from sigproxy.media import standard
from tests.media.samples import CREDENTIAL, SECRET, STUN, TLS, TURN, UDP

SERVER = {"urls": UDP, **SECRET}


def test_it_is_an_rtc_configuration() -> None:
    assert standard.render("auto", TURN, CREDENTIAL) == {
        "iceServers": [STUN, {"urls": [UDP, TLS], **SECRET}],
        "iceTransportPolicy": "all",
    }
    assert standard.render("tls", TURN, CREDENTIAL) == {
        "iceServers": [{"urls": [TLS], **SECRET}],
        "iceTransportPolicy": "relay",
    }


@pytest.mark.parametrize(
    "value",
    [
        [SERVER],
        {"iceServers": [SERVER]},
        {"rtcConfiguration": {"iceServers": [SERVER]}},
        {"rtcConfig": {"iceServers": [SERVER], "iceTransportPolicy": "relay"}},
        {"iceServers": [SERVER], "ttl": 5},
    ],
)
def test_it_is_found_in_the_options_of_these_sdks(value: object) -> None:
    assert list(standard.check(value)) == []


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (5, "the whole: it is a number; write {iceServers: [...]}"),
        ({}, "the whole: it has no iceServers, so the browser uses none; write"),
        ({"iceServers": {}}, "iceServers: RTCPeerConnection throws a TypeError: it is an object"),
        (
            {"iceServers": [SERVER], "iceTransportPolicy": "none"},
            "iceTransportPolicy: the value 'none' is not one",
        ),
        (
            {"iceServers": [STUN], "iceTransportPolicy": "relay"},
            'iceTransportPolicy: with "relay" and no TURN server',
        ),
    ],
)
def test_what_is_wrong_is_named(value: object, line: str) -> None:
    [found] = map(str, standard.check(value))
    assert found.startswith(line)
