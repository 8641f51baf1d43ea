"""Find the route of a request target, and the target that its dialect reads (ADR 10)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol

from sigproxy import peeling
from sigproxy.errors import KeyRefused, LoopDetected, NoRoute, TargetRefused
from sigproxy.policies.cookies import CookiePolicy
from sigproxy.policies.cors import CorsPolicy
from sigproxy.policies.key_index import NO_KEYS, KeyIndex
from sigproxy.policies.keys import KeyPolicy, looks_like_a_key
from sigproxy.policies.redirects import RedirectPolicy
from sigproxy.policies.targets import TargetPolicy
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.prefix import behind, first_authority
from sigproxy.semantics.target import Target
from sigproxy.shim import script
from sigproxy.shim.script import Script


class Dialect(Protocol):
    """A pair of inverse pure functions: resolve(expose(t)) == t wherever expose(t) is not None.

    Their request targets begin after the route's prefix and key: b"", or starting with "/" or "?".
    """

    @property
    def name(self) -> str: ...

    @property
    def host_in_path(self) -> bool:
        """Whether the path names the host, so that SDKs may repeat our name in front of it."""

    @property
    def keeps_cookies_apart(self) -> bool:
        """Whether ``cookie_path`` separates the vendors; if not, no cookies are forwarded."""

    @property
    def from_client(self) -> bool:
        """Whether the client chooses the target, and so could choose the gateway itself."""

    @property
    def client_field(self) -> bytes | None:
        """Another field in which this vendor expects the client's address."""

    def resolve(self, request_target: bytes) -> Target: ...

    def expose(self, target: Target) -> bytes | None: ...

    def cookie_path(self, authority: Authority, path: bytes) -> bytes | None:
        """Return the path below the route to which *authority*'s cookie with this Path belongs.

        It has no final slash; None if the cookie matches no request of this dialect.
        """


