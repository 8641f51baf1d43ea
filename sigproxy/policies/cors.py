"""Cross-origin requests: which pages may call, and their CORS fields (Fetch, 3.2; ADR 8)."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from sigproxy.errors import OriginRefused
from sigproxy.semantics import fields as f
from sigproxy.semantics.fields import Field, Fields

MAX_AGE_S = 7200  # Chromium's maximum; Firefox's is 86400

_LABELS = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\Z")
_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
_ANY_ORIGIN = (b"Access-Control-Allow-Origin", b"*")
_CREDENTIALS = (b"Access-Control-Allow-Credentials", b"true")
_MAX_AGE = (b"Access-Control-Max-Age", b"%d" % MAX_AGE_S)
_PREFLIGHT_VARY = (
    b"Vary",
    b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
)
_RESPONSE_FIELDS = frozenset(
    {
        b"access-control-allow-origin",
        b"access-control-allow-credentials",
        b"access-control-allow-methods",
        b"access-control-allow-headers",
        b"access-control-allow-private-network",
        b"access-control-max-age",
    }
)


@dataclass(frozen=True, slots=True)
class CorsPolicy:
    """``("*",)`` or the serialized origins of the pages that may call.

    The host may begin with a wildcard, ``https://*.example.com``, for any labels below a domain.
    Origins of apps are compared as they are: ``app://-``, ``file://``.
    """

    allowed_origins: tuple[str, ...] = ("*",)
    any_origin: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "any_origin", "*" in self.allowed_origins)

    def judge(self, fields: Fields) -> "Cors":
        """Return the verdict for a request with *fields*."""
        return _verdict(self, f.first(fields, b"origin"))

    def allows(self, origin: bytes) -> bool:
        if self.any_origin:
            return f.is_clean([(b"", origin)])
        text = origin.decode("ascii", "replace").lower()
        return any(_covers(allowed, text) for allowed in self.allowed_origins)


@lru_cache(maxsize=256)
def _verdict(policy: CorsPolicy, origin: bytes | None) -> "Cors":
    if origin is not None and not policy.allows(origin):
        return Cors(None, any_origin=False, foreign=origin)
    return Cors(origin, policy.any_origin)


def _covers(allowed: str, origin: str) -> bool:
    scheme, star, domain = allowed.partition("*")
    if not star:
        return origin == allowed
    labels = origin.removeprefix(scheme).removesuffix(domain)
    return origin == scheme + labels + domain and _LABELS.match(labels) is not None


@dataclass(frozen=True, slots=True)
class Cors:
    """The verdict on one exchange."""

    origin: bytes | None  # of a page that may call; None: the request is not from a page
    any_origin: bool
    foreign: bytes | None = None  # the origin of a page that may not call

    def admit(self) -> None:
        """Raise OriginRefused for a foreign page.

        A request without Origin is not from a page's script (a native SDK, an image, curl) and is
        allowed. A foreign one is refused before we connect to the upstream. WebSockets have no
        preflight: only this check prevents cross-site WebSocket hijacking.
        """
        if self.foreign == b"null":  # every sandboxed frame has it, so it cannot be allowed
            raise OriginRefused(
                "the page's origin is 'null', as that of a sandboxed frame or a local file; it "
                "cannot stand in `allowed_origins`: serve the page from an https origin of its own"
            )
        if self.foreign is not None:
            raise OriginRefused(
                f"the page's origin {self.foreign[:200].decode('ascii', 'backslashreplace')!r} "
                "is not among the `allowed_origins`; the gateway's operator can add it"
            )

    @classmethod
    def unjudged(cls, fields: Fields) -> Self:
        """For errors before the route is known: any page may read such an error, nothing else."""
        return cls(f.first(fields, b"origin"), any_origin=True)

    @property
    def carries_cookies(self) -> bool:
        """False if any page may call: else a foreign page could act with the user's cookies."""
        return self.origin is None or not self.any_origin

    def response_fields(self, fields: list[Field]) -> list[Field]:
        """Return an upstream's response *fields* with our CORS fields in place of its own.

        The upstream's fields are about its own origin, but the browser sees the gateway's. Its
        Access-Control-Expose-Headers is kept: the upstream knows which fields the SDK reads.
        """
        if self.origin is None and not self.any_origin:
            return [*fields, *_vary(fields)]  # not a page's request: no browser applies CORS
        kept = [each for each in fields if each[0].lower() not in _RESPONSE_FIELDS]
        return [*kept, *self._allow(), *_vary(fields)]

    def error_fields(self, *own: bytes) -> list[Field]:
        """Return the CORS fields of the gateway's own responses; pages may read those of *own*."""
        exposed = b", ".join((b"Proxy-Status", b"X-Request-Id", b"Retry-After", *own))
        return [*self._allow(), (b"Access-Control-Expose-Headers", exposed), *_vary([])]

    def preflight_fields(self, fields: Fields) -> list[Field]:
        """Return the fields of the 204 response to a CORS preflight (Fetch, 4.8).

        Method and field names are repeated from the request: "*" never covers Authorization, and
        with credentials it is not a wildcard.
        """
        method = f.first(fields, b"access-control-request-method") or b""
        requested = f.elements(fields, b"access-control-request-headers")
        answer = [*self._allow(), (b"Access-Control-Allow-Methods", _methods_with(method))]
        if requested:
            answer.append((b"Access-Control-Allow-Headers", b", ".join(requested)))
        if f.first(fields, b"access-control-request-private-network") == b"true":
            answer.append((b"Access-Control-Allow-Private-Network", b"true"))
        return [*answer, _MAX_AGE, _PREFLIGHT_VARY]

    def _allow(self) -> list[Field]:
        if self.origin is None:
            return [_ANY_ORIGIN] if self.any_origin else []
        return [(b"Access-Control-Allow-Origin", self.origin), _CREDENTIALS]


def is_preflight(method: str, fields: Fields) -> bool:
    """Return whether this is a CORS preflight (Fetch, 3.2.2), not an OPTIONS for the upstream."""
    return (
        method == "OPTIONS"
        and f.first(fields, b"origin") is not None
        and f.first(fields, b"access-control-request-method") is not None
    )


def _methods_with(method: bytes) -> bytes:
    usual = not method or method in _METHODS.split(b", ")
    return _METHODS if usual else _METHODS + b", " + method


def _vary(fields: list[Field]) -> list[Field]:
    varied = {each.lower() for each in f.elements(fields, b"vary")}
    return [] if varied & {b"origin", b"*"} else [(b"Vary", b"Origin")]
