"""ACLs for Squid: what the gateway and the clients may reach through it, by CONNECT.

A proxy carries TLS alone: rules for UDP, and for connections to the gateway's machine, stand in
comments. `dstdomain` has no wildcards: ".example.com" is every name below, and example.com itself.
"""

from collections.abc import Iterator, Sequence

from sigproxy.tools.firewall import FROM_PROXY, PROXY, TO_PROXY, Rule
from sigproxy.tools.firewall_formats.paper import (
    Paper,
    as_comments,
    in_words,
    is_open,
    kind,
    known,
    ranges,
    shown,
)
from sigproxy.tools.firewall_needs import GATEWAY, USUAL

_HEAD = """\
# Made by sigproxy {version} for {names}.
# Squid: an `include` of this file stands before `http_access deny all`; Debian's squid.conf reads
# /etc/squid/conf.d/*.conf there. ".example.com" is every name below it, and example.com itself.
"""
_NO_ADDRESS = """\
# The gateway's address is not known here, so that the rules for it are commented out. Name it:
# sigproxy firewall --format squid --address ADDRESS
"""
_OTHER_PORTS = """\
# Debian's squid.conf denies CONNECT to ports outside SSL_ports before it reads this file. If yours
# does too, add there:
#     acl SSL_ports port {ports}
"""
_BY_NAME = """\
#
# The gateway asks a proxy for names only with upstream.proxy_resolves = true; without it no
# dstdomain matches what it asks for.
"""
_OF_GATEWAY = (GATEWAY, PROXY)  # who connects; a proxy does so for the gateway
_NOT_CARRIED = "# Not for a proxy, or without a name or an address here:"


def text(paper: Paper) -> str:
    who = _who_asks(paper)
    carried = [rule for rule in paper.rules if rule.source in who and _is_carried(rule)]
    groups: dict[tuple[str, str, tuple[tuple[int, int], ...]], list[Rule]] = {}
    for rule in carried:
        groups.setdefault((rule.source, rule.direction, ranges(rule.port)), []).append(rule)
    lines = _HEAD.format(version=paper.version, names=", ".join(paper.names)).splitlines()
    lines += _other_ports([ports for _, _, ports in groups])
    if any(rule.direction == FROM_PROXY for rule in carried):
        lines += _BY_NAME.splitlines()
    if any(source in _OF_GATEWAY for source, _, _ in groups):
        lines += [""]
        lines += [] if paper.addresses else _NO_ADDRESS.splitlines()
        lines += [f"acl sigproxy_gateway src {' '.join(paper.addresses)}"] * bool(paper.addresses)
    if groups:
        lines += ["", "acl sigproxy_connect method CONNECT"]
    for number, ((source, direction, ports), rules) in enumerate(groups.items(), 1):
        lines += ["", f"# {direction}:", *as_comments(dict.fromkeys(map(known, rules)))]
        lines += _acls(str(number), rules, ports)
        lines += _access(str(number), rules, source, has_address=bool(paper.addresses))
    if left := [rule for rule in paper.rules if rule not in carried]:
        lines += ["", _NOT_CARRIED, *as_comments(in_words(left))]
    return "\n".join(lines) + "\n"


def _who_asks(paper: Paper) -> tuple[str, ...]:
    """Return the sources that ask a proxy.

    What a gateway behind a proxy still connects to by itself are its exceptions. Allowed here, they
    would open networks to it through the proxy, which it never asks for them.
    """
    is_behind_proxy = any(rule.direction == TO_PROXY for rule in paper.rules)
    return (PROXY, "clients") if is_behind_proxy else (GATEWAY, PROXY, "clients")


def _is_carried(rule: Rule) -> bool:
    return (
        rule.protocol == "TCP/TLS"
        and rule.known_from != USUAL
        and kind(rule.destination) in ("name", "wildcard", "network")
        and not is_open(rule.destination)
    )


def _other_ports(groups: Sequence[tuple[tuple[int, int], ...]]) -> list[str]:
    others = dict.fromkeys(each for ports in groups for each in ports if each != (443, 443))
    if not others:
        return []
    return ["#", *_OTHER_PORTS.format(ports=" ".join(shown(list(others)))).splitlines()]


def _acls(number: str, rules: Sequence[Rule], ports: Sequence[tuple[int, int]]) -> Iterator[str]:
    names = [rule.destination for rule in rules if kind(rule.destination) != "network"]
    networks = [rule.destination for rule in rules if kind(rule.destination) == "network"]
    if names:
        yield f"acl sigproxy_names_{number} dstdomain {' '.join(_domains(names))}"
    if networks:
        yield f"acl sigproxy_networks_{number} dst {' '.join(dict.fromkeys(networks))}"
    yield f"acl sigproxy_ports_{number} port {' '.join(shown(ports))}"


def _domains(names: Sequence[str]) -> list[str]:
    """Return the names in Squid's form; it refuses one that another one covers."""
    suffixes = [name[1:] for name in dict.fromkeys(names) if name.startswith("*")]
    found = [*suffixes, *(name for name in dict.fromkeys(names) if not name.startswith("*"))]
    return [
        name
        for name in found
        if not any(f".{name}".endswith(each) and name != each for each in suffixes)
    ]


def _access(number: str, rules: Sequence[Rule], source: str, *, has_address: bool) -> Iterator[str]:
    who = "sigproxy_gateway " if source in _OF_GATEWAY else ""
    off = "# " if source in _OF_GATEWAY and not has_address else ""
    kinds = {"networks" if kind(rule.destination) == "network" else "names" for rule in rules}
    for each in sorted(kinds):
        yield (
            f"{off}http_access allow sigproxy_connect {who}sigproxy_{each}_{number} "
            f"sigproxy_ports_{number}"
        )
