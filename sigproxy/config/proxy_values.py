"""The forward proxy toward upstreams: its URL, its exceptions, and the file with its login.

Nothing of the login is ever repeated, whatever is wrong with it.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from sigproxy.config.masking import quoted, shown_secret_path
from sigproxy.config.problem import Invalid
from sigproxy.config.text import decoded, read_whole
from sigproxy.config.values import parse_authority
from sigproxy.policies import egress
from sigproxy.semantics.authority import Authority

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_MORE = re.compile(r"[/?#]")  # a path, a query or a fragment
_URL_REMEDY = "write http://host:port, for example http://proxy.hospital.example:3128"
_FILE_REMEDY = "write user:password in one line"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def url(text: str) -> str:
    """Return *text*, the URL of a proxy that is spoken to in plain HTTP."""
    address(text)
    return text


def address(text: str) -> Authority:
    """Return host and port of the proxy at *text*; raise Invalid."""
    match = _SCHEME.match(text)
    scheme = match[1].lower() if match else ""
    if scheme == "https":
        raise Invalid(
            "a proxy that is itself spoken to over TLS is not supported (what goes through it is "
            "TLS to the vendor in any case)",
            "write its http:// port, for example http://proxy.hospital.example:3128",
        )
    if scheme not in ("", "http"):
        raise Invalid(f"a proxy of the kind {quoted(scheme)} is not supported", _URL_REMEDY)
    if "@" in text:
        raise Invalid(
            "it has a user name or a password in it",
            "write them as user:password into a file, and name that in proxy_credentials_file",
        )
    if not scheme:
        raise Invalid(f"{quoted(text)} is not a URL", _URL_REMEDY)
    place = text[len("http://") :].removesuffix("/")
    if _MORE.search(place):
        raise Invalid(f"{quoted(text)} has more in it than a host and a port", _URL_REMEDY)
    found = parse_authority(place, _URL_REMEDY, 0, shown=text)
    if not found.port:
        raise Invalid(f"{quoted(text)} names no port", _URL_REMEDY)
    return found


def exception(text: str) -> str:
    """Return *text*, a host, a pattern or a network that is reached without the proxy."""
    try:
        egress.exception(text)
    except ValueError as error:
        remedy = "write *.intern.example, host.example, host.example:8443 or 10.0.0.0/8"
        reason = "it has a user name or a password in it" if "@" in text else str(error)
        raise Invalid(f"{quoted(text)} is not a host or network: {reason}", remedy) from None
    return text


def login(path: Path) -> tuple[str, str]:
    """Return user and password in the file at *path*; raise Invalid."""
    shown = shown_secret_path(path)
    try:
        lines = list(_lines(decoded(read_whole(path))))
    except OSError as error:
        remedy = f"create it, readable for the user who runs sigproxy, and {_FILE_REMEDY}"
        raise Invalid(f"{shown} cannot be read: {error.strerror}", remedy) from None
    except Invalid as invalid:
        raise Invalid(f"{shown} {invalid.what}", invalid.remedy) from None
    if len(lines) != 1:
        what = f"has {len(lines)} lines" if lines else "holds no credentials"
        raise Invalid(f"{shown} {what}", _FILE_REMEDY)
    user, colon, password = lines[0].partition(":")
    if not colon or not user:
        missing = "user" if colon else "colon"
        raise Invalid(f"{shown} has no {missing}", _FILE_REMEDY)
    if _CONTROL.search(lines[0]):
        raise Invalid(f"{shown} has a control character", _FILE_REMEDY)
    if lines[0] != lines[0].strip():
        raise Invalid(f"{shown} has a space at one end of its line", "remove it")
    return user, password


def _lines(text: str) -> Iterable[str]:
    return (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
