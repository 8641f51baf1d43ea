"""Agora's ``setProxyServer``: the target is in the query, in one form for each kind of server.

/ap/?url=ap.agora.io/api/v1              https://ap.agora.io/api/v1
/ap/?url=ap.agora.io/api/v1?v=2          https://ap.agora.io/api/v1?v=2         not encoded
/ap/?url=ap.agora.io/api/v1&action=uap   https://ap.agora.io/api/v1?action=uap
/rs/?h=stats.agora.io&p=6443&d=/events   https://stats.agora.io:6443/events     /ls, /cs alike
/ls/?h=log.agora.io&p=443&d=upload/v1    https://log.agora.io/upload/v1
/ws/?h=edge.agora.io&p=4700              https://edge.agora.io:4700/            a WebSocket
/ws/?h=edge.agora.io&p=22                BadTarget: Agora does not use this port
/favicon.ico                             NoRoute

The SDK (4.3 to 4.24) does not percent-encode the values. ``url`` ends at the first "&"; the rest
belongs to the query of the target. The vendor's NGINX sample loses the rest, and doubles the slash
of ``d=/events``.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from sigproxy.errors import BadTarget, NoRoute
from sigproxy.semantics.authority import HTTPS_PORT, Authority
from sigproxy.semantics.target import Target

# HTTPS; the edge servers' WebSockets, whose ports the access point assigns ("Firewall requirements"
# of Agora); reports of SDK 4.3.
PORTS = ((HTTPS_PORT, HTTPS_PORT), (4000, 5000), (5668, 5668), (6443, 6443))

FORMS = frozenset({b"ap", b"rs", b"ls", b"cs", b"ws"})  # the segment below the route's prefix
_SCHEME = re.compile(rb"(?:[A-Za-z][A-Za-z0-9+-]*:/|(?:https?|wss?):)", re.I)


@dataclass(frozen=True, slots=True)
class QueryDialect:
    name = "query"
    host_in_path = False
    # All hosts have the same few paths here, so that requests would carry every host's cookies.
    keeps_cookies_apart = False
    from_client = True
    # Agora's servers read the client's address here; Agora's own proxy configuration sends it.
    client_field = b"X-User-Address"

    def resolve(self, request_target: bytes) -> Target:
        """Return the target that *request_target*, the part after the route's prefix, names.

        Raises NoRoute for a path of none of these forms; BadTarget for a parameter that is
        missing, empty, repeated or percent-encoded, and for a port that Agora does not use.
        """
        path, _, query = request_target.partition(b"?")
        form = path.strip(b"/")
        if form == b"ap":
            (url,), rest = _taken(query, b"url")
            target = _from_url(url)
        elif form == b"ws":
            (host, port), rest = _taken(query, b"h", b"p")
            target = Target(_authority(host, port), b"/")
        elif form in FORMS:
            (host, port, directory), rest = _taken(query, b"h", b"p", b"d")
            if b"%" in directory:
                raise BadTarget("d= is percent-encoded; write the path as it is")
            target = Target(_authority(host, port), b"/" + directory.lstrip(b"/"))
        else:
            raise NoRoute(
                "the path should be /ap/?url=, /rs/?h=&p=&d= (also /ls/ and /cs/) or /ws/?h=&p="
            )
        _check_port(target.authority.port)
        return _with_query(target, rest)

    def expose(self, target: Target) -> bytes | None:
        """Return the request target that resolves to *target*; None if none does."""
        exposed = b"/ap/?url=" + str(target.authority).encode() + target.path
        try:
            return exposed if self.resolve(exposed) == target else None
        except BadTarget:
            return None

    def cookie_path(self, authority: Authority, path: bytes) -> bytes | None:
        return None


def _taken(query: bytes, *names: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return the values of *names*, in that order, and the other parts of *query*."""
    taken: dict[bytes, bytes] = {}
    rest = []
    for part in query.split(b"&") if query else ():
        name, _, value = part.partition(b"=")
        if name in names:
            if name in taken:
                raise BadTarget(f"{_shown(name)}= comes twice; send it once")
            taken[name] = value
        elif unquote_to_bytes(name).lower() in names:
            # Two readers of "%68=a&h=b" would see two hosts.
            raise BadTarget(f"{_shown(name)}= should be spelled {_shown(_plain(name))}=")
        else:
            rest.append(part)
    for name in names:
        if not taken.get(name):
            state = "is empty" if name in taken else "is missing"
            raise BadTarget(f"{_shown(name)}= {state}; this form needs {_listed(names)}")
    return [taken[name] for name in names], rest


def _from_url(url: bytes) -> Target:
    if _SCHEME.match(url):
        raise BadTarget("url= begins with a scheme; write url=<host>/<path> without https://")
    authority, mark, tail = url.partition(b"/")
    if b"?" in authority:  # "host?x=1" has no path
        authority, mark, tail = url.partition(b"?")
        return Target(_parsed(authority, "url="), b"/" + mark + tail)
    return Target(_parsed(authority, "url="), b"/" + tail.lstrip(b"/"))


def _authority(host: bytes, port: bytes) -> Authority:
    if b":" in host and not (host.startswith(b"[") and host.endswith(b"]")):
        raise BadTarget("h= holds more than a host; the port goes into p=")
    if b"%" in port:
        raise BadTarget("p= is percent-encoded; write the number as it is")
    return _parsed(host + b":" + port, "h=")


def _parsed(raw: bytes, parameter: str) -> Authority:
    if b"%" in raw:
        raise BadTarget(f"the host in {parameter} is percent-encoded; write it as it is")
    try:
        return Authority.parse(raw)
    except BadTarget as error:
        raise BadTarget(f"{parameter} {error.detail}") from None


def _check_port(port: int) -> None:
    if not any(low <= port <= high for low, high in PORTS):
        raise BadTarget(f"port {port} is none of Agora's: 443, 4000-5000, 5668, 6443")


def _with_query(target: Target, rest: list[bytes]) -> Target:
    if not rest:
        return target
    mark = b"&" if b"?" in target.path else b"?"
    return Target(target.authority, target.path + mark + b"&".join(rest))


def _plain(name: bytes) -> bytes:
    return unquote_to_bytes(name).lower()


def _listed(names: Collection[bytes]) -> str:
    return ", ".join(f"{name.decode()}=" for name in names)


def _shown(name: bytes) -> str:
    return name[:60].decode("ascii", "backslashreplace")
