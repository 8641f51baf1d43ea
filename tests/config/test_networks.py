"""Networks that are everybody, alone or together, and those that are suspiciously wide."""

from ipaddress import ip_network

import pytest

from sigproxy.config import ConfigError, load, networks, remarks


def problems(name: str, *listed: str) -> list[str]:
    try:
        load(None, {f"SIGPROXY_{name}": ",".join(listed)})
    except ConfigError as error:
        return [str(each) for each in error.problems]
    return []


@pytest.mark.parametrize(
    ("listed", "covered"),
    [
        (["0.0.0.0/0"], "every IPv4 address"),
        (["192.0.2.1", "::/0"], "every IPv6 address"),
        (["0.0.0.0/1", "128.0.0.0/1"], "every IPv4 address"),
        (["0.0.0.0/0", "::/0"], "every IPv4 address and every IPv6 address"),
        (["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"], "88% of all IPv4 addresses"),
        (["128.0.0.0/1"], "50% of all IPv4 addresses"),
        (["64.0.0.0/2", "0.0.0.0/2", "0.0.0.0/3"], "50% of all IPv4 addresses"),
        (["2000::/3"], "every IPv6 address"),
        (["::/1"], "every IPv6 address"),
        (["2000::/4", "3000::/4"], "every IPv6 address"),
        (["::ffff:0:0/96"], "every IPv4 address"),
        ([f"{first}.0.0.0/8" for first in range(1, 224)], "87% of all IPv4 addresses"),
    ],
)
def test_everybody_is_refused(listed: list[str], covered: str) -> None:
    [proxies] = problems("SERVER__TRUSTED_PROXIES", *listed)
    assert proxies.startswith(f"environment: SIGPROXY_SERVER__TRUSTED_PROXIES: together they are "
                              f"{covered}: any client could impersonate another")  # fmt: skip
    assert "list only the networks of your own proxies" in proxies
    [allowed] = problems("UPSTREAM__ALLOW_NETWORKS", *listed)
    assert f"together they are {covered}, which would switch off the check" in allowed


@pytest.mark.parametrize(
    "listed",
    [
        [],
        ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7"],
        ["10.0.0.0/8", "10.0.0.0/8", "10.1.0.0/16"],
        ["104.16.0.0/13", "2a06:98c0::/29"],  # Cloudflare's widest
        ["8000::/1"],  # nobody's
        ["::ffff:10.0.0.0/104"],
    ],
)
def test_proxies_networks_are_accepted(listed: list[str]) -> None:
    assert problems("SERVER__TRUSTED_PROXIES", *listed) == []


@pytest.mark.parametrize(
    ("listed", "noted"),
    [
        (["8.0.0.0/6"], ["8.0.0.0/6"]),
        (["20.0.0.0/11", "10.0.0.0/8"], ["20.0.0.0/11"]),
        (["2600::/12"], ["2600::/12"]),
        (["10.0.0.0/8", "100.64.0.0/10", "fc00::/7", "104.16.0.0/13"], []),
    ],
)
def test_a_wide_public_network_is_noted(listed: list[str], noted: list[str]) -> None:
    settings = load(None, {"SIGPROXY_SERVER__TRUSTED_PROXIES": ",".join(listed)})
    found = [each for each in remarks(settings) if each.startswith("server.trusted_proxies: ")]
    assert [each.split()[1] for each in found] == noted
    assert list(map(str, networks.wide(map(ip_network, listed)))) == noted
