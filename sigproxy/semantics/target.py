"""The URL that a request is forwarded to, and how a Location changes it (RFC 3986, 5)."""

import re
from dataclasses import dataclass

from sigproxy.errors import BadTarget
from sigproxy.semantics.authority import Authority

# RFC 3986, appendix B, without the fragment group: a fragment is never sent (RFC 9110, 7.1).
_REFERENCE = re.compile(rb"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(\?[^#]*)?")
_EMPTY_PORT = re.compile(rb"\A(\[[^\]]*\]|[^:]+):\Z")  # the default one (RFC 3986, 6.2.3)
_CONTROLS = re.compile(rb"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class Target:
    """An https URL in two parts: the authority, and the bytes for the request line.

    *path* is in origin-form: path and query as received (RFC 9112, 3.2.1), never decoded, never
    parsed and rebuilt. It starts with "/".
    """

    authority: Authority
    path: bytes

    def __str__(self) -> str:
        return f"https://{self.authority}{self.path.decode('ascii', 'backslashreplace')}"


def resolve_reference(base: Target, reference: bytes) -> Target:
    """Return the target of *reference*, the Location of a response from *base* (RFC 3986, 5.2).

    Raises BadTarget for a scheme other than https ("http://unix:/run/x.sock:/v1" made NGINX
    connect to a socket on its own machine), for userinfo, and for bytes that no URL has.
    """
    if _CONTROLS.search(reference):
        raise BadTarget("the reference has control characters or spaces")
    match = _REFERENCE.match(reference)
    assert match is not None  # every part is optional
    scheme, authority, path, query = match.groups()
    if scheme is not None and scheme.lower() != b"https":
        shown = scheme[:20].decode("latin-1")
        raise BadTarget(f"the reference has the scheme {shown!r}; only https is followed")
    if authority is not None:
        path = _remove_dot_segments(path or b"/")
        named = _EMPTY_PORT.sub(rb"\1", authority)
        return Target(Authority.parse(named), path + (query or b""))
    if scheme is not None:
        raise BadTarget("the reference has a scheme and no host")
    return Target(base.authority, _merge(base.path, path, query))


def _merge(base: bytes, path: bytes, query: bytes | None) -> bytes:
    base_path, _, _ = base.partition(b"?")
    if not path:
        return base_path + query if query is not None else base
    if not path.startswith(b"/"):
        path = base_path.rpartition(b"/")[0] + b"/" + path
    return _remove_dot_segments(path) + (query or b"")


def _remove_dot_segments(path: bytes) -> bytes:
    """RFC 3986, 5.2.4, for a path that starts with "/"."""
    segments = path.split(b"/")[1:]
    kept: list[bytes] = []
    for segment in segments:
        if segment == b"..":
            del kept[-1:]
        elif segment != b".":
            kept.append(segment)
    if segments[-1] in (b".", b".."):
        kept.append(b"")
    return b"/" + b"/".join(kept)


def located(origin: bytes, reference: bytes) -> bytes:
    """Return a network-path *reference* with the scheme and the port of *origin*, if it has any.

    >>> located(b"https://a.example:8443", b"//b.example/x")
    b'https://b.example:8443/x'
    """
    scheme, mark, authority = origin.partition(b"//")
    port = re.search(rb":[0-9]+\Z", authority)
    host, slash, rest = reference.removeprefix(b"//").partition(b"/")
    return scheme + (mark or b"//") + host + (port[0] if port else b"") + slash + rest
