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
    """A server to try: *path* is where to ask it."""

    authority: Authority
    path: bytes = b"/"

    def __str__(self) -> str:
        return str(self.authority) + self.path.decode("latin-1").rstrip("/")


@dataclass(frozen=True, slots=True)
class Reach:
    """*untried*: patterns of which a call decides the names, so that there is none to try."""

    hosts: tuple[Host, ...]
    untried: tuple[str, ...]


def reach(settings: Settings) -> Reach:
    """Return what the routes of *settings* reach, each once."""
    found: dict[Host, None] = {}
    untried: dict[str, None] = {}
    for route in settings.route:
        found |= dict.fromkeys(_hosts(route))
        untried |= dict.fromkeys(filter(_is_open, route.targets or ()))
        untried |= {text: None for name in route.presets for text in sorted(PRESETS[name].assigned)}
    return Reach(tuple(found), tuple(untried))


def _hosts(route: RouteSettings) -> Iterator[Host]:
    if route.upstream is not None:
        fixed = FixedDialect.parse(route.upstream)
        yield Host(fixed.authority, fixed.base_path or b"/")
    for text in route.targets or ():
        if not _is_open(text):
            yield Host(_authority(text))
    for name in route.presets:
        for text in PRESETS[name].essential:
            if text not in PRESETS[name].assigned:
                yield Host(_authority(text))


def _is_open(text: str) -> bool:
    pattern = Pattern.parse(text)
    return pattern.wildcard or pattern.low != pattern.high


def _authority(text: str) -> Authority:
    return Authority.parse(text.strip().encode())
