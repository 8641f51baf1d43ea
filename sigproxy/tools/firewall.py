"""The connections that firewalls have to allow: to the gateway, and from it to the vendors.

    reach = from_routes(settings)  or  from_presets(("acs", "watchrtc"))
    rules = rules_for(gateways, reach, settings.upstream.nameservers)
    text  = as_markdown(rules, reach.vendors)  or  as_csv(rules)

Behind a forward proxy, ``firewall_proxy`` changes the rules.

No DNS query is made: hosts stay names and patterns, as in the gateway's own checks.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from textwrap import wrap

from sigproxy.config import Settings
from sigproxy.dialects.query import PORTS
from sigproxy.policies.targets import Pattern, TargetPolicy
from sigproxy.presets import PRESETS, Preset
from sigproxy.semantics.authority import Authority

PLACEHOLDER = Authority("gateway.example")
TO_GATEWAY = "clients to gateway"
FROM_GATEWAY = "gateway to vendors"
TO_PROXY = "gateway to proxy"
FROM_PROXY = "proxy to vendors"
TO_TURN = "clients to TURN server"
WIDTH = 100  # columns, where no table needs more
_DNS_PORT = 53

MEDIA = (
    "Media (audio, video, screen sharing) goes from the clients to the vendor, or to a TURN server "
    "of your own, mostly over UDP, and needs its own rules."
)
MEDIA_BY_TURN = (
    "Media (audio, video, screen sharing) of SDKs that are given the TURN server goes by it alone "
    "where its rules are the only open ones. What an SDK does that is not:"
)
WILDCARDS = (
    "`*.` means every name below. A firewall without wildcards has to allow the gateway to connect "
    "to these ports at any address; the gateway itself refuses every other host."
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule for a firewall; the fields, in this order, are the columns of the CSV.

    `destination`: a host, pattern or address; `port`: a number, a range ("4000-4999") or "any".
    """

    direction: str
    source: str
    destination: str
    protocol: str
    port: str
    purpose: str
    preset: str


@dataclass(frozen=True, slots=True)
class Reached:
    """A pattern, its purpose, and where it comes from: presets, or the route's prefix."""

    pattern: Pattern
    purpose: str
    asked_by: str


@dataclass(frozen=True, slots=True)
class Reach:
    hosts: tuple[Reached, ...]
    vendors: tuple[Preset, ...]  # the vendors for the remarks about media


def from_presets(names: Iterable[str]) -> Reach:
    """Return the hosts of the presets *names*, keys of PRESETS."""
    vendors = tuple(PRESETS[name] for name in dict.fromkeys(names))
    hosts = [
        Reached(Pattern.parse(host.pattern), host.purpose, vendor.name)
        for vendor in vendors
        for host in vendor.hosts
    ]
    return Reach(_merged(hosts), vendors)


def from_routes(settings: Settings) -> Reach:
    """Return the hosts that the routes of *settings* allow, including presets and upstreams."""
    hosts: list[Reached] = []
    vendors: dict[str, Preset] = {}
    for route in settings.route:
        named = [PRESETS[name] for name in route.presets]
        hosts += (
            _reached(pattern, named, f"route {route.prefix}")
            for text in route.patterns
            for pattern in _usable(Pattern.parse(text), route.dialect)
        )
        policy = TargetPolicy(tuple(map(Pattern.parse, route.patterns)))
        vendors |= {vendor.name: vendor for vendor in (*named, *_served(policy))}
    return Reach(_merged(hosts), tuple(each for each in PRESETS.values() if each.name in vendors))


def _usable(pattern: Pattern, dialect: str) -> list[Pattern]:
    """Return *pattern*, limited to the ports that requests of *dialect* can name."""
    if dialect != "query":
        return [pattern]
    cut = [(max(pattern.low, low), min(pattern.high, high)) for low, high in PORTS]
    return [replace(pattern, low=low, high=high) for low, high in cut if low <= high]


def _served(policy: TargetPolicy) -> list[Preset]:
    return [
        preset
        for preset in PRESETS.values()
        if all(policy.admits(Authority.parse(host.encode())) for host in preset.essential)
    ]


def _reached(pattern: Pattern, named: Sequence[Preset], route: str) -> Reached:
    """Return *pattern* with its purpose from a preset; the route's own presets come first."""
    asked_by = [preset.name for preset in named if _purpose(pattern, preset)]
    known = filter(None, (_purpose(pattern, preset) for preset in (*named, *PRESETS.values())))
    if pattern.is_open:
        purpose = "strangers' hosts too: list the vendor's instead"
    else:
        purpose = next(known, "listed in the configuration")
    return Reached(pattern, purpose, ", ".join(asked_by) or route)


def _purpose(pattern: Pattern, preset: Preset) -> str | None:
    return next(
        (host.purpose for host in preset.hosts if Pattern.parse(host.pattern) == pattern), None
    )


