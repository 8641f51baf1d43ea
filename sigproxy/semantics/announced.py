"""What a proxy in front says about the URL that the client requested.

Use it only for requests from a trusted proxy. No value gets into a response unchecked: scheme and
prefix must have a known form, and the caller parses the host as an authority.
"""

import re

from sigproxy.semantics import fields as f
from sigproxy.semantics.authority import HTTP_PORT, HTTPS_PORT
from sigproxy.semantics.fields import Fields

_SCHEMES = {b"https": b"https", b"http": b"http", b"wss": b"https", b"ws": b"http"}
_SCHEME_FIELDS = (b"x-forwarded-proto", b"x-forwarded-scheme", b"x-url-scheme", b"x-scheme")
_SWITCHES = (b"front-end-https", b"x-forwarded-ssl")  # "on"
_HOST_FIELDS = (b"x-forwarded-host", b"x-original-host")  # the latter: Azure Application Gateway
HOST_NAMED_IN = "X-Forwarded-Host, X-Original-Host or Forwarded"  # where ``host`` looks
_PORT = re.compile(rb"[1-9][0-9]{0,4}\Z")
# Segments, none empty and none "." or "..": "//evil.com" in a Location would be another host.
_PREFIX = re.compile(rb"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9\-._~!$&'()*+,;=:@]+)+\Z")
_PAIR = re.compile(rb'(?:\A|;)[ \t]*([a-z]+)[ \t]*=[ \t]*(?:"([^"]*)"|([^;, \t]*))', re.IGNORECASE)


def scheme(fields: Fields) -> bytes | None:
    """Return the scheme that the client used, b"https" or b"http"; None if it is not stated."""
    for name in _SCHEME_FIELDS:
        if said := _first(fields, name):
            return _SCHEMES.get(said.lower())
    for name in _SWITCHES:
        if said := _first(fields, name):
            return b"https" if said.lower() == b"on" else b"http"
    said = _forwarded(fields, b"proto")
    return _SCHEMES.get(said.lower()) if said else None


def host(fields: Fields) -> bytes | None:
    """Return the client's Host, unchecked; None if it is not stated."""
    for name in _HOST_FIELDS:
        if said := _first(fields, name):
            return said
    return _forwarded(fields, b"host")


def port(fields: Fields) -> int | None:
    """Return the port that the client used; None if it is not stated or not valid."""
    said = _first(fields, b"x-forwarded-port")
    if said is None or not _PORT.match(said) or int(said) > 65535:
        return None
    return int(said)


def prefix(fields: Fields) -> bytes:
    """Return the prefix that proxies removed from the path; b"" if it is not stated or not valid.

    Each proxy adds its own prefix, the one nearest the client first, as in Spring and Traefik.
    """
    taken = [each.rstrip(b"/") for each in f.elements(fields, b"x-forwarded-prefix")]
    if not all(_PREFIX.match(each) for each in taken if each):
        return b""
    return b"".join(taken)


def with_port(authority: bytes, port: int | None, scheme: bytes) -> bytes:
    """Return *authority*, which has no port, with *port* unless that is *scheme*'s default."""
    if port is None or port == (HTTPS_PORT if scheme == b"https" else HTTP_PORT):
        return authority
    return b"%b:%d" % (authority, port)


def _first(fields: Fields, name: bytes) -> bytes | None:
    return next(iter(f.elements(fields, name)), None)


def _forwarded(fields: Fields, name: bytes) -> bytes | None:
    """Return the parameter *name* of Forwarded's first element (RFC 7239, 4); None if not there."""
    element = _first(fields, b"forwarded")
    if element is None:
        return None
    pairs = {match[1].lower(): match[2] or match[3] for match in _PAIR.finditer(element)}
    return pairs.get(name) or None
