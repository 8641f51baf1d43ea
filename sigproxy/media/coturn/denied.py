"""Networks that a TURN server must not relay to: what only its own host, or nobody, can reach.

IANA's special-purpose registries, and forms of IPv6 that hold an IPv4 address: with those a client
names 127.0.0.1 in another spelling (CVE-2026-27624, coturn before 4.9).

As ranges these are as good as prefixes, and none begins with "::" alone. coturn 4.6 takes such a
one ("::-::ffff") for every IPv4 address, and compares others byte by byte, so that a range which
is no prefix has holes.
"""

from ipaddress import ip_network

IPV4 = (
    ("0.0.0.0/8", "this host"),
    ("10.0.0.0/8", "private networks"),
    ("100.64.0.0/10", "networks behind a carrier's NAT"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local addresses, cloud metadata at 169.254.169.254 among them"),
    ("172.16.0.0/12", "private networks"),
    ("192.0.0.0/24", "protocol assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "6to4 relays"),
    ("192.168.0.0/16", "private networks"),
    ("198.18.0.0/15", "benchmark networks"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("240.0.0.0/4", "reserved addresses and broadcast"),
)
IPV6 = (
    ("::100:0-::ffff:ffff", "IPv4 in its oldest spelling"),  # ::/96 without what begins with "::"
    ("::ffff:0:0/96", "IPv4 in another spelling"),
    ("64:ff9b::/96", "IPv4 through NAT64"),
    ("64:ff9b:1::/48", "IPv4 through a local NAT64"),
    ("100::/64", "the discard prefix"),
    ("2001::/23", "protocol assignments, Teredo among them"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "IPv4 through 6to4"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "segment routing"),
    ("fc00::/7", "private networks"),
    ("fe80::/10", "link-local addresses"),
    ("fec0::/10", "site-local addresses"),
)


def span(network: str) -> str:
    """Return *network* as "first-last", the one form that coturn reads."""
    if "-" in network:
        return network
    whole = ip_network(network)
    return f"{whole[0]}-{whole[-1]}"
