"""A file for ``nft -f``: a chain that accepts, and sets with what has an address.

The chain is in `table inet filter`, as Debian has it, and is reached by a `jump` that the reader
writes: loading the file opens nothing. No name can stand in nftables, so what the gateway reaches
by name is opened to any address at those ports, for the gateway alone; it refuses every other host.
What only clients reach by name is not opened, and stands in comments.
"""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from sigproxy.tools.firewall import PROXY, TO_GATEWAY, TO_PROXY, TO_TURN, Rule
from sigproxy.tools.firewall_formats.paper import (
    ALL_PORTS,
    Paper,
    as_comments,
    in_words,
    kind,
    known,
    network,
    ranges,
    shown,
)
from sigproxy.tools.firewall_media import INTO_TURN
from sigproxy.tools.firewall_needs import FROM_SERVICES, GATEWAY, MONITORING, USUAL

_TABLE = "inet filter"
_CHAIN = "sigproxy"
_VERSIONS = {"ip": 4, "ip6": 6}
# Who is a set of addresses, because rules are about this machine on either side.
_MACHINES = {GATEWAY: "gateway", PROXY: "proxy", "TURN server": "turn", MONITORING: "monitoring"}
_TO_GATEWAY = (TO_GATEWAY, FROM_SERVICES)
_TO_TURN = (TO_TURN, INTO_TURN)
_UNQUOTABLE = re.compile(r'[^ -~]|["\\]')
_LONGEST_COMMENT = 120  # bytes; nft takes 127
_HEAD = """\
# Made by sigproxy {version} for {names}.
#
# Loading this file opens nothing: it makes a chain, which your own chain for forwarded packets
# (or for input and output, on the gateway's machine) has to call, after its line for established
# connections:
#     ct state established,related accept
#     jump {chain}
"""
_EMPTY = """\
#
# These sets are empty, since nothing here says the addresses, and their rules match nothing until
# you fill them; --address fills the gateway's:
"""
_NAMES = """\
#
# Names cannot stand in nftables. The gateway, or its proxy, may connect to any address at the ports
# of these names; the gateway itself refuses every other host:
"""
_NOT_OPENED = """\
#
# Not opened here, since no address is known, or since you have to choose. Add what you need:
"""


@dataclass(frozen=True, slots=True)
class _Set:
    """A named set of addresses, of which nftables wants one for each family."""

    name: str
    elements: tuple[str, ...]
    known: tuple[str, ...]  # how, of those that are not the reader's


