"""What one worker holds open, how much of it is each client's, and what is too much.

What an attacker wants is descriptors. Who holds too many connections is told so in the answer to
its next request, and that one is closed; what anybody else holds is not touched.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sigproxy.errors import LimitError, Overloaded, TooManyConnections, TooManyWebSockets
from sigproxy.policies.limits import RESERVED_FILES, Limits, address_key

# Connections beyond a limit that are let in at a time, to be told so. Of descriptors, a half of
# what is reserved.
OVERFLOW_CONNECTIONS = RESERVED_FILES // 2
# How soon another try may succeed: stuck connections are closed after header_timeout_s, 10 s.
RETRY_AFTER_S = 10


class Quota:
    """Counts by client address (IPv6 by /64) and in all.

    *is_shared* tells the addresses that carry many clients: proxies in front. Connections over a
    UNIX socket have no address. Neither has a share of its own.
    """

    def __init__(self, limits: Limits, is_shared: Callable[[str], bool]) -> None:
        self._limits = limits
        self._is_shared = is_shared
        self._connections: Counter[str] = Counter()
        self._websockets: Counter[str] = Counter()
        self._arrivals: Counter[str] = Counter()
        self.arrivals = 0
        self.dropped = 0  # since the start: those that there was no room to tell
        self.connections = 0
        self.websockets = 0

    def connect(self, peer: str) -> LimitError | None:
        """Count a connection of *peer*; return what its requests are refused with, if any."""
        self.connections += 1
        key = self._key(peer)
        if key is not None:
            self._connections[key] += 1
            most = self._limits.connections_per_address
            if self._connections[key] > most:
                return TooManyConnections(
                    f"more than {most} connections from {key}; the gateway's operator can raise "
                    "`limits.connections_per_address`",
                    RETRY_AFTER_S,
                )
        if self.connections > self._limits.connections:
            return Overloaded(
                f"more than {self._limits.connections} connections are open; the gateway's "
                "operator can raise `limits.connections`, or the descriptor limit behind it",
                RETRY_AFTER_S,
            )
        return None

    def disconnect(self, peer: str) -> None:
        self.connections -= 1
        _release(self._connections, self._key(peer))

    def handshake_started(self, client: str) -> bool:
        """Count an accepted connection of *client*, until ``handshake_ended`` takes it away again.

        False, and it does not count, if there is not even room to tell it that it is too many:
        a handshake of TLS costs more than an attacker's connection, and each of them a descriptor.
        """
        key = self._key(client)
        if not self._has_room(key):
            return False
        self.arrivals += 1
        if key is not None:
            self._arrivals[key] += 1
        return True

    def handshake_ended(self, client: str) -> None:
        """Count no longer what is one of ``connect`` now, or has gone."""
        self.arrivals -= 1
        _release(self._arrivals, self._key(client))

    def _has_room(self, key: str | None) -> bool:
        limits = self._limits
        if self.connections + self.arrivals >= limits.connections + OVERFLOW_CONNECTIONS:
            return False
        held = 0 if key is None else self._connections[key] + self._arrivals[key]
        return held < limits.connections_per_address + OVERFLOW_CONNECTIONS

    @contextmanager
    def websocket(self, client: str) -> Iterator[None]:
        """Count a WebSocket of *client* meanwhile; raise a LimitError if it is one too many."""
        key = self._key(client)
        self._admit_websocket(key)
        self.websockets += 1
        if key is not None:
            self._websockets[key] += 1
        try:
            yield
        finally:
            self.websockets -= 1
            _release(self._websockets, key)

    def _admit_websocket(self, key: str | None) -> None:
        most = self._limits.websockets_per_address
        if key is not None and self._websockets[key] >= most:
            raise TooManyWebSockets(
                f"{most} WebSockets from {key} are open; the gateway's operator can raise "
                "`limits.websockets_per_address`",
                RETRY_AFTER_S,
            )
        if self.websockets >= self._limits.websockets:
            raise Overloaded(
                f"{self._limits.websockets} WebSockets are open; the gateway's operator can raise "
                "`limits.websockets`",
                RETRY_AFTER_S,
            )

    def _key(self, address: str) -> str | None:
        return None if not address or self._is_shared(address) else address_key(address)


def _release(counts: "Counter[str]", key: str | None) -> None:
    """Count one less of *key*; an address that holds nothing costs no memory."""
    if key is not None:
        counts[key] -= 1
        if not counts[key]:
            del counts[key]
