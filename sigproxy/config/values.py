"""What one value may be. Each function returns the value or raises Invalid with a remedy."""

import re
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from limits import parse as parse_rate

from sigproxy.config.problem import Invalid
from sigproxy.dialects.fixed import FixedDialect
from sigproxy.errors import BadTarget
from sigproxy.policies import keys
from sigproxy.policies.targets import Network, Pattern
from sigproxy.presets import PRESETS
from sigproxy.semantics.authority import HTTPS_PORT, Authority

DIALECTS = ("path", "query", "fixed")
DAY_S = 24 * 3600

_SOCKET_PATH_BYTES = 107  # sun_path in unix(7) is 108 with its final NUL
# RFC 3986, 3.3: pchar, without "%": an encoded prefix would have two spellings.
_PREFIX = re.compile(r"(?:/[A-Za-z0-9\-._~!$&'()*+,;=:@]+)+\Z")
_BIND_REMEDY = "write host:port, for example 0.0.0.0:8443, [::]:8443 or unix:/run/sigproxy.sock"


def bind_address(text: str) -> str:
    parse_bind(text)
    return text


def parse_bind(text: str) -> Authority | Path:
    """Return the address, or the path of the Unix socket, to listen at."""
    if text.startswith("unix:"):
        return _socket_path(text.removeprefix("unix:"))
    if text.startswith(":"):
        # gunicorn reads ":8443" as every interface: too much to happen by leaving something out.
        raise Invalid(f"{text!r} names no host", _BIND_REMEDY)
    authority = parse_authority(text, _BIND_REMEDY, default_port=0)
    if not authority.port:
        raise Invalid(f"{text!r} names no port", _BIND_REMEDY)
    return authority


def admin_address(text: str) -> str:
    if isinstance(parse_bind(text), Path):
        raise Invalid(
            "Prometheus reads metrics from a port, not from a socket's file",
            "write host:port, for example 127.0.0.1:9901",
        )
    return text


def _socket_path(path: str) -> Path:
    if not path.startswith("/") or path.endswith("/") or "\0" in path:
        raise Invalid(f"'unix:{path}' is not the absolute path of a socket", _BIND_REMEDY)
    if len(path.encode(errors="surrogateescape")) > _SOCKET_PATH_BYTES:
        raise Invalid(
            f"the socket's path has more than {_SOCKET_PATH_BYTES} bytes", "choose a shorter one"
        )
    return Path(path)


def is_loopback(bind: str) -> bool:
    """True if only this machine reaches *bind*."""
    address = parse_bind(bind)
    if isinstance(address, Path) or address.host == "localhost":
        return True
    return address.is_ip and ip_address(address.host).is_loopback


def public_name(text: str) -> str:
    parse_authority(text, "write the host, or host:port, that clients are told: proxy.example.com")
    return text


def nameserver(text: str) -> str:
    remedy = "write an IP address, or address:port, for example 192.0.2.53 or [2001:db8::53]:53"
    # A bare "2001:db8::53" has no port; brackets are needed only to set one apart.
    address = f"[{text}]" if text.count(":") > 1 and not text.startswith("[") else text
    if not parse_authority(address, remedy, shown=text).is_ip:
        raise Invalid(f"{text!r} is a name, which itself would need a name server", remedy)
    return text


def parse_authority(
    text: str, remedy: str, default_port: int = HTTPS_PORT, shown: str | None = None
) -> Authority:
    """Return host and port; raise Invalid, which says *shown* where *text* is only a part of it."""
    try:
        return Authority.parse(text.encode(), default_port)
    except (BadTarget, UnicodeEncodeError) as error:
        reason = error.detail if isinstance(error, BadTarget) else "it is not UTF-8"
        reason = reason.replace("; ", ": ")  # what follows "; " is the remedy
        raise Invalid(f"{shown or text!r} is not an address: {reason}", remedy) from None


def network(value: object) -> Network:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    text = as_text(value)  # to ip_network the number 10 is the address 0.0.0.10
    try:
        return ip_network(text)
    except ValueError:
        raise _no_network(text) from None


def _no_network(text: str) -> Invalid:
    try:
        widened = ip_network(text, strict=False)
    except ValueError:
        remedy = "write 10.0.0.0/8, 2001:db8::/32 or a single address"
        return Invalid(f"{text!r} is not a network", remedy)
    return Invalid(f"{text!r} has bits set beyond its prefix", f"write {widened}")


