"""Which of the vendors' hosts can be tried before any call: those whose names are known."""

from collections.abc import Iterator
from dataclasses import dataclass

from sigproxy.config import RouteSettings, Settings
from sigproxy.dialects.fixed import FixedDialect
from sigproxy.policies.targets import Pattern
from sigproxy.presets import PRESETS
from sigproxy.semantics.authority import Authority


@dataclass(frozen=True, slots=True)
class Host:
    """A server to try: *path* is where to ask it, *wanted_by* what names it."""

    authority: Authority
    path: bytes
    wanted_by: str


@dataclass(frozen=True, slots=True)
class Reach:
    """*untried*: patterns of which a call decides the names, so that there is none to try."""

    hosts: tuple[Host, ...]
    untried: tuple[str, ...]


def reach(settings: Settings) -> Reach:
    """Return what the routes of *settings* reach, each host and port once."""
    found: dict[Authority, Host] = {}
    untried: dict[str, None] = {}
    for route in settings.route:
        for host in _hosts(route):
            found.setdefault(host.authority, host)
        untried |= dict.fromkeys(filter(_is_open, route.targets or ()))
        untried |= {text: None for name in route.presets for text in sorted(PRESETS[name].examples)}
    return Reach(tuple(found.values()), tuple(untried))


def _hosts(route: RouteSettings) -> Iterator[Host]:
    if route.upstream is not None:
        fixed = FixedDialect.parse(route.upstream)
        yield Host(fixed.authority, fixed.base_path or b"/", f"route {route.prefix}")
    for text in route.targets or ():
        if not _is_open(text):
            yield Host(_authority(text), b"/", f"route {route.prefix}")
    for name in route.presets:
        for text in PRESETS[name].essential:
            if text not in PRESETS[name].examples:
                yield Host(_authority(text), b"/", f"preset {name}")


def _is_open(text: str) -> bool:
    pattern = Pattern.parse(text)
    return pattern.wildcard or pattern.low != pattern.high


def _authority(text: str) -> Authority:
    return Authority.parse(text.strip().encode())
