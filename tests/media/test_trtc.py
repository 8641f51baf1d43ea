"""TRTC: turnServer, one URL a server."""

import pytest

from sigproxy.media import trtc
from tests.media.samples import CREDENTIAL, SECRET, TLS, TURN, UDP

SERVER = {"url": UDP, **SECRET}


def test_each_url_is_a_server() -> None:
    assert trtc.render("auto", TURN, CREDENTIAL) == {
        "turnServer": [SERVER, {"url": TLS, **SECRET}],
        "iceTransportPolicy": "all",
    }


# The vendor's own sample.
SAMPLE = {
    "turnServer": [{"url": "14.3.3.3:3478", "username": "turn", "credential": "turn"}],
    "iceTransportPolicy": "relay",
}


@pytest.mark.parametrize(
    "value", [SAMPLE, {"proxy": SAMPLE}, {"turnServer": SERVER}, {"turnServer": [SERVER]}]
)
def test_what_is_right(value: object) -> None:
    assert list(trtc.check(value)) == []


@pytest.mark.parametrize(
    ("value", "where", "what"),
    [
        ("wss://h", "", "it is a string"),
        ({}, "turnServer", "it is null: TRTC uses its own"),
        ({"turnServer": []}, "turnServer", "it is empty"),
        ({"turnServer": [5]}, "turnServer[0]", "it is a number"),
        ({"turnServer": [{"urls": UDP, **SECRET}]}, "turnServer[0].url", "reads url, and not urls"),
        ({"turnServer": [{"url": "", **SECRET}]}, "turnServer[0].url", "it is empty"),
        ({"turnServer": {**SERVER, "url": "h:0"}}, "turnServer.url", "Invalid port"),
        ({"turnServer": {**SERVER, "username": ""}}, "turnServer.username", "sends neither"),
        ({"turnServer": SERVER, "iceTransportPolicy": 5}, "iceTransportPolicy", "5 is not one"),
    ],
)
def test_what_is_wrong_is_named(value: object, where: str, what: str) -> None:
    [found] = trtc.check(value)
    assert (found.where, what in found.what) == (where, True)
