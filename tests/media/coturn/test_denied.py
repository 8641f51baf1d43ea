"""Ranges that are denied: whole, and in the one form that coturn 4.6 reads rightly."""

from ipaddress import ip_address

import pytest

from sigproxy.media.coturn.denied import IPV4, IPV6, span

# What a client with a credential must not reach, each seen to be let through by coturn 4.6.1 where
# nothing is denied.
PEERS = [
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1"),
    *("172.31.255.255", "192.168.0.1", "198.18.0.1", "255.255.255.255"),
    *(
        "::ffff:127.0.0.1",
        "::ffff:10.1.2.3",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
    ),
    *("2002:7f00:1::1", "fd00::1", "fe80::1", "2001:db8::1", "fec0::1", "64:ff9b:1::1"),
]
PUBLIC = ["8.8.8.8", "20.202.0.1", "172.32.0.1", "192.0.1.1", "2606:2800:220:1::1", "2a00::1"]
SPANS = [tuple(map(ip_address, span(network).split("-"))) for network, _ in (*IPV4, *IPV6)]


def is_denied(text: str) -> bool:
    peer = ip_address(text)
    same = [each for each in SPANS if each[0].version == peer.version]
    return any(int(low) <= int(peer) <= int(high) for low, high in same)


@pytest.mark.parametrize("peer", PEERS)
def test_what_is_inside_is_denied(peer: str) -> None:
    assert is_denied(peer)


@pytest.mark.parametrize("peer", PUBLIC)
def test_what_is_public_is_not(peer: str) -> None:
    assert not is_denied(peer)


def test_no_range_begins_with_the_address_of_zeros() -> None:
    assert all(int(low) for low, _ in SPANS if low.version == 6)


def test_a_range_is_two_addresses() -> None:
    assert span("10.0.0.0/8") == "10.0.0.0-10.255.255.255"
    assert span("::ffff:0:0/96") == "::ffff:0:0-::ffff:ffff:ffff"
