"""ACS on the web: what its SDK makes of URLs, seen with SDK 2.0.0 in Chromium."""

from dataclasses import replace

import pytest

from sigproxy.errors import ModeRefused
from sigproxy.media import acs_web
from tests.media.samples import CREDENTIAL, SECRET, TLS, TURN, UDP, WITH_TCP

ACS_TLS = "turns:gateway.example:443?transport=tls"
BECOMES = [
    ("turn:h", "turn:h:3478?transport=udp"),
    ("turns:h", "turn:h:3478?transport=udp"),
    ("stun:h:3478", "turn:h:3478?transport=udp"),
    ("turns:h:443", "turn:h:443?transport=udp"),
    ("turns:h:443?transport=tcp", "turn:h:443?transport=tcp"),
    ("turns:h:443?transport=tls", "turns:h:443"),
    ("turn:h:443?transport=tls", "turns:h:443"),
    ("turn:h?transport=tls", "turns:h:3478"),
    ("turns:198.51.100.1:443?transport=tls", None),
    ("turn:h:443?transport=TCP", "turn:h:443?transport=udp"),
    ("turn:[2001:db8::1]:3478", "turn:[2001:db8::1]:3478?transport=udp"),
    ("turn:user@h", "turn:h:3478?transport=udp"),
]
# Both servers of the sample in Microsoft's tutorial.
SAMPLE = [
    {
        "urls": [
            "turn:turn.azure.com:3478?transport=udp",
            "turn:turn1.azure.com:3478?transport=udp",
        ],
        "username": "turnserver1username",
        "credential": "turnserver1credentialorpass",
    },
    {
        "urls": ["turn:20.202.255.255:3478", "turn:20.202.255.255:3478?transport=tcp"],
        "username": "turnserver2username",
        "credential": "turnserver2credentialorpass",
    },
]


@pytest.mark.parametrize(("url", "becomes"), BECOMES)
def test_what_the_sdk_makes_of_a_url(url: str, becomes: str | None) -> None:
    assert acs_web.read(url) == acs_web.Reading(None, becomes)


@pytest.mark.parametrize(
    ("url", "subcode"),
    [
        ("h", 40003),
        ("", 40003),
        ("stuns:h", 40004),
        ("https://h", 40004),
        ("turn:h:99999", 40003),
        ("turn:", 40003),
    ],
)
def test_what_the_sdk_throws_at(url: str, subcode: int) -> None:
    error = acs_web.read(url).error
    assert error is not None
    assert f"subCode {subcode}" in error


@pytest.mark.parametrize(
    ("mode", "urls"),
    [
        ("auto", [UDP, "turn:gateway.example:80?transport=tcp", ACS_TLS]),
        ("udp", [UDP]),
        ("tls", [ACS_TLS]),
    ],
)
def test_tls_is_written_as_this_sdk_alone_reads_it(mode: str, urls: list[str]) -> None:
    assert acs_web.render(mode, WITH_TCP, CREDENTIAL) == {"iceServers": [{"urls": urls, **SECRET}]}


def test_it_dials_tls_to_names_only() -> None:
    turn = replace(TURN, name="203.0.113.5")
    assert acs_web.render("auto", turn, CREDENTIAL) == {
        "iceServers": [{"urls": ["turn:203.0.113.5:3478?transport=udp"], **SECRET}]
    }
    with pytest.raises(ModeRefused, match="to names only"):
        acs_web.render("tls", turn, CREDENTIAL)


@pytest.mark.parametrize(
    "value",
    [
        SAMPLE,
        {"iceServers": SAMPLE},
        {"turn": {"iceServers": SAMPLE}},
        {"networkConfiguration": {"turn": {"iceServers": SAMPLE}}},
    ],
)
def test_the_vendors_sample_is_right(value: object) -> None:
    assert list(acs_web.check(value)) == []


@pytest.mark.parametrize(
    ("url", "line"),
    [
        (TLS, "makes plain TCP of it, turn:gateway.example:443?transport=tcp; write " + ACS_TLS),
        ("turns:h:443", "makes UDP of it, turn:h:443?transport=udp; write turns:h:443?transport="),
        ("turns:h", "makes UDP of it, turn:h:3478?transport=udp; write turns:h:443?transport=tls"),
        ("stun:h", "makes a TURN server of it, turn:h:3478?transport=udp; leave it out"),
        ("turns:192.0.2.1:443?transport=tls", "drops this one without a word; write a name"),
        ("turn:h?transport=tls", "dials 3478 for TLS as well; write turns:h:443?transport=tls"),
        ("turn:h:443?transport=TCP", "knows no ?transport=TCP, and uses UDP"),
        ("turn:u@h", "drops what is before @"),
        ("turn:h:79", "on port 79, and gather nothing"),
        ("stuns:h", "must contain 'turn', 'turns', or 'stun'."),
        ("h:x:y", "Failed to create a URL object"),
        ("turn:h:0", "Failed to create a URL object"),
    ],
)
def test_a_url_is_told_what_becomes_of_it(url: str, line: str) -> None:
    found = list(acs_web.check([{"urls": [UDP, url], **SECRET}]))
    assert [each.where for each in found] == ["iceServers[0].urls[1]"]
    assert line in str(found[0]) or url == "h:x:y"


@pytest.mark.parametrize(
    ("value", "where", "what"),
    [
        ({}, "iceServers", "iceServers is null"),
        ([], "iceServers", "No relay config provided. No op."),
        ([{"urls": UDP, **SECRET}], "iceServers[0].urls", "urls.forEach is not a function"),
        ([{"urls": [], **SECRET}], "iceServers[0].urls", "it is empty"),
        ([{"urls": [5], **SECRET}], "iceServers[0].urls[0]", "it is a number"),
        ([5], "iceServers[0].urls", "urls.forEach"),
        ([{"urls": [UDP], "username": "u"}], "iceServers[0].credential", "InvalidAccessError"),
        ([{"urls": [UDP], **SECRET, "username": 5}], "iceServers[0].username", "it is a number"),
    ],
)
def test_what_is_no_server_is_named(value: object, where: str, what: str) -> None:
    [found] = acs_web.check(value)
    assert found.where == where
    assert what in found.what
