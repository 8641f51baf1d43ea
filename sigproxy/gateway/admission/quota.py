"""Count the open connections and WebSockets of one worker and of each client, and limit them.

An attacker can use up the file descriptors. A connection beyond a client's limit gets an error as
the response to its request, and is closed; connections of other clients are not affected.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from heapq import nlargest

from sigproxy.errors import LimitError, Overloaded, TooManyConnections, TooManyWebSockets
from sigproxy.policies.limits import MOST_NEAR, NEAR, RESERVED_FILES, Limits, Near, address_key

# Connections beyond a limit that are accepted at a time, only to get the error response. They use
# half of the reserved descriptors.
OVERFLOW_CONNECTIONS = RESERVED_FILES // 2
# When another try may succeed: idle new connections are closed after header_timeout_s, 10 s.
RETRY_AFTER_S = 10


class Quota:
    """Counts by client address (IPv6 by /64) and in total.

    *is_shared* returns True for an address of many clients: a proxy in front. Such addresses, and
    UNIX sockets, which have no address, count toward the total only.
    """

    def __init__(self, limits: Limits, is_shared: Callable[[str], bool]) -> None:
        self._limits = limits
        self._is_shared = is_shared
        self._connections: Counter[str] = Counter()
        self._websockets: Counter[str] = Counter()
        self._arrivals: Counter[str] = Counter()
        self.arrivals = 0
        self.dropped = 0  # since the start: connections closed without a response
        self.connections = 0
        self.websockets = 0

    def connect(self, peer: str) -> LimitError | None:
        """Count a connection of *peer*; return the error for its requests, None if it may stay."""
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
                "operator can raise `limits.connections`, or the descriptor limit",
                RETRY_AFTER_S,
            )
        return None

    def disconnect(self, peer: str) -> None:
        self.connections -= 1
        _release(self._connections, self._key(peer))

    def handshake_started(self, client: str) -> bool:
        """Count an accepted connection of *client* until ``handshake_ended``.

        Return False, without counting it, if it is beyond the overflow too: then it gets no error
        response. A TLS handshake costs us more than the attacker, and each uses a descriptor.
        """
        key = self._key(client)
        if not self._has_room(key):
            return False
        self.arrivals += 1
        if key is not None:
            self._arrivals[key] += 1
        return True

    def handshake_ended(self, client: str) -> None:
        """Stop counting a connection that ``connect`` counts now, or that has closed."""
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
        """Count a WebSocket of *client* in the block; raise a LimitError if that is too many."""
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

    def near(self) -> list[Near]:
        """Return the clients that hold the largest shares of their limits."""
        limits = self._limits
        return [
            *_near(self._connections, "connections_per_address", limits.connections_per_address),
            *_near(self._websockets, "websockets_per_address", limits.websockets_per_address),
        ]

    def _key(self, address: str) -> str | None:
        return None if not address or self._is_shared(address) else address_key(address)


def _near(counts: "Counter[str]", setting: str, limit: int) -> list[Near]:
    least = max(NEAR * limit, 1)
    found = [(held, key) for key, held in counts.items() if held >= least]
    return [Near(key, f"limits.{setting}", held, limit) for held, key in nlargest(MOST_NEAR, found)]


def _release(counts: "Counter[str]", key: str | None) -> None:
    """Subtract one from *key*'s count; an address without connections uses no memory."""
    if key is not None:
        counts[key] -= 1
        if not counts[key]:
            del counts[key]