def text(paper: Paper) -> str:
    carried = [rule for rule in paper.rules if _is_carried(rule)]
    sets = _sets(paper, carried)
    lines = [
        *_comments(paper, carried, sets),
        "",
        f"table {_TABLE} {{",
        *(f"\tset {each.name} {{ {_type(each)}; flags interval; auto-merge; }}" for each in sets),
        f"\tchain {_CHAIN} {{ }}",
        "}",
        f"flush chain {_TABLE} {_CHAIN}",
        *(f"flush set {_TABLE} {each.name}" for each in sets),
        *(line for each in sets for line in _filled(each)),
        f"table {_TABLE} {{",
        f"\tchain {_CHAIN} {{",
        *(f"\t\t{line}" for line in _lines(carried, {each.name for each in sets})),
        "\t}",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _filled(each: _Set) -> Iterator[str]:
    if each.elements:
        yield from as_comments(each.known)
        yield f"add element {_TABLE} {each.name} {{ {', '.join(each.elements)} }}"


def _is_carried(rule: Rule) -> bool:
    """Return whether *rule* can be matched: by its destination, or, if that is a name, by who
    connects."""
    if rule.known_from == USUAL:
        return False
    if _of_destination(rule):
        return True
    return rule.source in _MACHINES and kind(rule.destination) != "words"


def _sets(paper: Paper, rules: Sequence[Rule]) -> list[_Set]:
    found = dict.fromkeys(each for rule in rules for each in _set_names(rule))
    elements: dict[str, list[str]] = {name: [] for name in found}
    elements["gateway"] = [*paper.addresses, *(name for name in paper.names if network(name))]
    reasons: dict[str, list[str]] = {name: [] for name in found}
    for rule in rules:
        if kind(rule.destination) == "network":
            elements[_of_destination(rule)].append(rule.destination)
            reasons[_of_destination(rule)].append(known(rule))
    return [
        _Set(
            f"{_CHAIN}_{name}_v{version}",
            _of_version(elements[name], version),
            tuple(dict.fromkeys(reasons[name])),
        )
        for name in found
        for version in _VERSIONS.values()
        if name in _MACHINES.values() or _of_version(elements[name], version)
    ]


def _of_version(elements: Iterable[str], version: int) -> tuple[str, ...]:
    networks = ((each, network(each)) for each in dict.fromkeys(elements))
    return tuple(text for text, each in networks if each is not None and each.version == version)


def _set_names(rule: Rule) -> Iterator[str]:
    if rule.source in _MACHINES:
        yield _MACHINES[rule.source]
    if destination := _of_destination(rule):
        yield destination


def _of_destination(rule: Rule) -> str:
    """Return the name of the set that *rule* goes to; "": to any address.

    Of addresses the name says protocol and ports too, so that no rule reaches those of another.
    """
    if rule.direction in _TO_TURN:
        return "turn"
    if rule.direction == TO_PROXY:
        return "proxy"
    if kind(rule.destination) == "network":
        what = rule.preset or rule.purpose.split()[0]
        words = f"{rule.direction.split()[-1]} {what} {rule.protocol.partition('/')[0]} {rule.port}"
        return "_".join(re.findall(r"[a-z0-9]+", words.lower()))  # all that a name may have
    return "gateway" if rule.direction in _TO_GATEWAY else ""


def _type(each: _Set) -> str:
    return f"type ipv{each.name[-1]}_addr"


def _lines(rules: Iterable[Rule], sets: Set[str]) -> Iterator[str]:
    """Yield a line for each match, with what it is for: of several rules if names differ alone."""
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        for family, version in _VERSIONS.items():
            source, destination = (
                _source(rule, family, version),
                _destination(rule, family, version),
            )
            name = destination.partition("@")[2]
            if source is not None and (not name or name in sets):
                match = " ".join(filter(None, (source, destination, _port(rule))))
                found.setdefault(match, []).append(rule)
    for match, group in found.items():
        yield f"{match} accept {_comment(group)}"


def _source(rule: Rule, family: str, version: int) -> str | None:
    """Return the match; "": anybody; None: nobody of this family."""
    if rule.source in _MACHINES:
        return f"{family} saddr @{_CHAIN}_{_MACHINES[rule.source]}_v{version}"
    found = network(rule.source)
    if found is None:
        return ""
    return f"{family} saddr {found}" if found.version == version else None


def _destination(rule: Rule, family: str, version: int) -> str:
    name = _of_destination(rule)
    return f"{family} daddr @{_CHAIN}_{name}_v{version}" if name else ""


def _port(rule: Rule) -> str:
    protocol = rule.protocol.partition("/")[0].lower()
    ports = ranges(rule.port)
    if ports == ALL_PORTS:
        return f"meta l4proto {protocol}"
    return f"{protocol} dport {{ {', '.join(shown(ports))} }}"


def _comment(rules: Sequence[Rule]) -> str:
    labels = [label for rule in rules for label in rule.preset.split(", ") if label]
    words = ", ".join(dict.fromkeys(labels or [rule.purpose for rule in rules]))
    return f'comment "{_UNQUOTABLE.sub("", words)[:_LONGEST_COMMENT]}"'


def _comments(paper: Paper, carried: Sequence[Rule], sets: Sequence[_Set]) -> Iterator[str]:
    names = ", ".join(paper.names)
    yield from _HEAD.format(version=paper.version, names=names, chain=_CHAIN).splitlines()
    filled = {each.name[:-1] for each in sets if each.elements}  # without the version
    if empty := [each.name for each in sets if each.name[:-1] not in filled]:
        yield from _EMPTY.splitlines()
        yield from as_comments(empty)
    by_name = [rule for rule in carried if not _of_destination(rule)]
    if by_name:
        yield from _NAMES.splitlines()
        yield from as_comments(in_words(by_name))
    if left := [rule for rule in paper.rules if rule not in carried]:
        yield from _NOT_OPENED.splitlines()
        yield from as_comments(in_words(left))
