"""Check each route, and the routes together: no route may hide a part of another."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sigproxy.config import host_routes
from sigproxy.config.masking import quoted
from sigproxy.config.problem import Finding, Loc
from sigproxy.config.suffixes import has_strangers
from sigproxy.dialects.fixed import FixedDialect
from sigproxy.dialects.query import FORMS, PORTS
from sigproxy.policies.targets import Pattern
from sigproxy.presets import PRESETS

if TYPE_CHECKING:
    from sigproxy.config.model import RouteSettings


# The paths of the SDK's HTTPS requests, below its proxyUrl.
WATCHRTC_PATHS = ("trace", "error", "get-qualityrtc-config")


def findings(routes: Sequence["RouteSettings"]) -> Iterator[Finding]:
    yield from _same_prefix_twice(routes)
    yield from host_routes.findings(routes)
    for index, route in enumerate(routes):
        yield from _fixed_and_its_upstream(index, route)
        yield from _same_key_twice(index, route)
        yield from _ports_outside_the_form(index, route)
        yield from _cookies_in_the_query_form(index, route)
        yield from _shim_without_the_path_form(index, route)
        for inner, other in enumerate(routes):
            if other is not route and route.host is None and other.host is None:
                yield from _shadowed(index, route, inner, other)


def repeated(items: Sequence[str]) -> list[tuple[int, str]]:
    """Return the index and value of each item that is a repetition."""
    return [(index, item) for index, item in enumerate(items) if items.index(item) < index]


def _same_prefix_twice(routes: Sequence["RouteSettings"]) -> Iterator[Finding]:
    # A route by host has no prefix; what stands in place of one is none other's.
    prefixes = [route.prefix if route.host is None else str(i) for i, route in enumerate(routes)]
    for index, prefix in repeated(prefixes):
        first = prefixes.index(prefix)
        yield Finding(
            (_loc(index, "prefix"), _loc(first, "prefix")),
            f"{quoted(prefix)} is already the prefix of route[{first}]",
            "give one of them another prefix, or merge the two",
        )


def _fixed_and_its_upstream(index: int, route: "RouteSettings") -> Iterator[Finding]:
    if route.dialect == "fixed" and route.upstream is None:
        yield Finding(
            (_loc(index, "upstream"), _loc(index, "dialect")),
            "the fixed dialect needs an upstream",
            'add upstream = "https://..." to the route',
        )
    if route.dialect not in ("fixed", "host") and route.upstream is not None:
        yield Finding(
            (_loc(index, "upstream"),),
            f"the {route.dialect} dialect takes its upstream from the request",
            'remove upstream, or set dialect = "fixed"',
            basis=(_loc(index, "dialect"),),
        )
    if route.dialect != "fixed" and not route.keep_path:
        yield Finding(
            (_loc(index, "keep_path"),),
            f"the {route.dialect} dialect has no path to drop",
            'remove keep_path, or set dialect = "fixed"',
            basis=(_loc(index, "dialect"),),
        )


def _same_key_twice(index: int, route: "RouteSettings") -> Iterator[Finding]:
    places = [place for place, _ in repeated(route.keys)]
    if places:
        yield Finding(
            (_loc(index, "keys"), _loc(index, "keys_file")),
            f"one key is listed twice (number {places[0] + 1}, those of keys_file last)",
            "remove one",
        )


def _ports_outside_the_form(index: int, route: "RouteSettings") -> Iterator[Finding]:
    if route.dialect != "query":
        return
    for text in route.targets or ():
        pattern = Pattern.parse(text)
        if not any(pattern.low <= high and low <= pattern.high for low, high in PORTS):
            yield Finding(
                (_loc(index, "targets"),),
                f"{quoted(text)} has none of the ports that the query dialect takes",
                "use 443, 4000-5000, 5668 or 6443, which are Agora's",
            )


def _cookies_in_the_query_form(index: int, route: "RouteSettings") -> Iterator[Finding]:
    chosen = "cookies" in route.model_fields_set and route.cookies != "none"
    if route.dialect == "query" and chosen:
        yield Finding(
            (_loc(index, "cookies"), _loc(index, "dialect")),
            f"{route.cookies!r} is impossible: with the query dialect, all vendors have the same "
            "paths, so no cookies are forwarded",
            'remove cookies, or set cookies = "none"',
        )


def _shim_without_the_path_form(index: int, route: "RouteSettings") -> Iterator[Finding]:
    if route.shim and "shim" in route.model_fields_set and route.dialect != "path":
        yield Finding(
            (_loc(index, "shim"), _loc(index, "dialect")),
            f"the page shim needs the path dialect, and this route has the {route.dialect} dialect",
            'remove shim, or set dialect = "path"',
        )


def _shadowed(
    index: int, route: "RouteSettings", inner: int, other: "RouteSettings"
) -> Iterator[Finding]:
    """Find requests of *route* that *other*, with a longer prefix below it, would match instead."""
    below = route.prefix.rstrip("/") + "/"
    if not other.prefix.startswith(below) or other.prefix == "/":
        return
    first = other.prefix.removeprefix(below).partition("/")[0]
    if first in route.keys:
        yield Finding(
            (_loc(inner, "prefix"), _loc(index, "keys")),
            f"the prefix continues with one of the access keys of route[{index}], and would match "
            "all requests with that key",
            "choose another prefix, and another key: this one is no longer secret",
        )
    elif reason := _claim(route, first):
        yield Finding(
            (_loc(inner, "prefix"), _loc(index, "prefix")),
            f"{quoted(other.prefix)} would take from route[{index}] "
            f"(prefix {quoted(route.prefix)}) {reason}",
            "choose another prefix for one of them",
            basis=tuple(_loc(index, key) for key in ("dialect", "upstream", "keys", "keys_file")),
        )


def _claim(route: "RouteSettings", first: str) -> str | None:
    """Return what *first*, a segment right after its prefix, means to *route*; None if nothing."""
    if route.keys:
        return None
    if route.dialect == "query" and first.encode() in FORMS:
        return f"its form /{first}/"
    if route.dialect == "path" and ("." in first or ":" in first):
        return f"the target {quoted(first)}"
    if first in WATCHRTC_PATHS and _is_watchrtcs(route):
        return f"watchRTC's own /{first}"
    return None


def _is_watchrtcs(route: "RouteSettings") -> bool:
    if route.upstream is None:
        return False
    host = FixedDialect.parse(route.upstream).authority.host
    return host in PRESETS["watchrtc"].targets


def remarks(routes: Sequence["RouteSettings"]) -> Iterator[str]:
    """Yield what is probably a mistake, though it may be intended."""
    for index, route in enumerate(routes):
        for text in route.targets or ():
            if text.startswith("*.") and has_strangers(Pattern.parse(text).host):
                yield (
                    f"route[{index}].targets: {text} covers strangers' hosts, since anybody can "
                    "register a name there; name the vendor's domain"
                )
        for name in route.presets:
            preset = PRESETS[name]
            if route.dialect not in (preset.dialect, "fixed"):
                yield (
                    f"route[{index}].presets: the SDK of {name!r} uses the {preset.dialect} "
                    f"dialect, but this route has the {route.dialect} dialect"
                )


def _loc(index: int, key: str) -> Loc:
    return ("route", index, key)