def _merged(hosts: Iterable[Reached]) -> tuple[Reached, ...]:
    """Return one entry per pattern; the texts of several entries are joined."""
    by_pattern: dict[Pattern, list[Reached]] = {}
    for host in hosts:
        by_pattern.setdefault(host.pattern, []).append(host)
    return tuple(
        Reached(
            pattern,
            "; ".join(dict.fromkeys(each.purpose for each in group)),
            ", ".join(dict.fromkeys(each.asked_by for each in group)),
        )
        for pattern, group in by_pattern.items()
    )


def rules_for(
    gateways: Sequence[Authority], reach: Reach, nameservers: Sequence[str]
) -> list[Rule]:
    """Return the rules, clients first; without *gateways*, the name is `gateway.example`."""
    served = ", ".join(vendor.name for vendor in reach.vendors)
    inbound = [
        Rule(
            TO_GATEWAY,
            "clients",
            name.host,
            "TCP/TLS",
            str(name.port),
            "signaling: HTTP/1.1 and WebSocket",
            served,
        )
        for name in gateways or (PLACEHOLDER,)
    ]
    outbound = [
        Rule(
            FROM_GATEWAY,
            "gateway",
            host_of(host.pattern),
            "TCP/TLS",
            ports_of(host.pattern),
            host.purpose,
            host.asked_by,
        )
        for host in reach.hosts
    ]
    return [*inbound, *outbound, *_dns(nameservers)]


def _dns(nameservers: Sequence[str]) -> Iterator[Rule]:
    for server in nameservers or ("",):
        # "2001:db8::53" without brackets has no port; Authority needs the brackets.
        text = f"[{server}]" if server.count(":") > 1 and not server.startswith("[") else server
        address = Authority.parse(text.encode(), _DNS_PORT) if server else None
        for protocol in ("UDP", "TCP"):
            yield Rule(
                FROM_GATEWAY,
                "gateway",
                address.host if address else "the system's name servers",
                protocol,
                str(address.port if address else _DNS_PORT),
                "DNS: the vendors' addresses",
                "",
            )


def host_of(pattern: Pattern) -> str:
    if not pattern.wildcard:
        return pattern.host
    return f"*.{pattern.host}" if pattern.host else "*"


def ports_of(pattern: Pattern) -> str:
    if (pattern.low, pattern.high) == (1, 65535):
        return "any"
    return f"{pattern.low}" if pattern.low == pattern.high else f"{pattern.low}-{pattern.high}"


def remarks(rules: Iterable[Rule]) -> list[str]:
    """Return what holds beside *rules*, each wrapped: on wildcards if there are any; on media."""
    rules = list(rules)
    outbound = [rule for rule in rules if rule.direction == FROM_GATEWAY]
    wildcard = any(rule.destination.startswith("*") for rule in outbound)
    media = MEDIA_BY_TURN if any(rule.direction == TO_TURN for rule in rules) else MEDIA
    return ["\n".join(wrap(text, WIDTH)) for text in (WILDCARDS, media)[not wildcard :]]


def as_csv(rules: Iterable[Rule]) -> str:
    """Return CSV (RFC 4180): a line of names, then one line per rule, each with CRLF."""
    names = [field.name for field in fields(Rule)]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([getattr(rule, name) for name in names] for rule in rules)
    return text.getvalue()


def as_markdown(rules: Sequence[Rule], vendors: Sequence[Preset]) -> str:
    """Return two tables for signaling, those for media, and what does not pass the gateway."""
    outbound = [rule for rule in rules if rule.direction in (TO_PROXY, FROM_GATEWAY)]
    by_proxy = [rule for rule in rules if rule.direction == FROM_PROXY]
    lines = [
        "## Clients to the gateway",
        "",
        *_table(rule for rule in rules if rule.direction == TO_GATEWAY),
        "",
        "Signaling needs nothing else, and no connection to the clients.",
        "",
        "## The gateway to the vendors",
        "",
        *_table(outbound),
        "",
    ]
    if by_proxy:
        lines += ["## The proxy to the vendors", "", *_table(by_proxy), ""]
    *wildcards, media = remarks(rules)
    for remark in wildcards:
        lines += [remark, ""]
    for direction in dict.fromkeys(rule.direction for rule in rules):
        if direction not in (TO_GATEWAY, TO_PROXY, FROM_GATEWAY, FROM_PROXY):
            lines += [f"## Media: {direction}", ""]
            lines += [*_table(rule for rule in rules if rule.direction == direction), ""]
    lines += ["## What does not pass the gateway", "", media, ""]
    for vendor in vendors:
        lines += wrap(f"- {vendor.title}: {vendor.media}", WIDTH, subsequent_indent="  ")
    return "\n".join(lines).rstrip() + "\n"


def _table(rules: Iterable[Rule]) -> Iterator[str]:
    yield "| destination | protocol | port | for | why |"
    yield "|---|---|---|---|---|"
    for rule in rules:
        cells = (rule.destination, rule.protocol, rule.port, rule.preset, rule.purpose)
        yield "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(text: str) -> str:
    # In Markdown, "*" would begin emphasis, and "|" would end the cell.
    return f"`{text}`" if text.startswith("*") else text.replace("|", "\\|")
