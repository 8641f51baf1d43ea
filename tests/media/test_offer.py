"""Which URLs a mode offers."""

from dataclasses import replace

import pytest

from sigproxy.errors.media import ModeRefused
from sigproxy.media import offer
from tests.media.samples import CREDENTIAL, SECRET, STUN, TCP, TLS, TURN, UDP, WITH_TCP


@pytest.mark.parametrize(
    ("mode", "urls", "policy"),
    [("auto", [UDP, TCP, TLS], "all"), ("udp", [UDP], "relay"), ("tls", [TLS], "relay")],
)
def test_a_mode_is_a_filter_and_what_is_forced_is_relayed(
    mode: str, urls: list[str], policy: str
) -> None:
    assert offer.relays(WITH_TCP, mode) == urls
    assert offer.policy(mode) == policy


def test_plain_tcp_only_where_a_port_for_it_is_set() -> None:
    assert offer.relays(TURN, "auto") == [UDP, TLS]


@pytest.mark.parametrize(
    ("mode", "zero", "says"),
    [
        ("udp", ["udp_port"], "no TURN over UDP: udp_port in [turn] is 0"),
        ("tls", ["tls_port"], "no TURN over TLS: tls_port in [turn] is 0"),
        ("auto", ["udp_port", "tls_port"], "are all 0"),
    ],
)
def test_a_mode_without_a_port_is_refused(mode: str, zero: list[str], says: str) -> None:
    with pytest.raises(ModeRefused) as caught:
        offer.relays(replace(TURN, **dict.fromkeys(zero, 0)), mode)
    assert caught.value.detail.endswith(says)


def test_stun_stands_apart_from_the_servers_with_a_credential() -> None:
    both = offer.servers("auto", TURN, CREDENTIAL)
    assert both == [STUN, {"urls": [UDP, TLS], **SECRET}]
    assert offer.servers("auto", replace(TURN, stun=False), CREDENTIAL) == both[1:]
    assert offer.servers("tls", TURN, CREDENTIAL) == [{"urls": [TLS], **SECRET}]
    assert offer.stun(replace(TURN, udp_port=0), "auto") == []


@pytest.mark.parametrize(("name", "is_one"), [("gateway.example", True), ("203.0.113.5", False)])
def test_an_address_is_no_name(name: str, is_one: bool) -> None:
    assert offer.has_name(replace(TURN, name=name)) == is_one
