"""Header lines as they are on the wire: pairs of bytes, in order, duplicates kept.

A field that we do not understand crosses unchanged: name in its case, value in its bytes.
"""

import re
from collections.abc import Collection, Iterable, Iterator

Field = tuple[bytes, bytes]
Fields = tuple[Field, ...]

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
# "Connection: X-Forwarded-For" would have us delete what the upstream decides by. No honest
# client nominates an end-to-end field that an origin relies on.
_NEVER_NOMINATED = frozenset(
    {
        b"authorization",
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


def values(fields: Iterable[Field], name: bytes) -> list[bytes]:
    """Return the values of every field line called *name* (lower-case), in order."""
    return [value for key, value in fields if key.lower() == name]


def first(fields: Iterable[Field], name: bytes) -> bytes | None:
    for key, value in fields:  # a loop, not a generator: this is the hottest of all lines
        if key.lower() == name:
            return value
    return None


def elements(fields: Iterable[Field], name: bytes) -> Iterator[bytes]:
    """Yield the elements of the list-valued field *name*, across its lines (RFC 9110, 5.6.1)."""
    for value in values(fields, name):
        for element in value.split(b","):
            if stripped := element.strip(b" \t"):
                yield stripped


def has_element(fields: Iterable[Field], name: bytes, element: bytes) -> bool:
    """Return whether the list-valued field *name* has *element* (lower-case), in any case."""
    return any(each.lower() == element for each in elements(fields, name))


def end_to_end(fields: Fields, also_without: Collection[bytes] = ()) -> list[Field]:
    """Return *fields* without the hop-by-hop ones and without *also_without* (lower-case).

    RFC 9110, 7.6.1: fields nominated by Connection are hop-by-hop as well.
    """
    nominated = {each.lower() for each in elements(fields, b"connection")} - _NEVER_NOMINATED
    dropped = HOP_BY_HOP.union(nominated, also_without)
    return [field for field in fields if field[0].lower() not in dropped]


def withheld(received: Fields, sent: Iterable[Field]) -> list[bytes]:
    """Return the names in *received* that are in *sent* no more, each once, in order."""
    names = {name.lower() for name, _ in sent}
    return list(dict.fromkeys(name for name, _ in received if name.lower() not in names))


def is_clean(fields: Iterable[Field]) -> bool:
    """Return whether no value holds CR, LF or NUL, which would end a field line early."""
    return _UNCLEAN.search(b"".join([value for _, value in fields])) is None


def size(fields: Iterable[Field]) -> int:
    """Return the bytes that *fields* take in a head: name, colon, space, value, CRLF."""
    return sum([len(name) + len(value) + 4 for name, value in fields])


def serialize(first_line: bytes, fields: Iterable[Field]) -> bytes:
    """Return a whole message head (RFC 9112, 2.1)."""
    lines = b"".join([b"%b: %b\r\n" % field for field in fields])
    return b"%b\r\n%b\r\n" % (first_line, lines)
