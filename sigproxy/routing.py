"""From a request target to a route, and to what its dialect reads (D3)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from sigproxy.errors import BadTarget, LoopDetected, NoRoute
from sigproxy.policies.cookies import CookiePolicy
from sigproxy.policies.cors import CorsPolicy
from sigproxy.policies.redirects import RedirectPolicy
from sigproxy.policies.targets import TargetPolicy
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target

# ACS repeats the gateway once; more than this is somebody's attempt at a loop.
MAX_PEELS = 4


class Dialect(Protocol):
    """A pair of inverse pure functions: resolve(expose(t)) == t wherever expose(t) is not None."""

    name: str
    host_in_path: bool  # so that a cookie's Path can keep vendors apart

    def resolve(self, request_target: bytes) -> Target: ...

    def expose(self, target: Target) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Route:
    """A prefix ("" for the root), the URL form below it, and what the operator allows there."""

    prefix: bytes
    dialect: Dialect
    targets: TargetPolicy
    cors: CorsPolicy
    redirects: RedirectPolicy
    cookies: CookiePolicy

    @property
    def name(self) -> str:
        """The prefix as the configuration spells it."""
        return self.prefix.decode() or "/"

    def expose(self, target: Target) -> bytes | None:
        """Return the gateway's own request target for *target*, if it is admitted here."""
        if not self.targets.admits(target.authority):
            return None
        exposed = self.dialect.expose(target)
        return None if exposed is None else self.prefix + exposed


def match(routes: Collection[Route], request_target: bytes) -> tuple[Route, bytes]:
    """Return the route with the longest prefix of *request_target*, and what is behind it.

    A prefix ends at a segment's end: "/acs" does not match "/acs2/...". Raises NoRoute.
    """
    best: tuple[Route, bytes] | None = None
    for route in routes:
        rest = _behind(route.prefix, request_target)
        if rest is not None and (best is None or len(route.prefix) > len(best[0].prefix)):
            best = route, rest
    if best is None:
        raise NoRoute("no route of this gateway starts like this path")
    return best


def peel(rest: bytes, prefix: bytes, own: Collection[Authority]) -> bytes:
    """Return *rest* without the gateway's own authority (and *prefix*) at its front.

    ACS applies its proxy URL twice to call set-up and TURN credentials: the request target is
    ``/<gateway>/<prefix>/<host>/...``. Peeling it here is what saves a second hop; forwarding it
    would be a connection to ourselves. Raises BadTarget if nothing remains, LoopDetected if the
    name comes more than MAX_PEELS times.
    """
    path, mark, query = rest.partition(b"?")
    for _ in range(MAX_PEELS + 1):
        segment, _, behind = path.lstrip(b"/").partition(b"/")
        if not _is_own(segment, own):
            return path + mark + query
        path = b"/" + behind
        path = _behind(prefix, path) or path
        if path == b"/":
            raise BadTarget("the path names this gateway and no upstream behind it")
    raise LoopDetected(f"the path names this gateway more than {MAX_PEELS} times")


def _behind(prefix: bytes, request_target: bytes) -> bytes | None:
    if not request_target.startswith(prefix):
        return None
    rest = request_target[len(prefix) :]
    if rest.startswith(b"/"):
        return rest
    return b"/" + rest if not rest or rest.startswith(b"?") else None


def _is_own(segment: bytes, own: Collection[Authority]) -> bool:
    try:
        return Authority.parse(segment) in own
    except BadTarget:
        return False
