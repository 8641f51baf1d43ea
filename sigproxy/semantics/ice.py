"""URLs of STUN and TURN servers (RFC 7064, 7065), as RTCPeerConnection reads them.

turn:h                       UDP, port 3478
turn:h:443?transport=tcp     plain TCP
turns:h                      TLS over TCP, port 5349, whatever `transport` says
stun:h                       UDP, port 3478
turns:h?transport=tls        BadIceUrl: the "s" says TLS, and transport is udp or tcp
turn://h, turn:u@h           BadIceUrl

The order of the checks and their messages are Chromium's (blink, then libwebrtc). Firefox and
Safari refuse the same URLs with other messages.
"""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Literal, NoReturn, Self

SCHEMES = ("stun", "stuns", "turn", "turns")
EXAMPLE = "turn:HOST:3478?transport=udp or turns:HOST:443?transport=tcp"
DEFAULT_PORT = 3478
DEFAULT_TLS_PORT = 5349

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)\Z", re.DOTALL)
_HOST = re.compile(r"[^\x00-\x20/\\#<>\[\]^|]+\Z")
_PORT = re.compile(r"[0-9]{1,5}\Z")
_LOW_PORTS = frozenset({53, 80, 443})  # libwebrtc, AllowedTurnPort

Carrier = Literal["udp", "tcp", "tls"]


class BadIceUrl(ValueError):
    """With this URL a browser reaches no server: `says` is why, `remedy` what to write instead.

    `throws`: RTCPeerConnection's constructor throws, and `says` is its message.
    """

    def __init__(self, says: str, remedy: str, throws: bool) -> None:
        super().__init__(f"{says}; {remedy}")
        self.says = says
        self.remedy = remedy
        self.throws = throws


@dataclass(frozen=True, slots=True)
class IceUrl:
    """The parts of a URL; `host` without brackets, `port` and `transport` as given."""

    scheme: str
    host: str
    port: int | None = None
    transport: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the parts of *text*; raise BadIceUrl if a browser reaches no server with it."""
        match = _URL.match(text.strip())
        if match is None:
            _refuse(f"{text!r} is not a valid URL.", f"write {EXAMPLE}")
        scheme, rest = match[1].lower(), match[2]
        address, mark, query = rest.partition("?")
        _check_form(text, scheme, mark, query)
        transport = _transport(scheme, query) if mark else None
        host, port = _host_and_port(address)
        return cls(scheme, host, port, transport)

    @property
    def is_turn(self) -> bool:
        return self.scheme in ("turn", "turns")

    @property
    def is_tls(self) -> bool:
        return self.scheme in ("turns", "stuns")

    @property
    def carrier(self) -> Carrier:
        """What a browser connects with."""
        if self.is_tls:
            return "tls"
        return "tcp" if (self.transport or "udp").lower() == "tcp" else "udp"

    @property
    def dialled_port(self) -> int:
        return self.port or (DEFAULT_TLS_PORT if self.is_tls else DEFAULT_PORT)

    @property
    def is_port_allowed(self) -> bool:
        """Whether browsers use this port for TURN; with any other they gather no candidate."""
        return self.dialled_port in _LOW_PORTS or self.dialled_port >= 1024

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port is None else f":{self.port}"
        query = "" if self.transport is None else f"?transport={self.transport}"
        return f"{self.scheme}:{host}{port}{query}"


def _check_form(text: str, scheme: str, mark: str, query: str) -> None:
    says = f"{text!r} is not a valid stun or turn URL."
    if scheme not in SCHEMES:
        _refuse(says, f"the scheme is stun, stuns, turn or turns: {EXAMPLE}")
    if mark and not query:
        _refuse(_failed("Invalid transport parameter key."), "leave the '?' out")
    if mark and scheme.startswith("stun"):
        _refuse(says, "a stun URL has no query: end it before the '?'")
    if (mark and not query.startswith("transport=")) or query == "transport=":
        _refuse(says, "only transport=udp or transport=tcp may follow the '?'")


def _transport(scheme: str, query: str) -> str:
    transport, mark, _ = query.removeprefix("transport=").partition("?")
    if mark:
        _reject("it has a second '?'", "end it with transport=udp or transport=tcp")
    if transport.lower() not in ("udp", "tcp"):
        remedy = "write transport=udp or transport=tcp"
        if transport.lower() == "tls":
            remedy = "the scheme turns: says TLS: write turns:HOST:PORT?transport=tcp"
        _refuse(_failed("Transport parameter should always be udp or tcp."), remedy)
    return transport


def _host_and_port(text: str) -> tuple[str, int | None]:
    if "@" in text:
        says = _failed("Invalid url with long deprecated user@host syntax")
        _refuse(says, "put the user into username, and leave it out of the URL")
    if text.startswith("["):
        host, bracket, behind = text[1:].partition("]")
        remedy = "write an IPv6 address as [2001:db8::1], followed by :PORT"
        if not bracket or behind == ":":
            _refuse(_failed("Invalid hostname format"), remedy)
        if not _is_ipv6(host) or (behind and not behind.startswith(":")):
            _reject("there is no IPv6 address in the brackets", remedy)
        return host, _port(behind[1:]) if behind else None
    if not text:
        _refuse(_failed("Invalid transport parameter in ICE URI"), f"write {EXAMPLE}")
    host, colon, port = text.partition(":")
    if _HOST.match(host) is None or (colon and not port):
        remedy = "write the host right after the scheme: turn:HOST:PORT, without //"
        _refuse(_failed("Invalid hostname format"), remedy)
    return host, _port(port) if colon else None


def _port(text: str) -> int:
    if not _PORT.match(text) or not 1 <= int(text) <= 65535:
        remedy = "a port is a number from 1 to 65535"
        if ":" in text:
            remedy = "write an IPv6 address in brackets: [2001:db8::1]:3478"
        _refuse(_failed("Invalid port"), remedy)
    return int(text)


def is_ipv4(text: str) -> bool:
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


def _failed(reason: str) -> str:
    return f"ICE server parsing failed: {reason}"


def _refuse(says: str, remedy: str) -> NoReturn:
    raise BadIceUrl(says, remedy, throws=True)


def _reject(says: str, remedy: str) -> NoReturn:
    raise BadIceUrl(says, remedy, throws=False)
