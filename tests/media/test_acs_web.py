"""ACS on the web: tests/sdk/ice shows that the SDK does what is held against `check` here."""

from dataclasses import replace

import pytest

from sigproxy.errors.media import ModeRefused
from sigproxy.media import acs_web
from tests.media.cases import Case
from tests.media.cases.acs_web import BECOMES, CASES
from tests.media.samples import CREDENTIAL, SECRET, TLS, TURN, UDP, WITH_TCP

ACS_TLS = "turns:gateway.example:443?transport=tls"
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


@pytest.mark.parametrize(("url", "becomes", "says"), BECOMES)
def test_a_url_is_read_as_the_sdk_reads_it(url: str, becomes: str, says: str) -> None:
    assert acs_web.read(url) == acs_web.Reading(None, becomes)
    found = list(acs_web.check([{"urls": ["turn:other", url], **SECRET}]))
    assert [each.where for each in found] == ["iceServers[0].urls[1]"] * bool(says)
    assert all(says in each.what for each in found)


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


def test_it_uses_tls_with_names_only() -> None:
    turn = replace(TURN, name="203.0.113.5")
    assert acs_web.render("auto", turn, CREDENTIAL) == {
        "iceServers": [{"urls": ["turn:203.0.113.5:3478?transport=udp"], **SECRET}]
    }
    with pytest.raises(ModeRefused, match="with names only"):
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
    ("url", "remedy"),
    [
        (TLS, f"write {ACS_TLS}"),
        ("turns:h", "write turns:h:443?transport=tls"),
        ("turns:[2001:db8::1]:5349", "write turns:[2001:db8::1]:5349?transport=tls"),
        ("turns:192.0.2.1?transport=tls", "write a name: turns:NAME:443?transport=tls"),
        ("turn:h?transport=tls", "write turns:h:443?transport=tls"),
        ("stun:h", "leave it out: this SDK has no use for STUN"),
        ("turn:h:0", "write the TURN server's port, 3478 for example"),
        ("turn:h?transport=tcp&x=1", "write ?transport=tcp"),
        ("turn:user@h", "put it into username"),
        ("turn:", "write turn:HOST:3478?transport=udp"),
        ("turn:xn--a\ud800", "write turn:HOST:3478?transport=udp"),
    ],
)
def test_a_remedy_is_a_url_that_works(url: str, remedy: str) -> None:
    [found] = acs_web.check([{"urls": [url], **SECRET}])
    assert found.remedy == remedy


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_the_sdk_does_not_take_is_named(case: Case) -> None:
    [found] = acs_web.check(case.value)
    assert found.where == case.where
    assert case.says in found.what
