"""Header lines as they are on the wire: pairs of bytes, in order, duplicates kept.

A field that we do not understand crosses unchanged: name in its case, value in its bytes.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Self

Field = tuple[bytes, bytes]


class Fields(tuple[Field, ...]):
    """The field lines of one message, with its values by name in lower case.

    A dozen rules look into each message: it is indexed once, and the index goes with it. So does
    what was found out from the fields alone: *verdicts*, of whoever judges them.
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
        """The bytes that they take in a head: name, colon, space, value, CRLF."""
        if self._size is None:
            self._size = size(self)
        return self._size


NO_FIELDS = Fields()

# RFC 9110, 7.6.1, and what older clients and proxies added to that list. Transfer-Encoding is
# here because each side is framed anew.
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
# Of a response: what a client keeps for the whole host or origin that it asked. Behind the gateway
# that is ours, and stands for every vendor; no vendor's word may hold for it.
ORIGIN_SCOPED = frozenset(
    {
        # where else the origin is served, and over what (RFC 7838; SPDY's form of it)
        b"alt-svc",
        b"alternate-protocol",
        # how its TLS must look (RFC 6797, 7469, 9163)
        b"strict-transport-security",
        b"public-key-pins",
        b"public-key-pins-report-only",
        b"expect-ct",
        # whom browsers tell about its failures (Network Error Logging; Reporting)
        b"nel",
        b"report-to",
        b"reporting-endpoints",
        # what they forget of it (Clear Site Data)
        b"clear-site-data",
        # which hints all of its requests carry from then on (RFC 8942; Client Hints Reliability)
        b"accept-ch",
        b"accept-ch-lifetime",
        b"critical-ch",
        # how its pages share a process, and with which trials (HTML, 7.1.3; Origin Trials)
        b"origin-agent-cluster",
        b"origin-isolation",
        b"origin-policy",
        b"origin-trial",
        b"critical-origin-trial",
        # how much of it a service worker may own (Service Workers, 6.2)
        b"service-worker-allowed",
        # with what later responses of it are packed: Available-Dictionary would tell one vendor
        # what another has served (RFC 9842)
        b"use-as-dictionary",
        # whether its user is signed in, and by which key its sessions are bound (FedCM; DBSC)
        b"set-login",
        b"secure-session-registration",
        b"secure-session-challenge",
        b"sec-session-registration",
        b"sec-session-challenge",
        # what it has stored, and seen, of a user for advertisements (Shared Storage, Topics,
        # Attribution Reporting)
        b"shared-storage-write",
        b"observe-browsing-topics",
        b"attribution-reporting-register-source",
        b"attribution-reporting-register-trigger",
        b"attribution-reporting-register-os-source",
        b"attribution-reporting-register-os-trigger",
        # cookies of a form that only old clients know, and that no rule here moves (RFC 2965)
        b"set-cookie2",
    }
)
# "Connection: X-Forwarded-For" would have us delete what the upstream decides by. No honest
# client nominates an end-to-end field that an origin relies on.
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
    """Return whether the list-valued field *name* has *element* (lower-case), in any case."""
    return any(each.lower() == element for each in elements(fields, name))


def end_to_end(fields: Fields, also_without: frozenset[bytes] = frozenset()) -> list[Field]:
    """Return *fields* without the hop-by-hop ones and without *also_without* (lower-case).

    RFC 9110, 7.6.1: fields nominated by Connection are hop-by-hop as well.
    """
    dropped = not_end_to_end(fields, also_without)
    return [field for field in fields if field[0].lower() not in dropped]


def not_end_to_end(fields: Fields, also_without: frozenset[bytes]) -> frozenset[bytes]:
    """Return the names of what does not cross, lower-case: see ``end_to_end``."""
    dropped = _hop_by_hop_and(also_without)
    if nominated := elements(fields, b"connection"):
        dropped |= {each.lower() for each in nominated} - _NEVER_NOMINATED
    return dropped


@lru_cache(maxsize=64)
def _hop_by_hop_and(names: frozenset[bytes]) -> frozenset[bytes]:
    return HOP_BY_HOP | names


def missing_names(received: Fields, sent: Iterable[Field]) -> list[bytes]:
    """Return the names in *received* that are in *sent* no more, each once, in order."""
    names = {name.lower() for name, _ in sent}
    return list(dict.fromkeys(name for name, _ in received if name.lower() not in names))


def is_clean(fields: Iterable[Field]) -> bool:
    """Return whether the next reader reads the same: no CR, LF or NUL in a value, which would end
    its line early, and no space in a name, which some take off (RFC 9112, 5.1)."""
    names = b"".join([name for name, _ in fields])
    if b" " in names or b"\t" in names:
        return False
    return _UNCLEAN.search(b"".join([value for _, value in fields])) is None


def size(fields: Iterable[Field]) -> int:
    """Return the bytes that *fields* take in a head: name, colon, space, value, CRLF."""
    return sum([len(name) + len(value) + 4 for name, value in fields])


def serialize(first_line: bytes, fields: Iterable[Field]) -> bytes:
    """Return a whole message head (RFC 9112, 2.1)."""
    return b"%b\r\n%b" % (first_line, serialize_lines(fields))


def serialize_lines(fields: Iterable[Field]) -> bytes:
    """Return the field lines of a head, and the blank one that ends it."""
    return b"%b\r\n" % b"".join([b"%b: %b\r\n" % field for field in fields])
