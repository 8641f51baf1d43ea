"""The formats of hosts(5) and resolv.conf(5)."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.semantics.resolver_files import MOST_SERVERS, hosts, name_servers, with_port

ADDRESSES = st.ip_addresses().map(str)
LABELS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=8)
NAMES = st.lists(LABELS, min_size=1, max_size=3).map(".".join)
SPACES = st.sampled_from([" ", "\t", "  \t"])

HOSTS = """\
# pinned by hand
127.0.0.1\tlocalhost
192.0.2.7  Api.Vendor.Example  api   # the vendor's test system
2001:db8::7 api.vendor.example.
#192.0.2.8 off.example
192.0.2.9
010.0.0.1 octal.example
not.an.address name.example
192.0.2.10 api.vendor.example
"""


def test_a_hosts_file() -> None:
    assert hosts(HOSTS) == {
        "localhost": ("127.0.0.1",),
        "api.vendor.example": ("192.0.2.7", "2001:db8::7", "192.0.2.10"),
        "api": ("192.0.2.7",),
    }


@given(st.lists(st.tuples(ADDRESSES, SPACES, st.lists(NAMES, min_size=1, max_size=3))))
def test_what_is_written_is_found(lines: list[tuple[str, str, list[str]]]) -> None:
    text = "\n".join(f"{address}{space}{space.join(names)}" for address, space, names in lines)
    found = hosts(text)
    assert {name: set(addresses) for name, addresses in found.items()} == {
        name: {str(ip_address(address)) for address, _, others in lines if name in others}
        for _, _, names in lines
        for name in names
    }


@given(st.text())
def test_any_text_gives_only_addresses(text: str) -> None:
    for name, addresses in hosts(text).items():
        assert name == name.lower()
        assert addresses
        for address in addresses:
            assert str(ip_address(address)) == address


@given(st.text("0123456789.:[]#; \n\tnameserver", max_size=200))
def test_any_text_gives_only_servers(text: str) -> None:
    found = name_servers(text)
    assert len(found) <= MOST_SERVERS
    for server in found:
        assert with_port(server) == server


@pytest.mark.parametrize(
    ("text", "servers"),
    [
        ("", ()),
        ("nameserver 192.0.2.53\n", ("192.0.2.53:53",)),
        ("nameserver\t192.0.2.53", ("192.0.2.53:53",)),
        ("domain a.example\nnameserver 192.0.2.53 # first\n", ("192.0.2.53:53",)),
        ("; nameserver 192.0.2.1\n# nameserver 192.0.2.2\n", ()),
        ("nameserver 192.0.2.1\nnameserver 2001:db8::53\n", ("192.0.2.1:53", "[2001:db8::53]:53")),
        ("nameserver 192.0.2.1\nnameserver 192.0.2.1\n", ("192.0.2.1:53",)),
        ("nameserver 192.0.2.1:5353\n", ("192.0.2.1:5353",)),
        ("nameserver\n", ()),
        ("nameserver dns.example\n", ()),
        ("nameservers 192.0.2.1\n", ()),
        ("options edns0 trust-ad\nsearch example\n", ()),
        ("nameserver fe80::1%eth0\n", ("[fe80::1%eth0]:53",)),
    ],
)
def test_a_resolv_conf(text: str, servers: tuple[str, ...]) -> None:
    assert name_servers(text) == servers


@pytest.mark.parametrize(
    ("server", "whole"),
    [
        ("192.0.2.1", "192.0.2.1:53"),
        ("192.0.2.1:5353", "192.0.2.1:5353"),
        ("2001:db8::53", "[2001:db8::53]:53"),
        ("[2001:db8::53]", "[2001:db8::53]:53"),
        ("[2001:db8::53]:5353", "[2001:db8::53]:5353"),
        ("[192.0.2.1]:53", ""),
        ("192.0.2.1:0", ""),
        ("192.0.2.1:65536", ""),
        ("192.0.2.1:", ""),
        ("dns.example:53", ""),
        ("", ""),
        ("[]", ""),
    ],
)
def test_a_server_with_its_port(server: str, whole: str) -> None:
    assert with_port(server) == whole


@given(ADDRESSES, st.integers(1, 65535))
def test_a_port_is_kept(address: str, port: int) -> None:
    server = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    assert with_port(server) == server
    assert with_port(address).endswith(":53")
