"""Daily: iceConfig."""

import pytest

from sigproxy.media import daily
from tests.media.samples import CREDENTIAL, SECRET, STUN, TLS, TURN, UDP

GOOD = {
    "iceServers": [{"urls": [TLS], **SECRET}],
    "placement": "replace",
    "iceTransportPolicy": "relay",
}


def test_what_is_forced_replaces_the_vendors_servers() -> None:
    assert daily.render("auto", TURN, CREDENTIAL) == {
        "iceServers": [STUN, {"urls": [UDP, TLS], **SECRET}],
        "placement": "front",
        "iceTransportPolicy": "all",
    }
    assert daily.render("tls", TURN, CREDENTIAL) == GOOD


@pytest.mark.parametrize(
    ("value", "where", "what"),
    [
        ([], "", "it is a list"),
        ({}, "", "it has no iceServers"),
        ({**GOOD, "placement": "first"}, "placement", "Daily knows no placement 'first'"),
        ({**GOOD, "iceTransportPolicy": "x"}, "iceTransportPolicy", "'x' is not one"),
        ({**GOOD, "iceServers": [{"urls": UDP}]}, "iceServers[0]", "Both username and credential"),
    ],
)
def test_what_is_wrong_is_named(value: object, where: str, what: str) -> None:
    [found] = daily.check(value)
    assert (found.where, what in found.what) == (where, True)


def test_it_is_found_in_the_options_of_the_sdk() -> None:
    assert list(daily.check({"dailyConfig": {"iceConfig": GOOD}})) == []
