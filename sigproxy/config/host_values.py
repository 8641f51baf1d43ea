"""Values of a route with the host dialect: our own names, and those that they stand for."""

import re

from sigproxy.config.masking import quoted
from sigproxy.config.problem import Invalid
from sigproxy.dialects.host import ANY, SAME
from sigproxy.errors import BadTarget
from sigproxy.policies.targets import Pattern
from sigproxy.semantics.authority import Authority

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_OWN = re.compile(rf"(?:\*|{_LABEL})(?:\.{_LABEL})*")


def domain(text: str) -> str:
    """Return *text* as requests spell it, in lower case; it is "*." and a name of ours."""
    try:
        pattern = Pattern.parse(text)
    except ValueError:
        pattern = None
    if pattern is None or not pattern.wildcard or pattern.is_open or ":" in text:
        raise Invalid(
            f"{quoted(text)} does not say which names are the gateway's",
            "write *. and the gateway's domain, as in *.gateway.example, without a port",
        )
    return f"*.{pattern.host}"


def own(text: str) -> str:
    """Return *text*, a name in front of the gateway's domain; its first label may be "*"."""
    if not _OWN.fullmatch(text):
        raise Invalid(
            f"{quoted(text)} is no name in front of the gateway's domain",
            'write one in lower case, as "api", or "*" as its first label, as "*.edge"',
        )
    return text


def theirs(text: str) -> str:
    """Return *text*, a host and perhaps a port, in which "{}" is one whole label at the front."""
    try:
        if SAME in text and not (text.startswith(SAME + ".") and text.count(SAME) == 1):
            raise ValueError("{} has to be the whole first label")
        Authority.parse(text.replace(SAME, "x").encode())
    except (BadTarget, UnicodeEncodeError, ValueError) as error:
        raise Invalid(
            f"{quoted(text)} is no host of a vendor's: {error}",
            'write api.vendor.example or host:port, or {}.vendor.example for a "*" in our name',
        ) from None
    return text


def pattern(text: str) -> str:
    """Return the target pattern that covers what *text* (of ``theirs``) can stand for."""
    authority = Authority.parse(text.replace(SAME, "x").encode())
    host = str(authority._replace(port=443))
    return f"{host.replace('x.', '*.', 1) if SAME in text else host}:{authority.port}"


def has_any(name: str) -> bool:
    return name.startswith(ANY)
