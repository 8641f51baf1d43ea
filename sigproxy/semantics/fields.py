"""Header fields as they are on the wire: pairs of bytes, in order, duplicates kept.

A field that we do not understand is forwarded unchanged: same case of the name, same bytes.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Self

Field = tuple[bytes, bytes]


class Fields(tuple[Field, ...]):
    """The field lines of one message, and an index of its values by lower-case name.

    A dozen rules read the fields of each message, so they are indexed once. *verdicts* caches what
    another module has concluded from the fields alone.
    """

    named: dict[bytes, list[bytes]]
    verdicts: Any = None
    _size: int | None = None

    def __new__(cls, lines: Iterable[Field] = ()) -> Self:
        self = super().__new__(cls, lines)
        named: dict[bytes, list[bytes]] = {}
        for name, value in self:
            key = name.lower()
            if key in named:
                named[key].append(value)
            else:
                named[key] = [value]
        self.named = named
        return self

    @property
    def size(self) -> int:
        """The number of bytes in a head: name, colon, space, value, CRLF."""
        if self._size is None:
            self._size = size(self)
        return self._size


NO_FIELDS = Fields()

# RFC 9110, 7.6.1, and additions of older clients and proxies. Transfer-Encoding is here because
# the gateway chooses the framing of each side itself.
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"http2-settings",
    }
)
# Response fields that apply to a whole host or origin. The client sees the gateway's, which all
# vendors share, so no single vendor may set them.
ORIGIN_SCOPED = frozenset(
    {
        # other hosts and protocols of the origin (RFC 7838, and SPDY's form of it)
        b"alt-svc",
        b"alternate-protocol",
        # requirements on its TLS (RFC 6797, 7469, 9163)
        b"strict-transport-security",
        b"public-key-pins",
        b"public-key-pins-report-only",
        b"expect-ct",
        # where browsers report its failures (Network Error Logging; Reporting)
        b"nel",
        b"report-to",
        b"reporting-endpoints",
        # which of its data browsers delete (Clear Site Data)
        b"clear-site-data",
        # which hints all later requests to it carry (RFC 8942; Client Hints Reliability)
        b"accept-ch",
        b"accept-ch-lifetime",
        b"critical-ch",
        # whether its pages share a process, and origin trials (HTML, 7.1.3; Origin Trials)
        b"origin-agent-cluster",
        b"origin-isolation",
        b"origin-policy",
        b"origin-trial",
        b"critical-origin-trial",
        # which of its paths a service worker may control (Service Workers, 6.2)
        b"service-worker-allowed",
        # the dictionary that compresses later responses: Available-Dictionary would reveal to one
        # vendor what another has sent (RFC 9842)
        b"use-as-dictionary",
        # whether the user is signed in, and the keys that its sessions are bound to (FedCM; DBSC)
        b"set-login",
        b"secure-session-registration",
        b"secure-session-challenge",
        b"sec-session-registration",
        b"sec-session-challenge",
        # data about the user for advertisements (Shared Storage, Topics, Attribution Reporting)
        b"shared-storage-write",
        b"observe-browsing-topics",
        b"attribution-reporting-register-source",
        b"attribution-reporting-register-trigger",
        b"attribution-reporting-register-os-source",
        b"attribution-reporting-register-os-trigger",
        # an obsolete form of Set-Cookie, which our cookie rules do not handle (RFC 2965)
        b"set-cookie2",
    }
)
# Response fields that instruct a proxy in front: to send a file of its own, or the response of
# another location, or to fetch what the body names (ESI). It removes them: no client misses them.
INSTRUCTING = frozenset(
    {
        b"x-accel-redirect",  # NGINX
        *(b"x-sendfile", b"x-sendfile2"),  # Apache's mod_xsendfile, lighttpd, uWSGI
        *(b"x-lighttpd-send-file", b"x-lighttpd-send-tempfile"),
        b"x-litespeed-location",
        *(b"x-reproxy-url", b"x-reproxy-file"),  # H2O, Perlbal
        *(b"surrogate-control", b"edge-control"),  # Varnish, Squid, Fastly; Akamai
    }
)
NOT_FOR_CLIENTS = ORIGIN_SCOPED | INSTRUCTING
# The attack "Connection: X-Forwarded-For" would make us delete a field that the upstream relies on.
# No honest client nominates these end-to-end fields in Connection.
_NEVER_NOMINATED = frozenset(
    {
        b"authorization",
        b"cdn-loop",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"cookie",
        b"forwarded",
        b"host",
        b"origin",
        b"set-cookie",
        b"via",
        b"x-forwarded-for",
        b"x-real-ip",
    }
)


_UNCLEAN = re.compile(rb"[\r\n\0]")


def values(fields: Iterable[Field], name: bytes) -> Sequence[bytes]:
    """Return the values of every field line called *name* (lower-case), in order."""
    if type(fields) is Fields:
        return fields.named.get(name, ())
    return [value for key, value in fields if key.lower() == name]


def first(fields: Iterable[Field], name: bytes) -> bytes | None:
    if type(fields) is Fields:
        found = fields.named.get(name)
        return found[0] if found else None
    return next((value for key, value in fields if key.lower() == name), None)


def elements(fields: Iterable[Field], name: bytes) -> list[bytes]:
    """Return the elements of the list-valued field *name*, across its lines (RFC 9110, 5.6.1)."""
    found = values(fields, name)
    if not found:
        return []
    stripped = [each.strip(b" \t") for value in found for each in value.split(b",")]
    return [each for each in stripped if each]


def has_element(fields: Iterable[Field], name: bytes, element: bytes) -> bool:
    """Return whether the list-valued field *name* has *element* (lower-case), ignoring case."""
    return any(each.lower() == element for each in elements(fields, name))


def end_to_end(fields: Fields, also_without: frozenset[bytes] = frozenset()) -> list[Field]:
    """Return *fields* without the hop-by-hop ones and without *also_without* (lower-case names).

    RFC 9110, 7.6.1: fields nominated by Connection are hop-by-hop as well.
    """
    dropped = not_end_to_end(fields, also_without)
    return [field for field in fields if field[0].lower() not in dropped]


def not_end_to_end(fields: Fields, also_without: frozenset[bytes]) -> frozenset[bytes]:
    """Return the names, lower-case, of fields that are not forwarded: see ``end_to_end``."""
    dropped = _hop_by_hop_and(also_without)
    if nominated := elements(fields, b"connection"):
        dropped |= {each.lower() for each in nominated} - _NEVER_NOMINATED
    return dropped


@lru_cache(maxsize=64)
def _hop_by_hop_and(names: frozenset[bytes]) -> frozenset[bytes]:
    return HOP_BY_HOP | names


def missing_names(received: Fields, sent: Iterable[Field]) -> list[bytes]:
    """Return the names in *received* that are not in *sent*, each once, in order."""
    names = {name.lower() for name, _ in sent}
    return list(dict.fromkeys(name for name, _ in received if name.lower() not in names))


def is_clean(fields: Iterable[Field]) -> bool:
    """Return whether every recipient reads the same fields: no CR, LF or NUL in a value, which
    could end the line, and no space in a name, which some recipients remove (RFC 9112, 5.1)."""
    names = b"".join([name for name, _ in fields])
    if b" " in names or b"\t" in names:
        return False
    return _UNCLEAN.search(b"".join([value for _, value in fields])) is None


def size(fields: Iterable[Field]) -> int:
    """Return the number of bytes of *fields* in a head: name, colon, space, value, CRLF."""
    return sum([len(name) + len(value) + 4 for name, value in fields])


def serialize(first_line: bytes, fields: Iterable[Field]) -> bytes:
    """Return a whole message head (RFC 9112, 2.1)."""
    return b"%b\r\n%b" % (first_line, serialize_lines(fields))


def serialize_lines(fields: Iterable[Field]) -> bytes:
    """Return the field lines of a head, and the blank line that ends it."""
    return b"%b\r\n" % b"".join([b"%b: %b\r\n" % field for field in fields])
