"""Agora: the list, the older shape, and what SDK 4.24 does with each."""

from dataclasses import replace

import pytest

from sigproxy.errors import ModeRefused
from sigproxy.media import agora
from tests.media.samples import CREDENTIAL, SECRET, STUN, TLS, TURN, UDP

LEGACY: dict[str, object] = {
    "turnServerURL": "gateway.example",
    "username": CREDENTIAL.username,
    "password": CREDENTIAL.password,
    "udpport": 3478,
    "tcpport": 443,
    "forceturn": False,
    "security": True,
}


def test_it_takes_a_standard_list() -> None:
    assert agora.render("auto", TURN, CREDENTIAL) == [STUN, {"urls": [UDP, TLS], **SECRET}]
    assert agora.render("tls", TURN, CREDENTIAL) == [{"urls": [TLS], **SECRET}]


@pytest.mark.parametrize(
    ("value", "where", "what"),
    [
        ({"iceServers": [{"urls": UDP, **SECRET}]}, "", "looks for turnServerURL"),
        ([{"url": UDP, **SECRET}], "", "Invalid turnServerURL"),
        ([{"urls": UDP, **SECRET}, LEGACY], "", "Invalid turnServerURL"),
        ([], "", "the list is empty"),
        (5, "", "Invalid turnServerURL"),
        ([{"urls": [UDP, "turn:/"], **SECRET}], "[0].urls[1]", "Invalid hostname format"),
    ],
)
def test_the_list_is_told_from_the_older_shape(value: object, where: str, what: str) -> None:
    [found] = agora.check(value)
    assert (found.where, what in found.what) == (where, True)


def test_the_older_shape() -> None:
    assert agora.render_legacy("auto", TURN, CREDENTIAL) == LEGACY
    assert list(agora.check_legacy(LEGACY)) == []
    assert list(agora.check_legacy([LEGACY])) == []


@pytest.mark.parametrize(
    ("mode", "change", "says"),
    [
        ("udp", {}, "whatever it is told"),
        ("tls", {}, "whatever it is told"),
        ("auto", {"udp_port": 3479}, "udp_port 3479, tls_port 443"),
        ("auto", {"tls_port": 0, "tcp_port": 80}, "tcp_port 80"),
        ("auto", {"tls_port": 8443}, "udp_port 3478, tls_port 8443"),
        ("auto", {"name": "203.0.113.5"}, "name in [turn] has to be a name"),
    ],
)
def test_what_the_older_shape_cannot_do(mode: str, change: dict[str, object], says: str) -> None:
    with pytest.raises(ModeRefused) as caught:
        agora.render_legacy(mode, replace(TURN, **change), CREDENTIAL)  # type: ignore[arg-type]
    assert says in caught.value.detail


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        ({"turnServerURL": ""}, "turnServerURL", "Length of the string: [1,255]"),
        ({"turnServerURL": "x" * 256}, "turnServerURL", "Invalid turnServerURL"),
        ({"username": "用户"}, "username", "Invalid username"),
        ({"password": None}, "password", "Invalid password"),
        ({"turnServerURL": "203.0.113.5"}, "turnServerURL", "203-0-113-5.edge.agora.io"),
        ({"turnServerURL": "turn:h"}, "turnServerURL", "makes turn:turn:h:3478 of it"),
        ({"udpport": 0}, "udpport", "invalid udpport: the value range is [1, 99999]. integer only"),
        ({"tcpport": "443"}, "tcpport", "invalid tcpport"),
        ({"udpport": 5000}, "udpport", "ignores 5000, and dials 3478"),
        ({"tcpport": 8443}, "tcpport", "ignores 8443"),
        ({"forceturn": 1}, "forceturn", "it is a number"),
        ({"forceturn": True}, "forceturn", "connects without the relay"),
        ({"security": False}, "security", "plain TCP to 443"),
        ({"urls": [UDP]}, "urls", "the other shape"),
    ],
)
def test_what_is_wrong_in_the_older_shape(change: dict[str, object], where: str, what: str) -> None:
    [found] = agora.check_legacy({**LEGACY, **change})
    assert (found.where, what in found.what) == (where, True)
    [found] = agora.check_legacy([{**LEGACY, **change}])
    assert found.where == f"[0].{where}"


@pytest.mark.parametrize(
    ("value", "what"), [([LEGACY, LEGACY], "takes one"), ([], "empty"), (5, "it is a number")]
)
def test_what_is_no_server(value: object, what: str) -> None:
    [found] = agora.check_legacy(value)
    assert what in found.what
