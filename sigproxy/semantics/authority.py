"""Host and port, as one value that cannot be invalid (RFC 3986, 3.2; RFC 1123, 2.1)."""

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NamedTuple, Self

from sigproxy.errors import BadTarget

HTTPS_PORT = 443
HTTP_PORT = 80

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_PORT = re.compile(r"[1-9][0-9]{0,4}\Z")
_MAX_HOST = 253  # RFC 1035, 2.3.4, without the root's dot


class Authority(NamedTuple):
    """A host, lower-case and without a final dot, and a port between 1 and 65535.

    >>> Authority.parse(b"API.example.com.:8443")
    Authority(host='api.example.com', port=8443)
    """

    host: str
    port: int = HTTPS_PORT

    @classmethod
    @lru_cache(maxsize=4096)  # exceptions are not cached: invalid hosts evict nothing
    def parse(cls, raw: bytes, default_port: int = HTTPS_PORT) -> Self:
        """Return the authority in *raw*; raise BadTarget if it is not one.

        Nothing is percent-decoded and userinfo is an error: with either, two programs could read
        two hosts in the same bytes ("up.example.com@10.0.0.5", RFC 9110, 4.2.4).
        """
        try:
            text = raw.decode("ascii").lower()
        except UnicodeDecodeError:
            raise BadTarget("the host has bytes outside ASCII; write it as an A-label") from None
        if "@" in text:  # not repeated in the message: a password would be in the log
            raise BadTarget("the host has userinfo in front of it, which no SDK sends; remove it")
        if text.startswith("["):
            return cls._parse_ipv6(text, default_port)
        host, colon, port = text.partition(":")
        return cls(_name_or_ipv4(host), _port(port) if colon else default_port)

    @classmethod
    def _parse_ipv6(cls, text: str, default_port: int) -> Self:
        literal, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")) or "%" in literal:
            raise BadTarget(f"{text[:80]!r} is not an IPv6 literal")
        try:
            host = IPv6Address(literal).compressed
        except AddressValueError:
            raise BadTarget(f"{text[:80]!r} is not an IPv6 literal") from None
        return cls(host, _port(rest[1:]) if rest else default_port)

    @property
    def is_ip(self) -> bool:
        # A name's last label never starts with a digit (see _name_or_ipv4).
        return ":" in self.host or self.host.rpartition(".")[2].isdigit()

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == HTTPS_PORT else f"{host}:{self.port}"


def _port(text: str) -> int:
    if not _PORT.match(text) or int(text) > 65535:
        raise BadTarget(f"the port is {text[:20]!r}; it must be a number from 1 to 65535")
    return int(text)


def _name_or_ipv4(text: str) -> str:
    name = text.removesuffix(".")
    labels = name.split(".")
    # "2130706433", "0x7f.1" and "127.1" are addresses to some programs (WHATWG URL, 3.5), names
    # to others. So a last label may start with a digit only in a full dotted quad.
    if labels[-1][:1].isdigit():
        try:
            return str(IPv4Address(text))
        except AddressValueError:
            raise BadTarget(f"the host {text[:80]!r} is neither a name nor an address") from None
    if len(name) > _MAX_HOST or not all(map(_LABEL.match, labels)):
        raise BadTarget(f"the host {text[:80]!r} is not a host name (RFC 1123, 2.1)")
    return name
