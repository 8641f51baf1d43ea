"""Build the network test from the settings: what there is to try, for whom."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sigproxy import __version__, ice_page
from sigproxy.assembly.callers import build_callers
from sigproxy.config import RouteSettings, Settings, host_values
from sigproxy.network import document
from sigproxy.network.page import Page
from sigproxy.network.plan import Plan, Probe, Sdk, tried
from sigproxy.policies.targets import Pattern
from sigproxy.presets import PRESETS
from sigproxy.routing import Route
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target

# The SDKs of a preset, as /-/ice knows them.
_SDKS = {
    "acs": ("acs-web", "acs-android", "acs-ios", "acs-windows"),
    "acs-gov": ("acs-web", "acs-android", "acs-ios", "acs-windows"),
    "agora": ("agora",),
    "vonage": ("vonage",),
    "daily": ("daily",),
    "trtc": ("trtc",),
    "nertc": ("nertc",),
    "zego": ("zego",),
    "livekit": ("livekit",),
    "twilio": ("twilio",),
}


def build_page(
    settings: Settings, routes: Sequence[Route], ice: ice_page.Page | None
) -> Page | None:
    """Return the network test's page; None if there is none. *ice*: that of [turn]."""
    if settings.network_test is None:
        return None
    turn = None if ice is None else tried(ice.turn)
    pairs = tuple(zip(settings.route, routes, strict=True))
    return Page(
        callers=build_callers(
            settings.network_test, "/-/network", "[network_test]", "the network test"
        ),
        document=document.load(),
        plan=Plan(
            version=__version__,
            probes=tuple(Probe(route, tuple(tried_of(each, route))) for each, route in pairs),
            sdks=tuple(_sdks(pairs)),
            turn=turn,
            modes=() if ice is None else ice.turn.modes,
        ),
        ice=None if ice is None or turn is None else replace(ice, turn=turn),
    )


def tried_of(settings: RouteSettings, route: Route) -> Iterator[Target]:
    """Yield what to ask of each host that the route names whole, or that every call needs."""
    if settings.upstream is not None:
        yield route.dialect.resolve(b"/")
        return  # to others only redirects lead
    texts = (*map(host_values.pattern, settings.hosts.values()), *(settings.targets or ()))
    named = [pattern for text in texts if (pattern := _whole(text))]
    needed = [Authority.parse(host.encode()) for name in settings.presets for host in _fixed(name)]
    for authority in dict.fromkeys((*named, *needed)):
        if route.targets.admits(authority):
            yield Target(authority, b"/")


def _whole(text: str) -> Authority | None:
    """Return the host and port that the target *text* stands for; None if there are several."""
    pattern = Pattern.parse(text)
    return Authority(pattern.host, pattern.low) if pattern.is_single else None


def _fixed(name: str) -> tuple[str, ...]:
    preset = PRESETS[name]
    return tuple(host for host in preset.essential if host not in preset.assigned)


def _sdks(pairs: Sequence[tuple[RouteSettings, Route]]) -> Iterator[Sdk]:
    """Yield each SDK once, with the first route that reaches its vendor."""
    seen: set[str] = set()
    for settings, route in pairs:
        if route.domain is not None:  # its SDKs are told a name, and no prefix
            continue
        for preset in settings.presets:
            for name in _SDKS.get(preset, ()):
                if name not in seen:
                    seen.add(name)
                    yield Sdk(name, route)
