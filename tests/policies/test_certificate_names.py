"""The name for which the certificate of an address must be."""

from ipaddress import ip_network

import pytest

from sigproxy.policies.certificate_names import CertificateNames
from sigproxy.semantics.authority import Authority

NAMES = CertificateNames(
    (
        (ip_network("59.111.1.0/24"), "one.example"),
        (ip_network("59.111.0.0/16"), "all.example"),
        (ip_network("2001:db8::/32"), "six.example"),
    )
)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("59.111.1.2", "one.example"),
        ("59.111.2.2", "all.example"),
        ("59.112.0.1", "59.112.0.1"),
        ("2001:db8::1", "six.example"),
        ("vendor.example", "vendor.example"),
    ],
)
def test_the_first_network_gives_the_name(host: str, name: str) -> None:
    assert NAMES.of(Authority(host, 4001)) == name


def test_without_networks_it_is_the_host() -> None:
    assert CertificateNames().of(Authority("59.111.1.2")) == "59.111.1.2"
