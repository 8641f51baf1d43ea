"""Which addresses nobody reaches through us."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sigproxy.errors import AddressRefused
from sigproxy.policies.targets import AddressPolicy

PUBLIC = AddressPolicy()


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "1.1.1.1", "20.202.1.1", "52.112.0.1", "100.63.255.255", "100.128.0.0"),
        *("172.15.255.255", "172.32.0.0", "168.63.129.15", "168.63.129.17", "192.0.1.0"),
        *("198.17.255.255", "198.20.0.0", "223.255.255.255", "9.255.255.255", "11.0.0.0"),
        *("2606:4700::1111", "2a01:111::1", "2603:1061::1", "2001:4860:4860::8888"),
        "64:ff9b::808:808",  # 8.8.8.8 through a NAT64
    ],
)
def test_public_addresses_are_dialled(address: str) -> None:
    assert PUBLIC.allows(ip_address(address))
    assert PUBLIC.admit("a.example.com", [address]) == (address,)


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "0.255.255.255", "10.0.0.1", "10.255.255.255", "100.64.0.0"),
        *("100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.0.1", "169.254.169.254"),
        *("172.16.0.0", "172.31.255.255", "192.0.0.1", "192.0.0.8", "192.0.0.9", "192.0.0.170"),
        *("192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.0"),
        *("198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255"),
        *("233.252.0.1", "240.0.0.0", "255.255.255.255"),
        "168.63.129.16",  # Azure's host agent
    ],
)
def test_other_ipv4_addresses_are_not(address: str) -> None:
    assert not PUBLIC.allows(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("::", "::1", "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1", "febf::1", "fec0::1"),
        *("ff02::1", "ff0e::1", "100::1", "2001:db8::1", "2001:2::1", "2001:10::1", "2001:20::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0"),
        *("::ffff:168.63.129.16", "::127.0.0.1", "::ffff:0:127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b::169.254.169.254", "64:ff9b:1::7f00:1"),
        *("2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:a00:1::1"),
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo (RFC 4380, 4)
        "2001:0:7f00:1::",
    ],
)
def test_other_ipv6_addresses_are_not(address: str) -> None:
    assert not PUBLIC.allows(ip_address(address))


@pytest.mark.parametrize(
    "address", ["64:ff9b:1::", "64:ff9b:1::808:808", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"]
)
def test_a_networks_own_translator_leads_into_that_network(address: str) -> None:
    """RFC 8215: 64:ff9b:1::/48 is for local use; where in it the IPv4 address lies is local too."""
    assert not PUBLIC.allows(ip_address(address))


@pytest.mark.parametrize("address", ["3fff::1", "5f00::1", "2002:808:808::1", "4000::1"])
def test_what_only_some_releases_of_python_call_global(address: str) -> None:
    """RFC 9637, RFC 9602, RFC 7526, unallocated: ``is_global`` changes with bug-fix releases."""
    assert not PUBLIC.allows(ip_address(address))


SPECIAL = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
    *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
    *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    "168.63.129.16/32",
]
special_addresses = st.sampled_from(SPECIAL).flatmap(
    lambda network: st.ip_addresses(network=IPv4Network(network))
)


@given(special_addresses)
def test_law_no_address_of_a_special_network_is_dialled(address: IPv4Address) -> None:
    assert not PUBLIC.allows(address)


def embeddings(address: IPv4Address, suffix: int) -> dict[str, IPv6Address]:
    """Return the IPv6 addresses that reach *address* through something on the way."""
    number = int(address)
    high, low = number >> 16, number & 0xFFFF
    behind = suffix & ((1 << 80) - 1)

    def ending(prefix: str) -> IPv6Address:
        return IPv6Address(int(IPv6Address(prefix)) | number)

    return {
        "mapped (RFC 4291, 2.5.5.2)": ending("::ffff:0:0"),
        "compatible (RFC 4291, 2.5.5.1)": ending("::"),
        "translated (RFC 2765, 2.1)": ending("::ffff:0:0:0"),
        "NAT64 (RFC 6052, 2.1)": ending("64:ff9b::"),
        "local NAT64, /96 (RFC 8215)": ending("64:ff9b:1::"),
        "local NAT64, /48 (RFC 6052, 2.2)": IPv6Address(
            (0x64_FF9B_0001 << 80) | (high << 64) | (low << 40) | (suffix & ((1 << 40) - 1))
        ),
        "6to4 (RFC 3056, 2)": IPv6Address((0x2002 << 112) | (number << 80) | behind),
        "Teredo server (RFC 4380, 4)": IPv6Address(
            (0x2001_0000 << 96) | (number << 64) | (behind & ((1 << 64) - 1))
        ),
        "Teredo client (RFC 4380, 4)": IPv6Address(
            (0x2001_0000 << 96) | (0x0808_0808 << 64) | (number ^ 0xFFFF_FFFF)
        ),
    }


@given(special_addresses | st.ip_addresses(v=4), st.integers(0, (1 << 80) - 1))
@example(IPv4Address("127.0.0.1"), 0)
@example(IPv4Address("127.0.0.1"), 0x08080808)
def test_law_an_address_refused_as_ipv4_is_refused_in_every_embedding(
    address: IPv4Address, suffix: int
) -> None:
    if PUBLIC.allows(address):
        return
    found = embeddings(address, suffix)
    assert [name for name, inner in found.items() if PUBLIC.allows(inner)] == []


def test_allowed_networks_are_exceptions_and_no_more() -> None:
    policy = AddressPolicy((ip_network("127.44.0.0/24"), ip_network("fd00:1::/32")))
    assert policy.admit("a", ["127.44.0.9", "fd00:1::5"]) == ("127.44.0.9", "fd00:1::5")
    for address in ("127.44.1.9", "127.0.0.1", "10.0.0.1", "fd00:2::5", "::1"):
        assert not policy.allows(ip_address(address))
    assert policy.allows(ip_address("8.8.8.8"))


def test_addresses_are_returned_in_their_order() -> None:
    answer = ["2606:4700::1111", "8.8.8.8", "1.1.1.1"]
    assert PUBLIC.admit("a.example.com", iter(answer)) == tuple(answer)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_bad_address_refuses_the_name(place: int) -> None:
    answer = ["8.8.8.8", "2606:4700::1111"]
    answer.insert(place, "10.0.0.1")
    with pytest.raises(AddressRefused) as error:
        PUBLIC.admit("a.example.com", answer)
    assert error.value.detail == (
        "a.example.com resolves to 10.0.0.1 (from DNS), which is not a public address; "
        "if that is meant, the gateway's operator can add it to `upstream.allow_networks`"
    )
