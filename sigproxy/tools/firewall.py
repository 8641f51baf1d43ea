"""The connections that firewalls have to allow: to the gateway, and from it to the vendors.

    reach = from_routes(settings)  or  from_presets(("acs", "watchrtc"))
    rules = rules_for(gateways, reach)

Behind a forward proxy, ``firewall_proxy`` changes the rules. ``firewall_needs`` has what the
gateway needs besides vendors, ``firewall_media`` the rules for media, and ``firewall_formats``
prints them. No DNS query is made: hosts stay names and patterns, as in the gateway's own checks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sigproxy.config import Settings
from sigproxy.dialects.query import PORTS
from sigproxy.policies.targets import Pattern, TargetPolicy
from sigproxy.presets import PRESETS, Host, Preset
from sigproxy.semantics.authority import Authority

PLACEHOLDER = Authority("gateway.example")
TO_GATEWAY = "clients to gateway"
FROM_GATEWAY = "gateway to vendors"
TO_PROXY = "gateway to proxy"
FROM_PROXY = "proxy to vendors"
TO_TURN = "clients to TURN server"
PROXY = "proxy"
CONFIGURATION = "the configuration"
_KNOWN = {
    "wire": "requests recorded from {}",
    "code": "names in the code of {}",
    "docs": "the vendor's page: {}",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule for a firewall; the fields, in this order, are the columns of the CSV.

    `destination`: a host, pattern, address or network, "any", or words; `port`: a number, a range
    ("4000-4999"), several of them, or "any". `known_from` says how the row is known, and `as_of`
    when that was looked up: year-month-day, or "" if it is the operator's own choice.
    """

    direction: str
    source: str
    destination: str
    protocol: str
    port: str
    purpose: str
    preset: str
    known_from: str = CONFIGURATION
    as_of: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """A pattern, its purpose, and where it comes from: presets, or the route's prefix.

    `sources` are those of the presets' hosts (``presets.preset.Host``); none: the configuration's.
    """

    pattern: Pattern
    purpose: str
    asked_by: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    hosts: tuple[Reached, ...]
    vendors: tuple[Preset, ...]  # the vendors for the remarks about media
    domains: tuple[str, ...] = ()  # "*.gateway.example": names of ours, of routes by host


def from_presets(names: Iterable[str]) -> Reach:
    """Return the hosts of the presets *names*, keys of PRESETS."""
    vendors = tuple(PRESETS[name] for name in dict.fromkeys(names))
    hosts = [
        Reached(Pattern.parse(host.pattern), host.purpose, vendor.name, (host.source,))
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
            _reached(pattern, named, f"route {route.host or route.prefix}")
            for text in route.patterns
            for pattern in _usable(Pattern.parse(text), route.dialect)
        )
        policy = TargetPolicy(tuple(map(Pattern.parse, route.patterns)))
        vendors |= {vendor.name: vendor for vendor in (*named, *_served(policy))}
    served = tuple(each for each in PRESETS.values() if each.name in vendors)
    domains = tuple(route.host for route in settings.route if route.host)
    return Reach(_merged(hosts), served, domains)


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
    asked_by = ", ".join(preset.name for preset in named if _listed(pattern, preset)) or route
    if pattern.is_open:
        return Reached(pattern, "strangers' hosts too: list the vendor's instead", asked_by)
    known = filter(None, (_listed(pattern, preset) for preset in (*named, *PRESETS.values())))
    if (host := next(known, None)) is None:
        return Reached(pattern, "listed in the configuration", asked_by)
    return Reached(pattern, host.purpose, asked_by, (host.source,))


def _listed(pattern: Pattern, preset: Preset) -> Host | None:
    return next((host for host in preset.hosts if Pattern.parse(host.pattern) == pattern), None)


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
            tuple(dict.fromkeys(source for each in group for source in each.sources)),
        )
        for pattern, group in by_pattern.items()
    )


def rules_for(gateways: Sequence[Authority], reach: Reach) -> list[Rule]:
    """Return the rules, clients first; without *gateways*, the name is `gateway.example`."""
    served = ", ".join(vendor.name for vendor in reach.vendors)
    names = gateways or (PLACEHOLDER,)
    to = [(name.host, name.port, served) for name in names]
    # Names of routes by host are at the gateway's own ports.
    ports = dict.fromkeys(name.port for name in names)
    to += [(domain, port, f"route {domain}") for domain in reach.domains for port in ports]
    why = "signaling: HTTP/1.1 and WebSocket"
    inbound = [
        Rule(TO_GATEWAY, "clients", host, "TCP/TLS", str(port), why, asked_by)
        for host, port, asked_by in to
    ]
    return [*inbound, *map(_outbound, reach.hosts)]


def _outbound(host: Reached) -> Rule:
    known_from, as_of = _known(host.sources)
    return Rule(
        FROM_GATEWAY,
        "gateway",
        host_of(host.pattern),
        "TCP/TLS",
        ports_of(host.pattern),
        host.purpose,
        host.asked_by,
        known_from,
        as_of,
    )


def _known(sources: Sequence[str]) -> tuple[str, str]:
    """Return how *sources* say that a host is known, and the oldest of their dates.

    >>> _known(["wire 2026-11-21, sdk 2.0.0"])
    ('requests recorded from sdk 2.0.0', '2026-11-21')
    """
    if not sources:
        return CONFIGURATION, ""
    heads = [source.partition(", ") for source in sources]
    known = [_KNOWN[head.split()[0]].format(rest) for head, _, rest in heads]
    return "; ".join(known), min(head.split()[1] for head, _, _ in heads)


def host_of(pattern: Pattern) -> str:
    if not pattern.wildcard:
        return pattern.host
    return f"*.{pattern.host}" if pattern.host else "*"


def ports_of(pattern: Pattern) -> str:
    if (pattern.low, pattern.high) == (1, 65535):
        return "any"
    return f"{pattern.low}" if pattern.low == pattern.high else f"{pattern.low}-{pattern.high}"
