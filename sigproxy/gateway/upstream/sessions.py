"""TLS sessions with upstreams, to be resumed by later connections (RFC 8446, 2.2).

Resuming spares the certificate's transfer and signatures, and with them the look at it: a session
is offered to the name alone that it was verified for, and for an hour at most.

RFC 8446, C.4 advises to use a ticket once, lest those who watch the wire tell by it which
connections are one client's. Ours tell nothing: all come from one gateway, whoever uses it. So
one session serves many connections; nor can any be replayed, since no early data is sent.
"""

import math
import ssl
import sys
from dataclasses import dataclass, replace
from time import monotonic

OFFERED_FOR_S = 3600.0  # from the handshake that verified it; then the certificate is seen again
RENEWED_AFTER_S = 300.0  # as long as nginx, Apache and HAProxy take one by default
MOST_HOSTS = 1024  # as in Chromium; 6 to 9 KiB each
# CPython 3.10 to 3.12.6 and 3.13.0 lose as much again with each look at a connection's session
# (gh-116810). There a process looks this often, then connects without.
_LOSING = sys.version_info < (3, 12, 7) or sys.version_info[:3] == (3, 13, 0)
MOST_LOOKS = 1000 if _LOSING else math.inf


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a host; *session* None: it gave none, or it is not to be offered."""

    session: ssl.SSLSession | None
    verified_s: float

    def is_offered(self, now_s: float) -> bool:
        return now_s - self.verified_s < OFFERED_FOR_S

    def is_due(self, verified_s: float) -> bool:
        """Return whether it makes way for that of a handshake which resumed nothing.

        Not for a refusal alone: of several servers that share a name but no keys, the next may
        take it again.
        """
        return verified_s - self.verified_s >= RENEWED_AFTER_S


class Sessions:
    """One session for each host."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._looks_left = MOST_LOOKS

    def offer(self, host: str) -> ssl.SSLSession | None:
        known = self._known.get(host)
        return known.session if known and known.is_offered(monotonic()) else None

    def learn(self, host: str, connection: ssl.SSLObject, verified_s: float) -> None:
        """Keep the session of *connection*, verified for *host* then, if it is one to keep.

        In TLS 1.3 it comes after the handshake: not before something has been read.
        """
        known = self._known.get(host)
        if connection.session_reused or (known and not known.is_due(verified_s)):
            return
        if self._looks_left <= 0:
            return
        self._looks_left -= 1
        session = connection.session
        self._known.pop(host, None)
        # Without an identifier none can be resumed: there was no ticket and the server keeps none.
        self._known[host] = Known(session if session and session.id else None, verified_s)
        if len(self._known) > MOST_HOSTS:
            del self._known[next(iter(self._known))]

    def forget(self, host: str) -> None:
        """Offer nothing to *host*, with which a handshake has failed, be it for that or not."""
        if known := self._known.get(host):
            self._known[host] = replace(known, session=None)
