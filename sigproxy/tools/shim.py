"""The page shim for an app: the tag that loads it, and the script for the app's own bundle."""

from collections.abc import Iterable
from importlib import resources
from string import Template

from sigproxy.assembly.shim import build_shim
from sigproxy.assembly.turn import build_turn
from sigproxy.config import RouteSettings, Settings
from sigproxy.policies.targets import Pattern
from sigproxy.semantics.authority import Authority
from sigproxy.shim import script
from sigproxy.shim.source import source
from sigproxy.tools.snippet import ice_of

PLACES = ("replace", "before")

_SECRET = "<!-- This URL has an access key: everybody who can open the page can read it. -->\n"
_NO_TURN = (
    "Media: with `[turn]` in the gateway's configuration, `data-turn` in the tag puts the\n"
    "gateway's ICE servers into the calls.\n"
)


class NoShim(Exception):
    """There is no such script: why, and what to do."""


def choose(settings: Settings, prefix: str | None) -> RouteSettings:
    """Return the route with *prefix*, or the only one that serves the shim; raise NoShim."""
    routes = _serving(settings)
    prefixes = _list(route.prefix for route in routes)
    if prefix is None and len(routes) > 1:
        raise NoShim(f"several routes serve the page shim; choose one with --route: {prefixes}")
    found = [route for route in routes if prefix is None or route.prefix == prefix]
    if not found:
        raise NoShim(f"no route {prefix} serves the page shim; these do: {prefixes}")
    return found[0]


def _serving(settings: Settings) -> list[RouteSettings]:
    routes = [route for route in settings.route if route.serves_shim]
    if not routes:
        raise NoShim(
            'no route serves the page shim; one with dialect = "path" does, unless it has '
            "shim = false"
        )
    return routes


def bundle(
    settings: Settings,
    route: RouteSettings,
    gateway: Authority,
    *,
    is_module: bool,
    place: str | None,
    mode: str | None,
) -> str:
    """Return the script with the gateway's name, prefix and first key filled in; raise NoShim.

    *place*, one of PLACES: where the gateway's ICE servers go in calls; None: they stay out.
    """
    turn = None if place is None else script.Turn(_ice(settings, gateway, mode), place)
    hosts = map(Pattern.parse, route.patterns)
    return script.bundled(source(), hosts, _base(route, gateway), turn, is_module=is_module)


def _ice(settings: Settings, gateway: Authority, mode: str | None) -> str:
    if settings.turn is None:
        raise NoShim("there is no [turn], so there are no ICE servers to put into calls; add it")
    modes = build_turn(settings.turn).modes
    if mode is not None and mode not in modes:
        raise NoShim(f"[turn] does not offer the mode {mode}, but {_list(modes)}")
    query = "sdk=webrtc" + (f"&mode={mode}" if mode else "")
    return f"https://{gateway}{ice_of(settings).path}?{query}"


def lines_for(settings: Settings, gateway: Authority, *, is_known: bool) -> str:
    """Return the lines for the page, as Markdown; raise NoShim.

    *is_known* False: there is no configuration, so the script's hash is not known either.
    """
    routes = _serving(settings)
    template = resources.files("sigproxy.tools").joinpath("snippets", "shim.txt")
    return Template(template.read_text("utf-8")).substitute(
        gateway=gateway,
        tags="\n".join(_tag(settings, route, gateway, is_known=is_known) for route in routes),
        secret=_SECRET if any(route.keys for route in routes) else "",
        media=_media(settings),
    )


def _tag(settings: Settings, route: RouteSettings, gateway: Authority, *, is_known: bool) -> str:
    attributes = [f'<script src="{_base(route, gateway)}{script.PATH.decode()}"']
    if is_known:
        shim = build_shim(settings, route)
        attributes.append(f'integrity="{shim.integrity}"')
        attributes.append('crossorigin="anonymous"')
    return "\n        ".join(attributes) + "></script>"


def _media(settings: Settings) -> str:
    if settings.turn is None:
        return _NO_TURN
    attributes = "data-turn"
    if settings.turn.keys:
        attributes += f' data-key="{settings.turn.keys[0]}"'
    modes = _list(build_turn(settings.turn).modes)
    return (
        f"Media: `{attributes}` in the tag puts the gateway's ICE servers in the place of the\n"
        'SDK\'s, `data-turn="before"` before them. `data-mode` may be one of '
        f"{modes}.\n"
    )


def _base(route: RouteSettings, gateway: Authority) -> str:
    key = f"/{route.keys[0]}" if route.keys else ""
    return f"https://{gateway}{route.prefix.rstrip('/')}{key}"


def _list(items: Iterable[str]) -> str:
    return ", ".join(items)
