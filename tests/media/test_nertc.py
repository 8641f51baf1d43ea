"""NERTC: host:port, and the username as relaytoken."""

from dataclasses import replace

import pytest

from sigproxy.errors.media import ModeRefused
from sigproxy.media import nertc
from tests.media.samples import CREDENTIAL, TURN, WITH_TCP

GOOD = {
    "mediaProxyServer": ["gateway.example:3478"],
    "relaytoken": CREDENTIAL.username,
    "credential": CREDENTIAL.password,
}


def test_it_is_a_port_for_udp_and_plain_tcp() -> None:
    assert nertc.render("auto", TURN, CREDENTIAL) == GOOD
    assert nertc.render("auto", WITH_TCP, CREDENTIAL) == {
        **GOOD,
        "mediaProxyServer": ["gateway.example:3478", "gateway.example:80"],
    }


@pytest.mark.parametrize(
    ("mode", "udp_port", "says"),
    [("tls", 3478, "it has no TLS"), ("udp", 3478, "use mode=auto"), ("auto", 0, "are 0")],
)
def test_what_it_cannot_do_is_refused(mode: str, udp_port: int, says: str) -> None:
    with pytest.raises(ModeRefused, match=says):
        nertc.render(mode, replace(TURN, udp_port=udp_port), CREDENTIAL)


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        ({"mediaProxyServer": []}, "mediaProxyServer", "it is empty"),
        ({"mediaProxyServer": "h:3478"}, "mediaProxyServer", "it is a string"),
        ({"mediaProxyServer": ["turn:h:3478"]}, "mediaProxyServer[0]", "puts turn: before"),
        ({"mediaProxyServer": ["h"]}, "mediaProxyServer[0]", "puts turn: before"),
        ({"mediaProxyServer": ["h:0"]}, "mediaProxyServer[0]", "Invalid port"),
        ({"relaytoken": ""}, "relaytoken", "401"),
        ({"relaytoken": None, "username": "u"}, "relaytoken", "does not read username"),
        ({"credential": None, "password": "p"}, "credential", "does not read password"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, object], where: str, what: str) -> None:
    [found] = nertc.check({**GOOD, **change})
    assert (found.where, what in found.what) == (where, True)


def test_what_is_right() -> None:
    assert list(nertc.check({"neRtcServerProxyAddresses": GOOD})) == []
    assert list(nertc.check({**GOOD, "mediaProxyServer": ["[2001:db8::1]:3478"]})) == []
    assert [each.what for each in nertc.check([])] == ["it is a list"]
