"""Build the routes from the settings."""

from collections.abc import Callable
from dataclasses import replace

from sigproxy import own_pages
from sigproxy.assembly.shim import build_shims
from sigproxy.config import RouteSettings, Settings
from sigproxy.dialects.fixed import FixedDialect
from sigproxy.dialects.host import HostDialect
from sigproxy.dialects.path import PathDialect
from sigproxy.dialects.query import QueryDialect
from sigproxy.policies.cookies import CookiePolicy
from sigproxy.policies.cors import CorsPolicy
from sigproxy.policies.key_index import KeyIndex
from sigproxy.policies.keys import KeyPolicy
from sigproxy.policies.redirects import RedirectPolicy
from sigproxy.policies.targets import Pattern, TargetPolicy
from sigproxy.routing import Dialect, Route

DIALECTS: dict[str, Callable[[RouteSettings], Dialect]] = {
    "path": lambda route: PathDialect(),
    "query": lambda route: QueryDialect(),
    "fixed": lambda route: FixedDialect.parse(route.upstream or "", route.keep_path),
    "host": lambda route: HostDialect.of((route.host or "").removeprefix("*."), route.hosts),
}


def build_routes(settings: Settings) -> tuple[Route, ...]:
    keys = access_keys(settings)
    by_path = [route for route in settings.route if route.host is None]
    prefixes = [route.prefix.rstrip("/").encode() for route in by_path]
    routes = [_route(route, prefixes, keys) for route in settings.route]
    shims = build_shims(settings)
    return tuple(replace(route, shim=shim) for route, shim in zip(routes, shims, strict=True))


def access_keys(settings: Settings) -> KeyIndex:
    """Return the keys of all routes, and of own pages: what is never to be shown."""
    tables = (*settings.route, settings.turn, settings.network_test)
    return KeyIndex(key for table in tables if table is not None for key in table.keys)


def _route(settings: RouteSettings, prefixes: list[bytes], every_key: KeyIndex) -> Route:
    prefix = settings.prefix.rstrip("/").encode()
    domain = None if settings.host is None else settings.host.removeprefix("*.")
    below = [each for each in prefixes if domain is None and each.startswith(prefix + b"/")]
    dialect = DIALECTS[settings.dialect](settings)
    return Route(
        prefix=prefix,
        dialect=dialect,
        targets=TargetPolicy(tuple(map(Pattern.parse, settings.patterns))),
        cors=CorsPolicy(tuple(settings.allowed_origins)),
        redirects=RedirectPolicy(settings.redirects),
        cookies=CookiePolicy(
            settings.cookies,
            scoped=dialect.keeps_cookies_apart,
            shared=bool(below) and not dialect.host_in_path,
        ),
        keys=KeyPolicy.of(*settings.keys),
        inner=(*below, own_pages.PREFIX.rstrip(b"/")),
        access_keys=every_key,
        domain=domain,
    )
