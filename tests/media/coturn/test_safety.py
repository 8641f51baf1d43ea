"""Who may relay, how much, and to whom."""

from dataclasses import replace

import pytest

from sigproxy.media.coturn import safety
from sigproxy.media.coturn.options import CoturnOptions
from tests.media.coturn.samples import IPV6, NAT, OPTIONS, SECRETS, SFU


def peers(options: CoturnOptions, key: str) -> list[str]:
    return [line.value for line in safety.peers(options) if line.key == key]


def test_each_secret_has_a_line() -> None:
    lines = list(safety.credentials(OPTIONS))
    assert [each.value for each in lines if each.key == "static-auth-secret"] == [*SECRETS]
    assert not any(secret in line.name for line in lines for secret in SECRETS)


def test_a_browsers_allocations_fit_the_quota() -> None:
    quota = {line.key: line for line in safety.quotas(OPTIONS)}
    assert int(quota["user-quota"].value) >= (quota["user-quota"].least or 0) >= 5 * 7


def test_a_vendors_ranges_alone_are_allowed() -> None:
    assert peers(SFU, "denied-peer-ip") == ["0.0.0.0-255.255.255.255"]
    assert peers(SFU, "allowed-peer-ip") == [
        "20.202.0.0-20.202.255.255",
        "99.77.128.0-99.77.191.255",
        "192.0.33.5",
    ]


def test_private_networks_are_denied_and_the_own_address_allowed() -> None:
    denied = peers(OPTIONS, "denied-peer-ip")
    assert {"10.0.0.0-10.255.255.255", "169.254.0.0-169.254.255.255"} < {*denied}
    assert peers(OPTIONS, "allowed-peer-ip") == ["192.0.33.5"]
    assert peers(NAT, "allowed-peer-ip") == ["192.0.33.5", "10.0.0.4"]


def test_ipv6_ranges_stand_where_ipv6_is_relayed() -> None:
    assert not any(":" in each for each in peers(OPTIONS, "denied-peer-ip"))
    assert "::ffff:0:0-::ffff:ffff:ffff" in peers(IPV6, "denied-peer-ip")


@pytest.mark.parametrize(("version", "has"), [("4.6", True), ("4.17", False)])
def test_what_is_the_default_since_4_7_is_left_out_there(version: str, has: bool) -> None:
    options = replace(OPTIONS, version=version)  # type: ignore[arg-type]
    keys = {line.key for line in safety.switches(options)}
    assert ("no-cli" in keys) == ("no-tlsv1" in keys) == has
    assert {"fingerprint", "no-multicast-peers", "no-tcp-relay"} < keys
