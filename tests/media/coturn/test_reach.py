"""Where clients come in and media leaves."""

from sigproxy.media.coturn import reach
from sigproxy.media.coturn.options import CoturnOptions
from tests.media.coturn.samples import ALONE, IPV6, NAT, OPTIONS, PLAIN, REMOTE


def addresses(options: CoturnOptions) -> list[str]:
    return [line.text for line in reach.addresses(options)]


def ports(options: CoturnOptions) -> list[str]:
    return [line.text for line in reach.ports(options)]


def test_media_leaves_by_the_own_address_and_the_gateway_has_an_entrance() -> None:
    own = ["listening-ip=192.0.33.5", "listening-ip=127.0.0.1", "relay-ip=192.0.33.5"]
    assert addresses(OPTIONS) == own
    assert addresses(IPV6) == [*own, "relay-ip=2606:2800:220:1::5"]
    assert addresses(PLAIN) == ["listening-ip=192.0.33.5", "relay-ip=192.0.33.5"]


def test_behind_nat_clients_are_told_the_public_address() -> None:
    assert addresses(NAT)[-1] == "external-ip=192.0.33.5/10.0.0.4"
    assert addresses(REMOTE) == [
        "listening-ip=10.0.0.4",
        "relay-ip=10.0.0.4",
        "external-ip=192.0.33.5/10.0.0.4",
    ]


def test_tls_ends_in_one_place() -> None:
    assert ports(OPTIONS)[1:3] == ["tcp-proxy-port=3479", "no-tls"]
    assert ports(PLAIN)[1:2] == ["no-tls"]
    assert ports(ALONE)[1:4] == [
        "tls-listening-port=443",
        "cert=/etc/coturn/tls.crt",
        "pkey=/etc/coturn/tls.key",
    ]
