"""ACS on Android, iOS and Windows: Microsoft's list of what fails, and what is skipped."""

from dataclasses import replace

import pytest

from sigproxy.errors.media import ModeRefused
from sigproxy.media import acs_native
from tests.media.samples import CREDENTIAL, TURN

SERVER: dict[str, object] = {
    "urls": ["turn:203.0.113.5"],
    "udpPort": 3478,
    "realm": "realm.example",
    "username": CREDENTIAL.username,
    "password": CREDENTIAL.password,
}
FAILS = "Failed to set media proxy"


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in SERVER.items() if key != name}


@pytest.mark.parametrize("mode", ["auto", "udp"])
def test_it_is_one_address_a_port_and_a_realm(mode: str) -> None:
    assert acs_native.render(mode, TURN, CREDENTIAL) == SERVER


@pytest.mark.parametrize(
    ("mode", "change", "says"),
    [
        ("tls", {}, "this SDK relays over UDP only: "),
        ("auto", {"udp_port": 0}, "this SDK relays over UDP only, and udp_port in [turn] is 0"),
        ("auto", {"addresses": ()}, "an IPv4 address, and addresses in [turn] has none"),
        ("auto", {"addresses": ("2001:db8::1",)}, "addresses in [turn] has none"),
    ],
)
def test_what_it_cannot_do_is_refused(mode: str, change: dict[str, object], says: str) -> None:
    with pytest.raises(ModeRefused) as caught:
        acs_native.render(mode, replace(TURN, **change), CREDENTIAL)  # type: ignore[arg-type]
    assert says in caught.value.detail


# The five of Microsoft's page for Android, in its order, then what follows from its first words.
ANDROID: list[tuple[object, str]] = [
    ([SERVER, SERVER], "iceServers"),
    ({**SERVER, "urls": ["turn:203.0.113.5", "turn:203.0.113.6"]}, "urls"),
    ({**SERVER, "urls": ["turn:[2001:db8::1]"]}, "urls[0]"),
    ({**without("udpPort"), "tcpPort": 443}, "tcpPort"),
    (without("realm"), "realm"),
    ({**SERVER, "urls": ["turn:gateway.example"]}, "urls[0]"),
    ({**SERVER, "urls": ["turn:203.0.113.5:3478"]}, "urls[0]"),
    ({**SERVER, "urls": "turn:203.0.113.5"}, "urls"),
    ({**SERVER, "urls": []}, "urls"),
    ({**SERVER, "urls": [5]}, "urls[0]"),
    ({**SERVER, "realm": ""}, "realm"),
]


@pytest.mark.parametrize(("value", "where"), ANDROID)
def test_android_fails_to_set_the_media_proxy(value: object, where: str) -> None:
    [found] = acs_native.check_android(value)
    assert found.where == where
    assert FAILS in found.what


@pytest.mark.parametrize(("value", "where"), ANDROID)
def test_ios_and_windows_do_not_throw(value: object, where: str) -> None:
    [found] = acs_native.check_skipping(value)
    assert found.where == where
    assert FAILS not in found.what


@pytest.mark.parametrize(
    ("value", "where", "what"),
    [
        ({**SERVER, "urls": ["turns:203.0.113.5"]}, "urls[0]", "UDP only"),
        ({**SERVER, "urls": ["turn:203.0.113.5?transport=tcp"]}, "urls[0]", "UDP only"),
        ({**SERVER, "udpPort": 0}, "udpPort", "from 1 to 65535, not 0"),
        ({**SERVER, "udpPort": "3478"}, "udpPort", "not '3478'"),
        (without("username"), "username", "401"),
        (
            {**without("password"), "credential": "c"},
            "password",
            "what is credential on the web is password",
        ),
        ([], "iceServers", "it is empty"),
        ([without("realm")], "iceServers[0].realm", "no realm"),
        ({"iceServers": [5]}, "iceServers[0]", "it is a number"),
    ],
)
@pytest.mark.parametrize("check", [acs_native.check_android, acs_native.check_skipping])
def test_what_fails_later(check: object, value: object, where: str, what: str) -> None:
    assert callable(check)
    [found] = check(value)
    assert found.where == where
    assert what in found.what


@pytest.mark.parametrize(
    "value", [SERVER, [SERVER], {"iceServers": [SERVER]}, without("udpPort"), {**SERVER, "ttl": 5}]
)
def test_nothing_is_found_in_what_is_right(value: object) -> None:
    assert list(acs_native.check_android(value)) == []
    assert list(acs_native.check_skipping(value)) == []
