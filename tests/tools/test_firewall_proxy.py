"""What ``sigproxy firewall`` tells where the gateway stands behind a forward proxy."""

from pathlib import Path

import pytest

from sigproxy.tools.firewall import Rule
from tests.tools.firewall_rows import ran, rows

CONFIG = """
[server]
public_names = ["gw.hospital.example"]

[upstream]
nameservers = ["192.0.2.53"]
proxy = "http://{proxy}:3128"
proxy_resolves = {resolves}
proxy_exceptions = [{exceptions}]

[[route]]
targets = ["api.example.org:8443", "*.vendor.example", "*.intern.example"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sigproxy.toml"


def rules(
    file: Path,
    *exceptions: str,
    resolves: bool = False,
    proxy: str = "proxy.hospital.example",
) -> list[Rule]:
    listed = ", ".join(f'"{each}"' for each in exceptions)
    said = "true" if resolves else "false"
    file.write_text(CONFIG.format(proxy=proxy, resolves=said, exceptions=listed))
    return rows("--config", str(file))


def between(found: list[Rule], direction: str) -> list[str]:
    return [f"{each.destination}:{each.port}" for each in found if each.direction == direction]


def dns(found: list[Rule]) -> list[str]:
    return [each.purpose for each in found if each.destination == "192.0.2.53"]


def test_the_gateway_needs_the_proxy_and_the_proxy_the_vendors(file: Path) -> None:
    found = rules(file)
    assert between(found, "gateway to proxy") == ["proxy.hospital.example:3128"]
    assert between(found, "gateway to vendors") == []
    assert dns(found) == ["DNS: the vendors' addresses"] * 2  # UDP and TCP
    assert between(found, "proxy to vendors") == [
        "api.example.org:8443",
        "*.vendor.example:443",
        "*.intern.example:443",
    ]
    assert {each.source for each in found if each.direction == "proxy to vendors"} == {"proxy"}


def test_exceptions_are_the_gateways_own(file: Path) -> None:
    found = rules(file, "*.intern.example", "a.vendor.example", "b.other.example", "10.0.0.0/8")
    assert between(found, "proxy to vendors") == ["api.example.org:8443", "*.vendor.example:443"]
    assert between(found, "gateway to vendors") == [
        "10.0.0.0/8:any",
        "*.intern.example:443",
    ]


def test_an_exception_that_is_a_part_of_a_target_stands_beside_it(file: Path) -> None:
    found = rules(file, "a.vendor.example:443")
    assert between(found, "gateway to vendors")[0] == "a.vendor.example:443"
    assert "*.vendor.example:443" in between(found, "proxy to vendors")


def test_dns_is_only_needed_for_what_the_gateway_looks_up(file: Path) -> None:
    said = "DNS: the addresses of the proxy and of exceptions"
    assert dns(rules(file, resolves=True)) == [said] * 2
    assert dns(rules(file, resolves=True, proxy="192.0.2.1")) == []


@pytest.mark.parametrize(
    ("resolves", "says"),
    [(False, "addresses, so that its rules cannot go by names"), (True, "names")],
)
def test_the_page_for_people(file: Path, resolves: bool, says: str) -> None:
    rules(file, resolves=resolves)
    text = ran("--config", str(file)).output
    line = f"HTTP proxy (CONNECT), which is asked for the vendors' {says} |"
    gateway, _, behind = text.partition("## The proxy to the vendors")
    assert "| proxy.hospital.example | TCP | 3128 |" in gateway
    assert line in gateway
    assert "api.example.org" not in gateway
    assert "| api.example.org | TCP/TLS | 8443 |" in behind
    assert "## Media: proxy" not in text


@pytest.mark.parametrize("proxy", ["192.0.2.99", "proxy.hospital.example"])
def test_nftables_lets_the_gateway_reach_the_proxy_and_the_proxy_the_vendors(
    file: Path, proxy: str
) -> None:
    rules(file, proxy=proxy)
    text = ran("--config", str(file), "--format", "nftables").stdout
    assert "@sigproxy_gateway_v4 ip daddr @sigproxy_proxy_v4 tcp dport { 3128 } accept" in text
    assert "ip saddr @sigproxy_proxy_v4 tcp dport { 8443 } accept" in text
    assert "ip saddr @sigproxy_gateway_v4 tcp dport { 443 } accept" not in text
    filled = "add element inet filter sigproxy_proxy_v4 { 192.0.2.99 }"
    assert (filled in text) == (proxy == "192.0.2.99")


def test_the_lists_of_names_are_the_proxys(file: Path) -> None:
    rules(file)
    names = ran("--config", str(file), "--format", "edl").stdout.splitlines()
    assert {"api.example.org", "*.vendor.example"} <= {*names}
    text = ran("--config", str(file), "--format", "squid", "--address", "192.0.2.7").stdout
    assert " .vendor.example" in text
    assert "http_access allow sigproxy_connect sigproxy_gateway sigproxy_names_2" in text
    assert "upstream.proxy_resolves = true" in text


def test_squid_opens_no_exception_to_the_gateway(file: Path) -> None:
    rules(file, "*.intern.example", "10.0.0.0/8")
    text = ran("--config", str(file), "--format", "squid", "--address", "192.0.2.7").stdout
    acls, _, left = text.partition("# Not for a proxy")
    assert "intern.example" not in acls
    assert "10.0.0.0/8" not in acls
    assert "1-65535" not in acls
    assert "gateway -> 10.0.0.0/8" in left
    assert "gateway -> *.intern.example" in left
    assert "dstdomain .vendor.example" in acls
