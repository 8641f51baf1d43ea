"""The vendors' media ranges: each row has its source, and is something that a firewall takes."""

import re
from ipaddress import ip_network

import pytest

from sigproxy.media.coturn.denied import IPV4, span
from sigproxy.media.ranges import MEDIA_VENDORS, TCP, UDP, MediaVendor, is_network
from sigproxy.presets import PRESETS

named = [pytest.param(vendor, id=vendor.name) for vendor in MEDIA_VENDORS]


@pytest.mark.parametrize("vendor", named)
def test_a_row_is_complete(vendor: MediaVendor) -> None:
    assert vendor.source
    assert re.fullmatch(r"(read )?\d{4}-\d\d-\d\d", vendor.dated)
    assert set(vendor.presets) <= set(PRESETS)
    assert len(set(vendor.rows)) == len(vendor.rows) > 0
    for destination, protocol, port in vendor.rows:
        assert destination
        assert protocol in (UDP, TCP)
        assert re.fullmatch(r"any|\d[\d, -]*|3478, better 1025-65535", port)


@pytest.mark.parametrize("vendor", named)
def test_a_network_is_public_and_has_no_host_bits(vendor: MediaVendor) -> None:
    for text in vendor.networks:
        network = ip_network(text)
        assert network.is_global
        assert 16 <= network.prefixlen < 32
        assert span(text) not in {span(denied) for denied, _ in IPV4}


def test_vendors_are_told_apart() -> None:
    assert len({vendor.name for vendor in MEDIA_VENDORS}) == len(MEDIA_VENDORS)
    networks = [text for vendor in MEDIA_VENDORS for text in vendor.networks]
    assert len(set(networks)) == len(networks)


@pytest.mark.parametrize(
    ("text", "is_one"), [("20.202.0.0/16", True), ("*.livekit.cloud", False), ("any", False)]
)
def test_a_network_is_told_from_a_host(text: str, is_one: bool) -> None:
    assert is_network(text) == is_one
