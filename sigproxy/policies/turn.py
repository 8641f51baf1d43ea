"""TURN credentials that expire, from a secret shared with the TURN server (the TURN REST scheme).

draft-uberti-behave-turn-rest-00, as coturn, eturnal, Pion, Prosody and Matrix Synapse have it: the
username is "EXPIRY:id", and the password the base64 of HMAC-SHA1(secret, username). The server
looks at the expiry when an allocation begins, and not later.
"""

import base64
import hmac
import re
from dataclasses import dataclass, field

# coturn refuses a quote, a backslash or a space in a username (400), and servers divide it at ":".
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class Turn:
    """A TURN server as its clients see it, and the secret that it shares with us."""

    name: str  # what clients dial
    addresses: tuple[str, ...]  # IPv4, for clients that know no names
    realm: str
    secrets: tuple[bytes, ...] = field(repr=False)  # the first signs; the server takes them all
    ttl_s: int
    udp_port: int  # of each port, 0: there is none
    tls_port: int
    tcp_port: int
    stun: bool  # whether it answers STUN's Binding as well
    modes: tuple[str, ...]  # that may be asked for: "auto", "udp", "tls"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a client gets, for a call or more: each allocation that begins until it expires."""

    username: str
    password: str = field(repr=False)
    ttl_s: int
    expires_at: int  # seconds since the epoch


def issue(turn: Turn, now_s: int, random_id: str) -> Credential:
    """Return a credential for *turn* that begins now.

    *random_id* is new each time: the server counts its quota by it, so that a credential which
    leaks is bounded by itself, and no client's address is written anywhere.
    """
    if _ID.match(random_id) is None:
        raise ValueError("an id has 1 to 64 letters, digits, '-' and '_'")
    expires_at = now_s + turn.ttl_s
    username = f"{expires_at}:{random_id}"
    digest = hmac.digest(turn.secrets[0], username.encode(), "sha1")
    return Credential(username, base64.b64encode(digest).decode(), turn.ttl_s, expires_at)