@dataclass(frozen=True, slots=True)
class Route:
    """A prefix ("" for the root), the URL form below it, and what the operator allows there.

    With a *domain* the route is for every name of ours below that, and for none other; what its
    dialect gets then are network-path references.
    """

    prefix: bytes
    dialect: Dialect
    targets: TargetPolicy
    cors: CorsPolicy
    redirects: RedirectPolicy
    cookies: CookiePolicy
    keys: KeyPolicy = field(default_factory=KeyPolicy)
    # Prefixes of other routes below ours: URLs there are not ours.
    inner: tuple[bytes, ...] = ()
    # The access keys of every route, which must not reach an upstream.
    access_keys: KeyIndex = NO_KEYS
    domain: str | None = None
    shim: Script | None = None  # None: the route serves none

    @property
    def name(self) -> str:
        """The prefix, or the host, as the configuration spells it."""
        return f"*.{self.domain}" if self.domain else self.prefix.decode() or "/"

    def split_access_key(self, rest: bytes) -> tuple[bytes, bytes]:
        """Return the mount (the prefix and the access key), and the path after it.

        *rest* is the path after the prefix. Raises KeyRefused.
        """
        key = self.keys.segment(rest)
        if key is None:
            return self.prefix, rest
        self.keys.admit(key)
        return self.prefix + b"/" + key, rest.lstrip(b"/")[len(key) :]

    def peel(
        self,
        rest: bytes,
        mount: bytes,
        own_authorities: Collection[Authority],
        stripped_prefix: bytes = b"",
    ) -> bytes:
        """Return *rest* without our own name in front, if the dialect has the host in the path.

        *stripped_prefix* is what a proxy in front removes from the path; SDKs repeat it after our
        name. Raises BadTarget, LoopDetected, NoRoute, and KeyRefused if another key follows our
        name.
        """
        if not self.dialect.host_in_path:
            return rest
        peeled = peeling.peel(rest, mount, own_authorities, stripped_prefix)
        if peeled == rest:
            return rest
        if self.keys.keys:
            inner = behind(self.prefix, peeled) if self.prefix else None
            segment = self.keys.segment(peeled if inner is None else inner) or b""
            if inner is not None or looks_like_a_key(segment):
                raise KeyRefused("this gateway's own name is followed by another key, or by none")
        peeling.check_no_prefix(peeled)
        return peeled

    def resolve(self, rest: bytes, own_authorities: Collection[Authority]) -> Target:
        """Return the target that the dialect reads.

        Raises LoopDetected if that is the gateway itself, and KeyRefused if the host or path
        contains an access key. With a typing error in the prefix, a URL with a key can match
        another route: the key would go to another vendor, or to name servers in clear text.
        """
        target = self.dialect.resolve(rest)
        if self.access_keys.is_in(target.authority.host.encode() + target.path):
            raise KeyRefused("an access key is in the wrong place for this route; check the prefix")
        if self.dialect.from_client and target.authority in own_authorities:
            raise LoopDetected("the request target names this gateway itself as the upstream")
        return target

    def admit(self, target: Target, own_authorities: Collection[Authority]) -> None:
        """Raise TargetRefused; its detail says if a proxy in front seems to change our name."""
        try:
            self.targets.admit(target.authority)
        except TargetRefused:
            if self.dialect.host_in_path and (cause := self._hidden_name(target, own_authorities)):
                raise TargetRefused(
                    f"{cause}. If {target.authority} is this gateway, a proxy in front changes "
                    "the Host field. Make it forward the client's Host (NGINX: `proxy_set_header "
                    f'Host $http_host;`), or set `public_names = ["{target.authority}"]`. In '
                    "`targets`, it would make the gateway send requests to itself"
                ) from None
            raise

    def _hidden_name(self, target: Target, own_authorities: Collection[Authority]) -> str | None:
        authority = target.authority
        if any(each.host == authority.host for each in own_authorities):
            return f"{authority} is the gateway's own name with a port that its Host field lacks"
        second = first_authority(target.path)
        if second is not None and self.targets.admits(second):
            return f"{authority} is not among this route's targets, and {second} follows it"
        return None

    def expose(self, target: Target, mount: bytes) -> bytes | None:
        """Return the gateway's own request target for *target*; None if the route has none."""
        if not self.targets.admits(target.authority):
            return None
        exposed = self.dialect.expose(target)
        if exposed is None:
            return None
        request_target = mount + exposed
        if any(behind(each, request_target) is not None for each in self.inner):
            return None  # another route would match it
        return request_target if request_target.startswith(b"/") else None

    def cookie_path(self, authority: Authority, path: bytes, mount: bytes) -> bytes | None:
        """Return the gateway's Path for a cookie that *authority* sets with this *path*."""
        below = self.dialect.cookie_path(authority, path)
        return None if below is None else mount + below


def match(
    routes: Collection[Route], request_target: bytes, host: str | None = None
) -> tuple[Route, bytes]:
    """Return a route, and what is left for its dialect.

    If a route is for *host*, the gateway's name as the client wrote it, that is ``//host/path``
    (a network-path reference, RFC 3986, 4.2). If none is: the route with the longest prefix of
    *request_target*, and the rest after it.

    A prefix consists of whole segments: "/acs" does not match "/acs2/...". Several slashes in
    front of it or within it count as one, since clients join "https://gateway/" and "/acs". The
    rest starts with "/" or "?", or is empty. Raises NoRoute.
    """
    best: tuple[Route, bytes] | None = None
    for route in routes:
        if route.domain is not None:
            if host is not None and host.endswith("." + route.domain):
                return route, b"//" + host.encode() + request_target
            continue
        rest = behind(route.prefix, request_target)
        if rest is not None and (best is None or len(route.prefix) > len(best[0].prefix)):
            best = route, rest
    if best is None:
        raise NoRoute("no route of this gateway matches this path" + _missing(request_target))
    return best


def _missing(request_target: bytes) -> str:
    """Return why no route matches what is below a prefix: every route has one."""
    if request_target.partition(b"?")[0] == script.PATH:
        return "; the page shim is behind a route's prefix: /<prefix>/-/shim.js"
    if first_authority(request_target) is None:
        return ""
    return (
        "; it begins with a host, and a route's prefix is missing before it. The SDK's proxy URL "
        "has to end in the prefix; or a proxy in front removes it and must not (NGINX: no path "
        "after the address in `proxy_pass`; Traefik: no StripPrefix)"
    )
