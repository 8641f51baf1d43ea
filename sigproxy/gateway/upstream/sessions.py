"""TLS sessions with upstreams, which later connections resume (RFC 8446, 2.2).

A resumed handshake does not transfer the certificate, and so does not verify it. A session is
offered only to the host name that it was verified for, and for an hour at most.

RFC 8446, C.4 advises clients to use a ticket once: an observer could link connections of the same
client by it. Here that reveals nothing, since the connections of all clients come from one gateway.
So many connections resume one session. Replay is impossible, since we send no early data.
"""

import math
import ssl
import sys
from dataclasses import dataclass, replace
from time import monotonic

OFFERED_FOR_S = 3600.0  # after the handshake that verified it; then verify the certificate again
RENEWED_AFTER_S = 300.0  # nginx, Apache and HAProxy accept a session this long by default
MOST_HOSTS = 1024  # as in Chromium; 6 to 9 KiB each
# CPython 3.10 to 3.12.6 and 3.13.0 leak a session's memory each time it is read (gh-116810). There
# a process reads this many sessions; after that, it stores no new ones.
_LOSING = sys.version_info < (3, 12, 7) or sys.version_info[:3] == (3, 13, 0)
MOST_LOOKS = 1000 if _LOSING else math.inf


@dataclass(frozen=True, slots=True)
class Known:
    """A host's session; None: the host gave none, or a handshake with it has failed."""

    session: ssl.SSLSession | None
    verified_s: float

    def is_offered(self, now_s: float) -> bool:
        return now_s - self.verified_s < OFFERED_FOR_S

    def is_due(self, verified_s: float) -> bool:
        """Return whether the session of a later full handshake, at *verified_s*, replaces it.

        A refused resumption alone does not: several servers may share a name but not their ticket
        keys, and the next one may accept the session again.
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
        """Store the session of *connection*, verified for *host* at *verified_s*, if it is new.

        Call it after something has been read: in TLS 1.3 the session comes after the handshake.
        """
        known = self._known.get(host)
        if connection.session_reused or (known and not known.is_due(verified_s)):
            return
        if self._looks_left <= 0:
            return
        self._looks_left -= 1
        session = connection.session
        self._known.pop(host, None)
        # A session without an id cannot be resumed: the server sent no ticket and stores none.
        self._known[host] = Known(session if session and session.id else None, verified_s)
        if len(self._known) > MOST_HOSTS:
            del self._known[next(iter(self._known))]

    def forget(self, host: str) -> None:
        """Offer no session to *host* after a failed handshake, whatever its cause."""
        if known := self._known.get(host):
            self._known[host] = replace(known, session=None)
