"""Proxy-Status (RFC 9209), by which a client tells the gateway's own errors from a vendor's."""

from sigproxy.semantics.fields import Field

PSEUDONYM = "sigproxy"  # RFC 9209, 2: what an intermediary calls itself there

_OURS = PSEUDONYM.encode()


def without_ours(fields: list[Field]) -> list[Field]:
    """Return a vendor's response *fields* without what would pass for the gateway's own word.

    The attack: a vendor's 502 with "Proxy-Status: sigproxy; error=dns_error" would be read as ours.
    Members of other intermediaries are kept. Whole lines go, wherever our name stands in them:
    recipients differ in how they read lists and quoted strings.
    """
    return [each for each in fields if not _has_our_name(*each)]


def _has_our_name(name: bytes, value: bytes) -> bool:
    return name.lower() == b"proxy-status" and _OURS in value.lower()
