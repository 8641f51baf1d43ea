"""What every format prints: the rules, and what holds beside them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from textwrap import wrap
from typing import Literal

from sigproxy.policies.targets import Pattern
from sigproxy.presets import Preset
from sigproxy.semantics.authority import Authority
from sigproxy.tools.firewall import FROM_GATEWAY, PLACEHOLDER, TO_TURN, Rule

WIDTH = 100  # columns, where no table needs more
ALL_PORTS = ((1, 65535),)
# A host, a pattern of names below one, addresses, everything, or a description for people.
Kind = Literal["name", "wildcard", "network", "any", "words"]

MEDIA = (
    "Media (audio, video, screen sharing) goes from the clients to the vendor, or to a TURN server "
    "of your own, mostly over UDP, and needs its own rules."
)
MEDIA_BY_TURN = (
    "Media (audio, video, screen sharing) of SDKs that are given the TURN server goes by it alone "
    "where its rules are the only open ones. That of other SDKs goes as each vendor has it."
)
WILDCARDS = (
    "`*.` means every name below. A firewall without wildcards has to allow the gateway to connect "
    "to these ports at any address; the gateway itself refuses every other host."
)
_NAME = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\Z")
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")


@dataclass(frozen=True, slots=True)
class Paper:
    """*addresses*: the gateway's own, as far as somebody named them; *version*: sigproxy's.

    *is_of_media*: the rules are those for media alone.
    """

    rules: tuple[Rule, ...]
    vendors: tuple[Preset, ...]  # for the remarks about media
    gateways: tuple[Authority, ...]
    addresses: tuple[str, ...]
    version: str
    is_of_media: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name.host for name in self.gateways or (PLACEHOLDER,))


def kind(destination: str) -> Kind:
    if destination == "any":
        return "any"
    if destination.startswith("*"):
        return "wildcard"
    if network(destination) is not None:
        return "network"
    return "name" if _NAME.match(destination) else "words"


def network(destination: str) -> IPv4Network | IPv6Network | None:
    """Return the network or address that *destination* is; None: it is no such thing."""
    try:
        return ip_network(destination)
    except ValueError:
        return None


def is_open(destination: str) -> bool:
    """Return whether strangers can have what matches: "*.com", "any", "0.0.0.0/0"."""
    found = kind(destination)
    if found in ("name", "words"):
        return False
    text = f"[{destination}]" if ":" in destination else destination
    is_pattern = found == "wildcard" or "/" in text
    return found == "any" or (is_pattern and Pattern.parse(text).is_open)


def ranges(port: str) -> tuple[tuple[int, int], ...]:
    """Return the first and the last port of each range that *port* names, merged and in order.

    >>> ranges("3478, better 1025-65535")
    ((1025, 65535),)
    """
    if port == "any":
        return ALL_PORTS
    found = sorted((int(low), int(high or low)) for low, high in _RANGE.findall(port))
    merged = found[:1]
    for low, high in found[1:]:
        if low <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(high, merged[-1][1])
        else:
            merged.append((low, high))
    return tuple(merged)


def shown(ports: Sequence[tuple[int, int]]) -> list[str]:
    return [f"{low}" if low == high else f"{low}-{high}" for low, high in ports]


def remarks(rules: Sequence[Rule]) -> list[str]:
    """Return what holds beside *rules*, each wrapped: on wildcards if there are any; on media."""
    outbound = [rule for rule in rules if rule.direction == FROM_GATEWAY]
    wildcard = any(rule.destination.startswith("*") for rule in outbound)
    media = MEDIA_BY_TURN if any(rule.direction == TO_TURN for rule in rules) else MEDIA
    return ["\n".join(wrap(text, WIDTH)) for text in (WILDCARDS, media)[not wildcard :]]


def by_vendor(vendors: Iterable[Preset]) -> list[str]:
    """Return how the media of each of *vendors* goes: items of a list, wrapped."""
    items = (f"- {vendor.title}: {vendor.media}" for vendor in vendors)
    return ["\n".join(wrap(item, WIDTH, subsequent_indent="  ")) for item in items]


def known(rule: Rule) -> str:
    """Return the preset or purpose of *rule*, how it is known, and since when."""
    return ", ".join(filter(None, (rule.preset or rule.purpose, rule.known_from, rule.as_of)))


def in_words(rules: Iterable[Rule]) -> list[str]:
    """Return *rules* for people, where a format cannot carry them: a line for each, those in one
    that differ by nothing but the destination."""
    groups: dict[Rule, list[str]] = {}
    for rule in rules:
        groups.setdefault(replace(rule, destination=""), []).append(rule.destination)
    return [
        f"{rule.source} -> {', '.join(destinations)}: {rule.protocol} {rule.port} ({known(rule)})"
        for rule, destinations in groups.items()
    ]


def as_comments(lines: Iterable[str]) -> Iterator[str]:
    """Yield *lines* as comments with "#", wrapped."""
    for line in lines:
        yield from wrap(
            *(line, WIDTH),
            initial_indent="#     ",
            subsequent_indent="#       ",
            break_on_hyphens=False,
        )
