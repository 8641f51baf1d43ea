"""Whether the status page is asked for by a name that is the machine's, where only the machine may.

A page on the web can let its own name point to 127.0.0.1 (DNS rebinding): the visitor's browser
then lets it read what listens there. The Host field still has that page's name. Names with one
label cannot be bought, so they are nobody else's.
"""

import socket
from collections.abc import Iterable

from sigproxy.config.values import is_loopback
from sigproxy.errors import BadTarget
from sigproxy.semantics.authority import Authority

REFUSAL = (
    "this listener is for this machine alone, and that is none of its names: open the page at "
    "http://127.0.0.1:PORT/-/status, or add the name to server.public_names"
)


class OwnNames:
    """Judges the Host field of requests to *bind*; *public_names* are ours too."""

    def __init__(self, bind: str, public_names: Iterable[str]) -> None:
        self._is_loopback = is_loopback(bind)
        known = [Authority.parse(name.encode()).host for name in public_names]
        self._known = frozenset((*known, socket.gethostname().lower()))

    def admit(self, host: str | None) -> bool:
        """Return whether *host* may be ours: always, where others than this machine may ask."""
        if not self._is_loopback or host is None:  # every browser sends one
            return True
        try:
            name = Authority.parse(host.encode()).host.removesuffix(".")
        except (BadTarget, UnicodeEncodeError):
            return False
        return (
            "." not in name
            or name.endswith(".localhost")
            or name in self._known
            or Authority(name).is_ip
        )