def allowed_network(value: object) -> Network:
    found = network(value)
    if found.prefixlen == 0:
        raise Invalid(
            f"{found} is every address, which would switch the check of addresses off",
            "list only the networks that hold your own upstreams",
        )
    return found


def as_text(value: object) -> str:
    if not isinstance(value, str):
        raise Invalid("must be text", 'put it in quotes, as "..."')
    return value


def file_path(value: object) -> Path:
    if isinstance(value, Path):
        return value
    return Path(file_name(as_text(value)))


def file_name(text: str) -> str:
    if not text or "\0" in text:
        raise Invalid(f"{text!r} is not a path", "name a file, or remove the key")
    return text


def rate(text: str) -> str:
    try:
        item = parse_rate(text)
    except ValueError:
        item = None
    if item is None or item.amount < 1 or item.get_expiry() > DAY_S:
        remedy = 'write a number, "/", and a time of a day or less: "20/second", "600/minute"'
        raise Invalid(f"{text!r} is not a rate", remedy)
    return text


def redis_url(text: str) -> str:
    """The text may hold a password, and is not repeated."""
    parts = urlsplit(text)
    schemes = ("redis", "rediss", "redis+unix")
    if parts.scheme not in schemes or not (parts.hostname or parts.path.strip("/")):
        remedy = "write redis://host:6379/0, rediss://host:6380/0 or redis+unix:///path/to/socket"
        raise Invalid("this is not the URL of a Redis", remedy)
    if find_spec("redis") is None:
        raise Invalid("the Python package redis is not installed", 'pip install "sigproxy[redis]"')
    return text


def prefix(text: str) -> str:
    if text == "/":
        return text
    if not _PREFIX.match(text):
        raise Invalid(
            f"{text!r} is not a path prefix",
            "begin with '/', end without one, and use no '//', '%', '?', '#' or space: '/acs'",
        )
    _check_segments(text)
    return text


def _check_segments(text: str) -> None:
    first, *others = text[1:].split("/")
    if first == "-":
        raise Invalid(f"{text!r} is the gateway's own ('/-/live', '/-/ready')", "choose another")
    if "." in first or ":" in first:
        raise Invalid(
            f"{text!r} begins like a host, so it would hide the target of that name",
            "choose a first segment without '.' and ':'",
        )
    if {".", ".."} & set(others):
        raise Invalid(f"{text!r} has a dot segment, which clients resolve", "remove it")


def dialect(text: str) -> str:
    if text not in DIALECTS:
        raise Invalid(f"unknown dialect {text!r}", f"known: {', '.join(DIALECTS)}")
    return text


def target(text: str) -> str:
    try:
        Pattern.parse(text)
    except ValueError as error:
        remedy = "write api.example.com, *.example.com:8443, *.example.com:* or host:4000-4999"
        raise Invalid(f"{text!r} is not a target: {error}", remedy) from None
    return text


def preset(text: str) -> str:
    if text not in PRESETS:
        raise Invalid(f"unknown preset {text!r}", f"known: {', '.join(PRESETS)}")
    return text


def upstream(text: str) -> str:
    try:
        FixedDialect.parse(text)
    except (BadTarget, UnicodeEncodeError) as error:
        reason = error.detail if isinstance(error, BadTarget) else "it is not UTF-8"
        shown = "what has a user name or password in it" if "@" in text else repr(text)
        raise Invalid(
            f"{shown} cannot be an upstream: {reason.replace('; ', ': ')}",
            "write https://host[:port][/path], without a query; the gateway speaks TLS only",
        ) from None
    return text


def upstream_pattern(url: str) -> str:
    """Return the target that covers *url*'s host and port, and nothing else."""
    authority = FixedDialect.parse(url).authority
    return f"{str(authority).removesuffix(f':{authority.port}')}:{authority.port}"


def key(text: str) -> str:
    # What the key is stays unsaid: this ends in a terminal, a log, a ticket.
    if not keys.looks_like_a_key(text.encode()):
        raise Invalid(
            f"a key of {len(text)} characters is too short, too long, or has others than "
            "letters, digits, '-', '_' and '~'",
            f"use {keys.MIN_LENGTH} to 128 of these, better 32: `openssl rand -hex 16` makes one",
        )
    return text
