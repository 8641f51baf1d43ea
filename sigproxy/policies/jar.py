"""The cookies that the redirects of one exchange set (RFC 6265bis, 5), for its next hops.

Servers test for cookies: they set one, redirect to the same URL and expect the cookie there. A jar
lasts for one exchange. The client gets the cookies as Set-Cookie and keeps them itself.
"""

import re
from calendar import timegm
from collections.abc import Iterable, Mapping
from email.utils import parsedate_tz
from types import MappingProxyType
from typing import NamedTuple

from sigproxy.policies.cookies import default_path, pairs
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import Field, Fields
from sigproxy.semantics.target import Target

LONGEST = 4096  # bytes of name and value together (RFC 6265bis, 5.6)

_CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")  # RFC 6265bis, 5.6: the cookie is ignored
_SECONDS = re.compile(rb"-?[0-9]+\Z")
# "co.uk", "com.au": anybody can register a name there, and must not set cookies for all others.
_REGISTRY = re.compile(
    r"(?:(?:ac|co|com|edu|go|gob|gouv|gov|ltd|me|mil|ne|net|nom|or|org|plc|sch)\.)?[a-z]{2}\Z"
)


class Key(NamedTuple):
    """The identity of a cookie: a new one with the same key replaces it (RFC 6265bis, 5.7)."""

    name: bytes
    domain: str
    port: int | None  # the only port that it is sent to; None: the cookie has a Domain
    path: bytes


# A value of None: the cookie was deleted; the client's cookie of that name is not sent either.
Jar = Mapping[Key, bytes | None]
EMPTY: Jar = MappingProxyType({})


def with_response(jar: Jar, source: Target, lines: Iterable[bytes], now_s: float) -> Jar:
    """Return *jar* after a response of *source* with these Set-Cookie *lines*.

    *now_s* is in seconds since the epoch.
    """
    kept = dict(jar)
    for line in lines:
        parsed = _parse(line, source, now_s)
        if parsed is not None:
            key, value = parsed
            kept[key] = value
    return kept


def request_fields(jar: Jar, fields: Fields, target: Target) -> Fields:
    """Return *fields* with the cookies for *target* in place of the client's of the same names."""
    found = [each for each in jar.items() if _goes_to(each[0], target)]
    if not found:
        return fields
    found.sort(key=lambda each: -len(each[0].path))  # RFC 6265, 5.4: longer paths first
    replaced = {key.name for key, _ in found}
    kept: list[Field] = []
    cookies: list[bytes] = []
    for name, value in fields:
        if name.lower() == b"cookie":
            cookies += [each for each in pairs(value) if _name(each) not in replaced]
        else:
            kept.append((name, value))
    cookies += [_pair(key.name, value) for key, value in found if value is not None]
    if cookies:
        kept.append((b"Cookie", b"; ".join(cookies)))
    return Fields(kept)


def _goes_to(key: Key, target: Target) -> bool:
    """RFC 6265, 5.4, step 1; Secure is always fulfilled, since every hop is https.

    Browsers send cookies to all ports of a host. Here, as for the client's own cookies, another
    port counts as another vendor, unless the cookie has a Domain.
    """
    host, port = target.authority
    if key.port is None:
        is_its_host = host == key.domain or _is_below(host, key.domain)
    else:
        is_its_host = (host, port) == (key.domain, key.port)
    return is_its_host and _path_matches(target.path.partition(b"?")[0], key.path)


def _path_matches(path: bytes, cookie_path: bytes) -> bool:
    """RFC 6265, 5.1.4."""
    if not path.startswith(cookie_path):
        return False
    behind = path[len(cookie_path) :]
    return not behind or cookie_path.endswith(b"/") or behind.startswith(b"/")


def _is_below(host: str, domain: str) -> bool:
    return host.endswith("." + domain)


def _name(pair: bytes) -> bytes:
    name, equals, _ = pair.partition(b"=")
    return name.rstrip(b" \t") if equals else b""


def _pair(name: bytes, value: bytes) -> bytes:
    return name + b"=" + value if name else value


def _parse(line: bytes, source: Target, now_s: float) -> tuple[Key, bytes | None] | None:
    """Return the cookie to keep, or to delete (value None); None if a browser would ignore it."""
    pair, *rest = line.split(b";")
    name, equals, value = pair.partition(b"=")
    name, value = (name.strip(b" \t"), value.strip(b" \t")) if equals else (b"", name.strip(b" \t"))
    if not (name or value) or len(name) + len(value) > LONGEST or _CONTROLS.search(line):
        return None
    attributes = {key.strip(b" \t").lower(): each.strip(b" \t") for key, each in map(_split, rest)}
    domain = _domain(attributes.get(b"domain", b""), source.authority)
    if domain is None:
        return None
    path = attributes.get(b"path", b"")
    if not _prefix_holds((name or value).lower(), attributes, domain):
        return None
    if not path.startswith(b"/"):
        path = default_path(source.path)
    host, port = source.authority
    key = Key(name, domain or host, None if domain else port, path)
    return key, None if _is_over(attributes, now_s) else value


def _split(attribute: bytes) -> tuple[bytes, bytes]:
    name, _, value = attribute.partition(b"=")
    return name, value


def _domain(value: bytes, authority: Authority) -> str | None:
    """Return the cookie's Domain, "" for the host alone; None: the cookie is refused.

    RFC 6265bis, 5.7: the host must be within it, and it must not be a public suffix. Only the
    common suffixes of registries are known here.
    """
    domain = value.removeprefix(b".").decode("ascii", "replace").lower()
    if not domain or domain == authority.host:
        return "" if authority.is_ip else domain
    if authority.is_ip or not _is_below(authority.host, domain):
        return None
    return None if "." not in domain or _REGISTRY.match(domain) else domain


def _prefix_holds(name: bytes, attributes: Mapping[bytes, bytes], domain: str) -> bool:
    """Return whether the attributes fulfil what the name's prefix demands (RFC 6265bis, 4.1.3)."""
    if name.startswith(b"__host-"):
        return b"secure" in attributes and attributes.get(b"path") == b"/" and not domain
    return not name.startswith(b"__secure-") or b"secure" in attributes


def _is_over(attributes: Mapping[bytes, bytes], now_s: float) -> bool:
    """Return whether this line deletes the cookie (RFC 6265, 5.3: Max-Age before Expires)."""
    age = attributes.get(b"max-age", b"")
    if _SECONDS.match(age):
        return age.startswith(b"-") or not age.strip(b"0")
    expires = _seconds(attributes.get(b"expires", b""))
    return expires is not None and expires <= now_s


def _seconds(date: bytes) -> float | None:
    """Return a cookie's date in seconds since the epoch; None if it is not a date."""
    parsed = parsedate_tz(date.decode("latin-1"))
    if parsed is None:
        return None
    try:
        return timegm(parsed[:9]) - (parsed[9] or 0)
    except (ValueError, OverflowError):
        return None
