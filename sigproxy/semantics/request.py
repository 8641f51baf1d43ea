"""Checks for what RFC 9112 forbids in a request but aiohttp's parser accepts."""

import re

from sigproxy.errors import (
    BadFraming,
    BadRequest,
    BadTarget,
    CodingUnsupported,
    HeadTooLarge,
    MethodRefused,
    ServiceWorkerRefused,
    TargetTooLong,
    VersionUnsupported,
)
from sigproxy.semantics import fields as f
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import Fields
from sigproxy.semantics.framing import LENGTH_DIGITS

_ABSOLUTE = re.compile(rb"(?i:https?)://([^/?]*)")
# CONNECT asks for a tunnel to any host; TRACE echoes credentials to a script that sends it.
_REFUSED_METHODS = frozenset({"CONNECT", "TRACE"})
_ALLOWED = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


def check(method: str, version: tuple[int, int], fields: Fields) -> None:
    """Raise a RequestError for a message that two servers could read differently (smuggling)."""
    if version[0] != 1:
        raise VersionUnsupported(f"HTTP/{version[0]}.{version[1]} is not supported; use HTTP/1.1")
    if method in _REFUSED_METHODS:
        raise MethodRefused(f"{method} is not forwarded", (b"Allow", _ALLOWED))
    _check_framing(version, fields)
    if f.first(fields, b"service-worker") is not None:
        raise ServiceWorkerRefused("a service worker script is not fetched through the gateway")


def _check_framing(version: tuple[int, int], fields: Fields) -> None:
    length = f.first(fields, b"content-length")
    if length is not None and len(length) > LENGTH_DIGITS:  # Python refuses 4,301 and more
        raise BadFraming("Content-Length has too many digits")
    codings = f.values(fields, b"transfer-encoding")
    if not codings:
        return
    if version < (1, 1):
        raise BadFraming("Transfer-Encoding in HTTP/1.0 (RFC 9112, 6.1)")
    if length is not None:
        raise BadFraming("Content-Length beside Transfer-Encoding (RFC 9112, 6.1)")
    if codings[-1].lower().rpartition(b",")[2].strip(b" \t") != b"chunked":
        raise BadFraming("Transfer-Encoding does not end in 'chunked' (RFC 9112, 6.3)")
    if [each.lower() for each in codings] != [b"chunked"]:
        raise CodingUnsupported("the only Transfer-Encoding taken is 'chunked' (RFC 9112, 6.1)")


def host(version: tuple[int, int], fields: Fields) -> Authority | None:
    """Return the authority in Host; None for HTTP/1.0 without Host.

    Raises BadRequest for no Host or several (RFC 9112, 3.2), and BadTarget for a Host that is not
    an authority.
    """
    hosts = f.values(fields, b"host")
    if not hosts and version < (1, 1):
        return None
    if len(hosts) != 1:
        raise BadRequest("a request has exactly one Host field (RFC 9112, 3.2)")
    return our_name("Host", hosts[0])


def our_name(field: str, raw: bytes) -> Authority:
    """Return the name of this gateway in *field*; raise BadTarget if *raw* is no authority."""
    try:
        return Authority.parse(raw)
    except BadTarget as error:
        raise BadTarget(
            f"in {field}, which names this gateway: {error.detail}. If a proxy in front writes it "
            "(NGINX writes the name of its `upstream` block), make the proxy pass on the client's "
            "Host (NGINX: `proxy_set_header Host $http_host;`)"
        ) from None


def origin_form(raw: bytes, own_authorities: frozenset[Authority]) -> bytes:
    """Return *raw*, a request target, as an absolute path and query (RFC 9112, 3.2).

    Absolute-form is accepted only if it names us: the gateway is not a forward proxy.
    """
    if b"#" in raw:
        raise BadRequest("a request target has no fragment")
    if raw.startswith(b"/"):
        return raw
    match = _ABSOLUTE.match(raw)
    if match is None:
        raise BadRequest("the request target must start with '/'")
    if Authority.parse(match[1]) not in own_authorities:
        raise BadRequest("the request target names another host: this is no forward proxy")
    path = raw[match.end() :]
    return path if path.startswith(b"/") else b"/" + path


def check_size(
    raw_target: bytes, fields: Fields, max_target: int, max_field: int, max_head: int
) -> None:
    """Raise TargetTooLong (414) or HeadTooLarge (431); the limits are in bytes."""
    if len(raw_target) > max_target:
        raise TargetTooLong(f"the request target is over {max_target} bytes")
    size = fields.size
    if size > max_field and any(len(name) + len(value) > max_field for name, value in fields):
        raise HeadTooLarge(f"a field of the request is over {max_field} bytes")
    if len(raw_target) + size > max_head:
        raise HeadTooLarge(f"the request's head is over {max_head} bytes")
