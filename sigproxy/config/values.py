"""Check one value. Each function returns the value, or raises Invalid with a remedy."""

import re
from ipaddress import ip_address
from pathlib import Path

from sigproxy.config.masking import masked, quoted
from sigproxy.config.problem import Invalid
from sigproxy.dialects.fixed import FixedDialect
from sigproxy.errors import BadTarget
from sigproxy.policies import keys
from sigproxy.policies.targets import Pattern
from sigproxy.presets import PRESETS
from sigproxy.semantics.authority import HTTPS_PORT, Authority
from sigproxy.semantics.resolver_files import with_port

DIALECTS = ("path", "query", "fixed", "host")

_SOCKET_PATH_BYTES = 107  # unix(7): sun_path has 108 bytes, including its final NUL
# RFC 3986, 3.3: pchar, without "%": an encoded prefix would have two spellings.
_PREFIX = re.compile(r"(?:/[A-Za-z0-9\-._~!$&'()*+,;=:@]+)+\Z")
_INSTANCE = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_BIND_REMEDY = "write host:port, for example 0.0.0.0:8443, [::]:8443 or unix:/run/sigproxy.sock"


def bind_address(text: str) -> str:
    parse_bind(text)
    return text


def parse_bind(text: str) -> Authority | Path:
    """Return the address, or the path of the Unix socket, to listen at."""
    if text.startswith("unix:"):
        return _socket_path(text.removeprefix("unix:"))
    if text.startswith(":"):
        # gunicorn reads ":8443" as every interface; that must be a choice, not an omission.
        raise Invalid(f"{quoted(text)} names no host", _BIND_REMEDY)
    authority = parse_authority(text, _BIND_REMEDY, default_port=0)
    if not authority.port:
        raise Invalid(f"{quoted(text)} names no port", _BIND_REMEDY)
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
    """True if only this machine can connect to *bind*."""
    address = parse_bind(bind)
    if isinstance(address, Path) or address.host == "localhost":
        return True
    return address.is_ip and ip_address(address.host).is_loopback


def public_name(text: str) -> str:
    parse_authority(text, "write the host, or host:port, that clients use: proxy.example.com")
    return text


def nameserver(text: str) -> str:
    remedy = "write an IP address, or address:port, for example 192.0.2.53 or [2001:db8::53]:53"
    if "%" in text and with_port(text):
        return text  # an address on a link, with its interface, which no Authority has
    # "2001:db8::53" without brackets is accepted; only an address with a port needs them.
    address = f"[{text}]" if text.count(":") > 1 and not text.startswith("[") else text
    authority = parse_authority(address, remedy, shown=text)
    if not authority.is_ip:
        raise Invalid(f"{quoted(text)} is a name, which would need a name server itself", remedy)
    if ":" in authority.host and ip_address(authority.host).is_link_local:
        raise Invalid(
            f"{quoted(text)} is an address on a link, and does not say on which",
            f"write the interface behind it, for example {authority.host}%eth0",
        )
    return text


def parse_authority(
    text: str, remedy: str, default_port: int = HTTPS_PORT, shown: str | None = None
) -> Authority:
    """Return host and port; raise Invalid, which quotes *shown*, of which *text* is a part."""
    try:
        return Authority.parse(text.encode(), default_port)
    except (BadTarget, UnicodeEncodeError) as error:
        reason = _reason(text, error)
        raise Invalid(f"{quoted(shown or text)} is not an address: {reason}", remedy) from None


def _reason(text: str, error: BadTarget | ValueError) -> str:
    """Return *error* without secrets, and without "; ", which would begin the remedy."""
    if "@" in text:
        return "it has a user name or a password in it"
    if isinstance(error, UnicodeEncodeError):
        return "it is not UTF-8"
    return masked(str(error)).replace("; ", ": ")


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
        raise Invalid(f"{quoted(text)} is not a path", "name a file, or remove the key")
    return text


def instance(text: str) -> str:
    if not _INSTANCE.match(text):
        raise Invalid(
            f"{quoted(text)} cannot be this gateway's name in the log",
            "use 1 to 64 letters, digits and . _ -, as a host name has, or remove it",
        )
    return text


def prefix(text: str) -> str:
    if text == "/":
        return text
    if not _PREFIX.match(text):
        raise Invalid(
            f"{quoted(text)} is not a path prefix",
            "begin with '/', end without one, and use no '//', '%', '?', '#' or space: '/acs'",
        )
    _check_segments(text)
    return text


def _check_segments(text: str) -> None:
    first, *others = text[1:].split("/")
    if first == "-":
        raise Invalid(
            f"{quoted(text)} is reserved for '/-/live' and '/-/ready'", "choose another prefix"
        )
    if "." in first or ":" in first:
        raise Invalid(
            f"{quoted(text)} begins like a host, so it would hide the target with that name",
            "choose a first segment without '.' and ':'",
        )
    if {".", ".."} & set(others):
        raise Invalid(f"{quoted(text)} has a dot segment, which clients resolve", "remove it")


def dialect(text: str) -> str:
    if text not in DIALECTS:
        raise Invalid(f"unknown dialect {quoted(text)}", f"known: {', '.join(DIALECTS)}")
    return text


def target(text: str) -> str:
    try:
        Pattern.parse(text)
    except ValueError as error:
        remedy = (
            "write api.example.com, *.example.com:8443, *.example.com:*, host:4000-4999 or "
            "192.0.2.0/24"
        )
        reason = _reason(text, error)
        raise Invalid(f"{quoted(text)} is not a target: {reason}", remedy) from None
    return text


def preset(text: str) -> str:
    if text not in PRESETS:
        raise Invalid(f"unknown preset {quoted(text)}", f"known: {', '.join(PRESETS)}")
    return text


def upstream(text: str) -> str:
    try:
        FixedDialect.parse(text)
    except (BadTarget, UnicodeEncodeError) as error:
        raise Invalid(
            f"{quoted(text)} cannot be an upstream: {_reason(text, error)}",
            "write https://host[:port][/path], without a query; the gateway uses TLS only",
        ) from None
    return text


def upstream_patterns(url: str) -> tuple[str, ...]:
    """Return the target patterns for *url*: its host and port, and for TRTC the host's siblings."""
    dialect = FixedDialect.parse(url)
    authority = dialect.authority
    only = f"{str(authority).removesuffix(f':{authority.port}')}:{authority.port}"
    return (only,) if dialect.siblings is None else (only, f"*.{dialect.siblings}")


def certificate_name(text: str) -> str:
    """Return *text*, the name that certificates are for; no address, and no wildcard."""
    try:
        authority = Authority.parse(text.encode())
        if authority.is_ip or ":" in text:
            raise ValueError("it has to be a name alone")
    except (BadTarget, UnicodeEncodeError, ValueError) as error:
        raise Invalid(
            f"{quoted(text)} cannot be a certificate's name: {_reason(text, error)}",
            "write a host name that its certificate covers, as in media.vendor.example",
        ) from None
    return authority.host


def key(text: str) -> str:
    # The message does not repeat the key: messages get into terminals, logs and tickets.
    if not keys.looks_like_a_key(text.encode()):
        raise Invalid(
            f"a key of {len(text)} characters is too short, too long, or has characters other "
            "than letters, digits, '-', '_' and '~'",
            f"use {keys.MIN_LENGTH} to 128 of these, better 32: `openssl rand -hex 16` makes one",
        )
    return text
