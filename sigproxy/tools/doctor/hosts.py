"""Which of the vendors' hosts can be tried before any call: those whose names are known."""

from collections.abc import Iterator
from dataclasses import dataclass

from sigproxy.assembly.network import tried_of
from sigproxy.assembly.routes import build_routes
from sigproxy.config import RouteSettings, Settings
from sigproxy.policies.targets import Pattern
from sigproxy.presets import PRESETS
from sigproxy.semantics.target import Target


@dataclass(frozen=True, slots=True)
class Reach:
    """*targets*: what to ask. *untried*: patterns of which a call decides the hosts' names."""

    targets: tuple[Target, ...]
    untried: tuple[str, ...]


def reach(settings: Settings) -> Reach:
    """Return what the routes of *settings* reach, each once; the network test tries the same."""
    pairs = zip(settings.route, build_routes(settings), strict=True)
    targets = dict.fromkeys(target for pair in pairs for target in tried_of(*pair))
    untried = dict.fromkeys(text for route in settings.route for text in _untried(route))
    return Reach(tuple(targets), tuple(untried))


def _untried(route: RouteSettings) -> Iterator[str]:
    for text in route.targets or ():
        if not Pattern.parse(text).is_single:
            yield text
    for name in route.presets:
        yield from PRESETS[name].assigned


def shown(target: Target) -> str:
    """Return *target* for people: its path only if there is one."""
    return str(target.authority) + target.path.decode("ascii", "backslashreplace").rstrip("/")
