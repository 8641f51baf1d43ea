"""Jitsi: stunServers, as lib-jitsi-meet reads them (modules/xmpp/xmpp.ts)."""

import pytest

from sigproxy.media import jitsi
from tests.media.samples import CREDENTIAL, SECRET, STUN, TLS, TURN, UDP

SERVER = {"urls": [TLS], **SECRET}
GOOD = {"stunServers": [SERVER], "iceTransportPolicy": "relay"}


def test_the_servers_are_where_it_reads_them() -> None:
    assert jitsi.render("auto", TURN, CREDENTIAL) == {
        "stunServers": [STUN, {"urls": [UDP, TLS], **SECRET}],
        "iceTransportPolicy": "all",
    }
    assert jitsi.render("tls", TURN, CREDENTIAL) == GOOD


@pytest.mark.parametrize(
    ("value", "where", "what"),
    [
        ([], "", "it is a list"),
        ({}, "stunServers", "stunServers is null, so Jitsi uses its own STUN server"),
        ({"stunServers": {}}, "stunServers", "stunServers is an object"),
        ({**GOOD, "iceServers": [SERVER]}, "iceServers", "does not read iceServers"),
        (
            {**GOOD, "stunServers": [{"urls": TLS}]},
            "stunServers[0]",
            "Both username and credential",
        ),
        ({**GOOD, "iceTransportPolicy": "none"}, "iceTransportPolicy", "'none' is not one"),
        ({**GOOD, "stunServers": [STUN]}, "iceTransportPolicy", "no TURN server"),
    ],
)
def test_what_is_wrong_is_named(value: object, where: str, what: str) -> None:
    [found] = jitsi.check(value)
    assert (found.where, what in found.what) == (where, True)


def test_what_is_right() -> None:
    for value in (GOOD, {"p2p": GOOD}, {"stunServers": [STUN]}, {**GOOD, "ttl": 5}):
        assert list(jitsi.check(value)) == []
