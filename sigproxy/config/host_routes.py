"""Check the routes that are for hosts of ours, with the host dialect."""

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import TYPE_CHECKING

from sigproxy.config import host_values
from sigproxy.config.masking import quoted
from sigproxy.config.problem import Finding, Loc
from sigproxy.config.suffixes import has_strangers
from sigproxy.dialects.host import SAME
from sigproxy.policies.targets import Pattern
from sigproxy.semantics.authority import Authority

if TYPE_CHECKING:
    from sigproxy.config.model import RouteSettings, Settings

_NOT_WITH_IT = {
    "upstream": "the hosts dialled are those in hosts",
    "prefix": "all paths of its hosts are the vendor's",
    "keys": "the path has no place for a key; let allowed_origins say who may call",
    "keys_file": "the path has no place for a key; let allowed_origins say who may call",
}


def findings(routes: Sequence["RouteSettings"]) -> Iterator[Finding]:
    for index, route in enumerate(routes):
        if route.dialect == "host":
            yield from _what_it_needs(index, route)
            yield from _what_it_has_not(index, route)
            yield from _pairs(index, route)
            yield from _loops(index, route, [each.host for each in routes if each.host])
        else:
            yield from _of_another_dialect(index, route)
    for (outer, route), (inner, other) in permutations(enumerate(routes), 2):
        if route.host and other.host and _is_within(other.host, route.host):
            if other.host == route.host and inner < outer:
                continue  # once is enough
            yield Finding(
                (_loc(inner, "host"), _loc(outer, "host")),
                f"{quoted(other.host)} would get none of its requests, or not all: route[{outer}] "
                f"is for {quoted(route.host)}",
                "give each a domain that is not below the other's, or merge the two",
            )


def remarks(settings: "Settings") -> Iterator[str]:
    """Yield what is probably a mistake, though it may be intended."""
    for index, route in enumerate(settings.route):
        for theirs in route.hosts.values():
            if SAME in theirs and has_strangers(Pattern.parse(host_values.pattern(theirs)).host):
                yield (
                    f"route[{index}].hosts: {theirs} covers strangers' hosts, since anybody can "
                    "register a name there; name the vendor's domain"
                )
    if all(route.host for route in settings.route):
        return
    for name in settings.server.public_names:
        host = Authority.parse(name.encode()).host
        for index, route in enumerate(settings.route):
            domain = (route.host or "*").removeprefix("*")
            if domain and host.endswith(domain) and host.removesuffix(domain) not in route.hosts:
                yield (
                    f"server.public_names: all requests to {name} are for route[{index}], whose "
                    f"host is {route.host}, and none for a route with a prefix; give that route a "
                    "domain which is not above the gateway's name"
                )


def _is_within(inner: str, outer: str) -> bool:
    return inner == outer or inner.endswith(outer.removeprefix("*"))


def _what_it_needs(index: int, route: "RouteSettings") -> Iterator[Finding]:
    if route.host is None:
        yield Finding(
            (_loc(index, "host"), _loc(index, "dialect")),
            "the host dialect needs to know which hosts are the gateway's",
            'add host = "*.gateway.example" to the route',
        )
    if not route.hosts:
        yield Finding(
            (_loc(index, "hosts"), _loc(index, "dialect")),
            "the host dialect needs the vendor's hosts",
            'add hosts = { "api" = "api.vendor.example" } to the route',
        )


def _what_it_has_not(index: int, route: "RouteSettings") -> Iterator[Finding]:
    for key, why in _NOT_WITH_IT.items():
        default = type(route).model_fields[key].default
        if getattr(route, key) != default:
            yield Finding(
                (_loc(index, key), _loc(index, "dialect")),
                f"the host dialect has no {key}: {why}",
                f"remove {key}, or choose another dialect",
            )


def _pairs(index: int, route: "RouteSettings") -> Iterator[Finding]:
    domain = (route.host or "").removeprefix("*")
    for own, theirs in route.hosts.items():
        if domain and f".{own}".endswith(domain):
            yield Finding(
                (_loc(index, "hosts"), _loc(index, "host")),
                f"{quoted(own)} has the domain in it, and would be {own}{domain}",
                'write only what stands in front of the domain, as "api"',
            )
        if host_values.has_any(own) != (SAME in theirs):
            yield Finding(
                (_loc(index, "hosts"),),
                f'{quoted(own)} stands for {quoted(theirs)}, and "*" and "{{}}" belong together',
                'write both, as in "*.edge" = "{}.edge.vendor.example", or neither',
            )


def _loops(index: int, route: "RouteSettings", owns: Sequence[str]) -> Iterator[Finding]:
    """Yield those of the vendor's hosts that are the gateway's, which would ask itself."""
    for own, theirs in route.hosts.items():
        host = Authority.parse(theirs.replace(SAME, "x").encode()).host
        if any(host.endswith(each.removeprefix("*")) for each in owns):
            yield Finding(
                (_loc(index, "hosts"),),
                f"{quoted(own)} stands for {quoted(theirs)}, which is a host of the gateway itself",
                "write the vendor's host",
            )


def _of_another_dialect(index: int, route: "RouteSettings") -> Iterator[Finding]:
    for key in ("host", "hosts"):
        if getattr(route, key):
            yield Finding(
                (_loc(index, key), _loc(index, "dialect")),
                f"the {route.dialect} dialect serves every host of the gateway",
                f'remove {key}, or set dialect = "host"',
            )


def _loc(index: int, key: str) -> Loc:
    return ("route", index, key)
