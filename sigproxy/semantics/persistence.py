"""What an exchange says about the connection that it used: for how long, and for whom."""

import re

from sigproxy.semantics import fields as f
from sigproxy.semantics.fields import Fields

# An upstream that promises to wait for N seconds counts from when it has sent its response, and
# the next request has a way of its own before it arrives there.
MARGIN_S = 1.0

# Schemes that authenticate a connection, not a request (RFC 4559, 6): whoever uses it next is
# taken for the one who has signed in.
_BINDING = re.compile(rb"(?i)[ \t]*(?:ntlm|negotiate|kerberos)(?![!#$%&'*+\-.^_`|~0-9A-Za-z])")
_TIMEOUT = re.compile(rb'(?i)timeout[ \t]*=[ \t]*"?([0-9]{1,9})"?\Z')


def promised_s(response: Fields) -> float | None:
    """Return for how long a connection may be idle by a response's Keep-Alive field; None: unsaid.

    The field is of RFC 2068 (19.7.1.1), whose syntax servers have kept: ``timeout=5, max=100``.
    """
    for element in f.elements(response, b"keep-alive"):
        found = _TIMEOUT.match(element)
        if found:
            return max(0.0, int(found[1]) - MARGIN_S)
    return None


def is_bound(request: Fields, response: Fields) -> bool:
    """Return whether this exchange ties its connection to the client that made it."""
    return any(
        _BINDING.match(challenge)
        for fields, name in ((request, b"authorization"), (response, b"www-authenticate"))
        for value in f.values(fields, name)
        for challenge in value.split(b",")
    )
