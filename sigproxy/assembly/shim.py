"""Build the page shim of each route from the settings."""

from sigproxy.config import RouteSettings, Settings
from sigproxy.shim.script import Script
from sigproxy.shim.source import script_of


def build_shims(settings: Settings) -> tuple[Script | None, ...]:
    """Return the script of each route, None for one that serves none."""
    return tuple(
        build_shim(settings, route) if route.serves_shim else None for route in settings.route
    )


def build_shim(settings: Settings, route: RouteSettings) -> Script:
    has_ice = settings.turn is not None
    return script_of(route.prefix, route.patterns, is_keyed=bool(route.keys), has_ice=has_ice)
