"""The client's address from trusted proxies (X-Forwarded-For by custom; Forwarded: RFC 7239).

Each proxy appends the address that it saw. The client itself can write elements further left.

    X-Forwarded-For: 198.51.100.66, 203.0.113.9:51008     from 10.0.0.5, a trusted proxy
                     (unproven)     the client
"""

import re
from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple

from sigproxy.semantics import fields as f
from sigproxy.semantics.fields import Fields

_LONGEST = 64  # bytes: "[<IPv6 address with an IPv4 one inside>%<zone>]:<port>", in quotes
# Of a Forwarded line, from the right; no chain of proxies is so long.
_MOST_ELEMENTS, _MOST_BYTES = 64, 8192
# RFC 7239, 4: names are tokens, values are tokens or quoted strings, in which ";" and "," may be.
_PAIR = re.compile(rb"""(?:\A|;)[ \t]*([^\s=;,"]+)[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[^;,"\s]*)""")
_MARK = re.compile(rb'\\+"?|"|,')  # whole runs of backslashes: each is looked at once


class Vouched(NamedTuple):
    client: str  # the address furthest from us that a trusted proxy, or we, saw; "": none
    chain: tuple[str, ...]  # the client, and the proxies between it and our peer


def listed(fields: Fields) -> list[bytes]:
    """Return the elements of X-Forwarded-For, or each ``for=`` of Forwarded; the client first."""
    found = f.elements(fields, b"x-forwarded-for")
    if found or f.first(fields, b"forwarded") is None:
        return found
    elements = [each for line in f.values(fields, b"forwarded") for each in _elements(line)]
    return [_for(stripped) for each in elements if (stripped := each.strip(b" \t"))]


def _elements(line: bytes) -> list[bytes]:
    """Return the elements of a Forwarded line, split at the commas outside of quoted strings.

    Read from the right, where proxies append: so a quotation mark that a client left open hides
    nothing of theirs, and a comma in a Host that they quote begins no element.
    """
    found: list[bytes] = []
    line = line[-_MOST_BYTES:]
    end, is_quoted = len(line), False
    for mark in reversed([*_MARK.finditer(line)]):
        if mark[0].endswith(b'"'):
            is_quoted ^= len(mark[0]) % 2 == 1  # else it is escaped
        elif mark[0] == b"," and not is_quoted:
            found.append(line[mark.end() : end])
            end = mark.start()
            if len(found) == _MOST_ELEMENTS:
                return found[::-1]
    return [line[:end], *reversed(found)]


def _for(element: bytes) -> bytes:
    pairs = _PAIR.finditer(element)
    return next((pair[2] for pair in pairs if pair[1].lower() == b"for"), b"")


def vouched(peer: str, seen: list[bytes], is_trusted: Callable[[str], bool]) -> Vouched:
    """Return the client: *peer*, or while that *is_trusted* the next of *seen*, from the right."""
    client, chain = peer, []
    for element in reversed(seen):
        if not is_trusted(client):
            break
        named = address(element)
        if named is None:  # "unknown", "_hidden" (RFC 7239, 6): the chain of proof ends here
            break
        client = named
        chain.append(named)
    return Vouched(client, tuple(reversed(chain)))


def address(element: bytes) -> str | None:
    """Return the address in an element of X-Forwarded-For, without port, brackets or zone.

    >>> [address(each) for each in (b"192.0.2.1:443", b"[2001:db8::7]:443", b"unknown")]
    ['192.0.2.1', '2001:db8::7', None]
    """
    return _address(element) if len(element) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _address(element: bytes) -> str | None:
    text = element.decode("latin-1").strip('" \t')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # Azure's Application Gateway: IP:PORT
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)
