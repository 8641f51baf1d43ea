"""What an exchange says about reusing its connection: for how long, and for which clients."""

import re

from sigproxy.semantics import fields as f
from sigproxy.semantics.fields import Fields

# An upstream that promises N seconds counts from when it sent its response; the next request must
# arrive there within that time.
MARGIN_S = 1.0

# Schemes that authenticate a connection, not a request (RFC 4559, 6): the next client to use it
# would act as the user who signed in.
_BINDING = re.compile(rb"(?i)[ \t]*(?:ntlm|negotiate|kerberos)(?![!#$%&'*+\-.^_`|~0-9A-Za-z])")
_TIMEOUT = re.compile(rb'(?i)timeout[ \t]*=[ \t]*"?([0-9]{1,9})"?\Z')


def promised_s(response: Fields) -> float | None:
    """Return how long a connection may be idle, by the response's Keep-Alive; None if not stated.

    Servers still use the syntax of RFC 2068 (19.7.1.1): ``timeout=5, max=100``.
    """
    for element in f.elements(response, b"keep-alive"):
        found = _TIMEOUT.match(element)
        if found:
            return max(0.0, int(found[1]) - MARGIN_S)
    return None


def is_bound(request: Fields, response: Fields) -> bool:
    """Return whether this exchange binds its connection to its client."""
    return any(
        _BINDING.match(challenge)
        for fields, name in ((request, b"authorization"), (response, b"www-authenticate"))
        for value in f.values(fields, name)
        for challenge in value.split(b",")
    )
