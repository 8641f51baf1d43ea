"""What one value of ``[turn]`` may be; as in ``values``."""

import re
from ipaddress import AddressValueError, IPv4Address

from sigproxy.config.masking import quoted
from sigproxy.config.problem import Invalid
from sigproxy.config.values import parse_authority

# Those that browsers dial (libwebrtc's AllowedTurnPort), beside all from 1024 up.
LOW_PORTS = (53, 80, 443)
FIRST_HIGH_PORT, LAST_PORT = 1024, 65_535

_NAME_REMEDY = "write the host alone that clients dial: gateway.example.com"
_ADDRESS_REMEDY = "write an IPv4 address that clients can reach: 203.0.113.5"
_RELAY_REMEDY = "write address:port, coturn's tcp-proxy-port: 127.0.0.1:3479"
# RFC 8489, 14.9: fewer than 128 characters. coturn's file and its clients' messages have it in
# quotes.
_REALM = re.compile(r"[A-Za-z0-9._:@/+-]{1,127}\Z")


def name(text: str) -> str:
    """Return the host; that a name is needed where there is TLS is a matter of two settings."""
    authority = parse_authority(text, _NAME_REMEDY, default_port=0)
    if authority.port:
        raise Invalid(
            f"{quoted(text)} names a port", "write the host alone; udp_port and tls_port say ports"
        )
    if ":" in authority.host:
        raise Invalid(f"{quoted(text)} is an IPv6 address", _NAME_REMEDY)
    return authority.host


def is_address(name: str) -> bool:
    """Return whether a valid *name* is an IPv4 address."""
    try:
        return bool(IPv4Address(name))
    except AddressValueError:
        return False


def address(text: str) -> str:
    try:
        parsed = IPv4Address(text)
    except AddressValueError:
        raise Invalid(f"{quoted(text)} is not an IPv4 address", _ADDRESS_REMEDY) from None
    if parsed.is_multicast or int(parsed) >> 24 in (0, 255):
        raise Invalid(f"{quoted(text)} is no machine's address", _ADDRESS_REMEDY)
    return text


def realm(text: str) -> str:
    if not _REALM.match(text):
        raise Invalid(
            f"{quoted(text)} cannot be a realm",
            "use 1 to 127 letters, digits and . _ : @ / + -, as in coturn's realm=, or remove it",
        )
    return text


def port(number: int) -> int:
    if number in LOW_PORTS or FIRST_HIGH_PORT <= number <= LAST_PORT:
        return number
    low = ", ".join(map(str, LOW_PORTS))
    raise Invalid(
        f"{number} is not a port where browsers let TURN be",
        f"choose {low}, or {FIRST_HIGH_PORT} to {LAST_PORT}",
    )


def udp_port(number: int) -> int:
    if number == 53:
        raise Invalid(
            "53 is a port to which browsers send no UDP but DNS",
            "choose 3478, where TURN is at home, or 443",
        )
    return port(number)


def port_or_none(number: int) -> int:
    return port(number) if number else 0


def relay(text: str) -> str:
    authority = parse_authority(text, _RELAY_REMEDY, default_port=0)
    if not authority.port:
        raise Invalid(f"{quoted(text)} names no port", _RELAY_REMEDY)
    if not authority.is_ip:
        raise Invalid(f"{quoted(text)} is a name, and would be looked up each time", _RELAY_REMEDY)
    return text
