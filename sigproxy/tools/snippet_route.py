"""Which route serves a vendor's SDK, why another one does not, and one that would."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count

from sigproxy.config import RouteSettings, Settings
from sigproxy.dialects.fixed import FixedDialect
from sigproxy.dialects.host import HostDialect
from sigproxy.policies.targets import Pattern, TargetPolicy
from sigproxy.presets import PRESETS
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target
from sigproxy.tools.vendors import Vendor


@dataclass(frozen=True, slots=True)
class Mount:
    """The SDK's path at the gateway: `path` is "", or prefix and key, "/acs/<key>".

    `prefix` is the route's, as in the configuration. `names_host`: the vendor's host follows in
    the SDK's URL; False on a fixed route. `domain`: below which the gateway has names for the
    vendor's, on a route with the host dialect; "" on others.
    """

    prefix: str
    path: str
    keyed: bool = False
    names_host: bool = True
    presets: tuple[str, ...] = ()  # of the route that was found; empty: there is no configuration
    domain: str = ""
    has_shim: bool = True  # whether the route serves /-/shim.js


def suggested(vendor: Vendor, gateway: Authority) -> Mount:
    """Return the mount of the route that `toml` writes if there is no other route."""
    domain = gateway.host if vendor.hosts else ""
    prefix, has_shim = vendor.prefix, vendor.dialect == "path"
    return Mount(prefix, prefix.rstrip("/"), domain=domain, has_shim=has_shim)


def find(settings: Settings, vendor: Vendor) -> Mount | None:
    """Return where *vendor* is served, by the most specific of several routes; None: nowhere."""
    routes = [route for route in settings.route if _misfit(route, vendor) is None]
    if not routes:
        return None
    # False sorts before True.
    best = min(
        routes,
        key=lambda route: (
            route.prefix != vendor.prefix if vendor.prefix != "/" else False,
            route.dialect != "fixed",
            not set(route.presets) & set(vendor.presets),
            any(Pattern.parse(text).is_open for text in route.patterns),
        ),
    )
    path = best.prefix.rstrip("/")
    if best.keys:
        path += f"/{best.keys[0]}"
    return Mount(
        best.prefix,
        path,
        bool(best.keys),
        best.dialect != "fixed",
        best.presets or vendor.presets[:1],
        _domain(best),
        best.serves_shim,
    )


def misfits(settings: Settings, vendor: Vendor) -> Iterator[str]:
    """Yield the reason for each route that does not serve *vendor*."""
    for route in settings.route:
        if reason := _misfit(route, vendor):
            yield f"route {route.host or route.prefix}: {reason}"


def _misfit(route: RouteSettings, vendor: Vendor) -> str | None:
    """Return why *route* does not serve *vendor*; None if it does."""
    if route.dialect == "fixed" and vendor.fixed:
        return _fixed_misfit(route, vendor)
    if route.dialect != vendor.dialect:
        return f'its dialect is "{route.dialect}", and this SDK needs "{vendor.dialect}"'
    if vendor.hosts:
        return _host_misfit(route, vendor)
    policy = TargetPolicy(tuple(map(Pattern.parse, route.patterns)))
    unreached = [
        [host for host in PRESETS[name].essential if not policy.admits(_authority(host))]
        for name in vendor.presets
    ]
    if all(unreached):
        return f"it does not reach {', '.join(unreached[0])}"
    return None


def _fixed_misfit(route: RouteSettings, vendor: Vendor) -> str | None:
    dialect = FixedDialect.parse(route.upstream or "", route.keep_path)
    if not Pattern.parse(vendor.fixed).covers(dialect.authority):
        return f"its upstream is {dialect.authority}, not {vendor.fixed}"
    if not route.keep_path:
        return f"keep_path = false drops {vendor.below}"
    return None


def _host_misfit(route: RouteSettings, vendor: Vendor) -> str | None:
    """Return what the SDK needs of names, and *route* lacks; None if it lacks nothing."""
    has = HostDialect.of(_domain(route), route.hosts)
    needed = HostDialect.of(_domain(route), vendor.hosts)
    for name in vendor.presets:
        for host in PRESETS[name].essential:
            target = Target(_authority(host), b"/")
            if has.expose(target) != needed.expose(target):
                return f"its hosts do not have all of {_table(vendor)}"
    return None


def _domain(route: RouteSettings) -> str:
    return (route.host or "").removeprefix("*.")


def toml(
    settings: Settings, vendor: Vendor, gateway: Authority, origins: Sequence[str] = ()
) -> str:
    """Return a route for *vendor*, at a prefix or a domain that no route of *settings* has.

    *origins*: of the pages that may call; without any, an example stands there.
    """
    lines = ["[[route]]"]
    if vendor.hosts:
        lines += ['dialect = "host"', f'host = "*.{_free_domain(settings, vendor, gateway)}"']
        lines.append(f"hosts = {_table(vendor)}")
    else:
        lines.append(f'prefix = "{_free_prefix(settings, vendor)}"')
        if vendor.dialect != "path":
            lines.append(f'dialect = "{vendor.dialect}"')
        lines.append(f"presets = {json.dumps([vendor.presets[0], *vendor.also])}")
    if origins:
        lines.append(f"allowed_origins = {json.dumps(list(origins))}")
    else:
        lines.append('allowed_origins = ["https://app.example.com"]  # your pages')
    if not vendor.hosts and any(route.keys for route in settings.route):
        lines.append("# keys = [...], or keys_file: your other routes have access keys")
    return "\n".join(lines)


def _table(vendor: Vendor) -> str:
    pairs = (f'"{own}" = "{theirs}"' for own, theirs in vendor.hosts.items())
    return f"{{ {', '.join(pairs)} }}"


def _free_prefix(settings: Settings, vendor: Vendor) -> str:
    taken = {route.prefix for route in settings.route if route.host is None}
    numbered = (f"/{vendor.name}-{number}" for number in count(2))
    return next(
        each for each in chain((vendor.prefix, f"/{vendor.name}"), numbered) if each not in taken
    )


def _free_domain(settings: Settings, vendor: Vendor, gateway: Authority) -> str:
    """Return the gateway's name, or one beside it, that no other route has names below.

    Beside "gateway.com" is somebody else's domain: then it is an example's name.
    """
    taken = [f".{_domain(route)}" for route in settings.route if route.host]
    label, _, parent = gateway.host.partition(".")
    beside = gateway.host if "." in parent else f"{label}.example"
    names = (f"{vendor.name}-{number}-{beside}" for number in count(2))
    free = (
        each
        for each in chain((gateway.host, f"{vendor.name}-{beside}"), names)
        if not any(f".{each}".endswith(other) or other.endswith(f".{each}") for other in taken)
    )
    return next(free)


def _authority(text: str) -> Authority:
    return Authority.parse(text.encode())
