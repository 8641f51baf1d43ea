"""Which web pages' origins a configuration may name (RFC 6454; Fetch's serialization)."""

import re
from ipaddress import ip_address

from sigproxy.config import values
from sigproxy.config.problem import Invalid
from sigproxy.semantics.authority import HTTP_PORT, HTTPS_PORT, Authority

_REMEDY = "write scheme, host and port only, as browsers do: https://app.example.com"
# Hybrid apps have schemes of their own: capacitor://localhost, ionic://localhost.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\Z")


def origin(text: str) -> str:
    if text != "*":
        _check_origin(text)
    return text


def _check_origin(text: str) -> None:
    if text == "null":
        raise Invalid(
            "'null' is the origin of every sandboxed frame and local file, hostile ones included",
            "serve the page from an https:// origin and list that",
        )
    scheme, separator, rest = text.partition("://")
    if not separator or not _SCHEME.match(scheme):
        raise Invalid(f"{text!r} is not an origin", _REMEDY)
    if set(rest) & set("/?#@"):
        raise Invalid(f"{text!r} has more than an origin: a path or a final '/'", _REMEDY)
    if text != text.lower():
        raise Invalid(f"{text!r} has capitals, and origins are lower-case", f"write {text.lower()}")
    _check_origin_host(text, scheme, rest)


def _check_origin_host(text: str, scheme: str, rest: str) -> None:
    name = rest.removeprefix("*.")
    authority = values.parse_authority(name, _REMEDY, default_port=0, shown=text)
    if name != rest and (authority.is_ip or "." not in authority.host):
        raise Invalid(
            f"{text!r} covers strangers' origins too", "name a domain: https://*.example.com"
        )
    if authority.port == {"http": HTTP_PORT, "https": HTTPS_PORT}.get(scheme, 0) != 0:
        raise Invalid(f"{text!r} names the default port, which browsers omit", _REMEDY)
    if scheme == "http" and not _is_local(authority):
        # Browsers give camera and microphone to secure contexts only, and localhost is one.
        raise Invalid(f"{text!r} is http and not localhost", "serve the page by https")


def _is_local(authority: Authority) -> bool:
    if authority.is_ip:
        return ip_address(authority.host).is_loopback
    return authority.host == "localhost" or authority.host.endswith(".localhost")


def origins(texts: tuple[str, ...]) -> tuple[str, ...]:
    if "*" in texts and len(texts) > 1:
        raise Invalid("'*' stands beside other origins", "list '*' alone, or only the origins")
    return texts
