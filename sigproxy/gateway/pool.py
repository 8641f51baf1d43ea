"""Connections to upstreams that wait for their next exchange."""

import asyncio

from sigproxy.gateway.connection import Connection
from sigproxy.semantics.authority import Authority

# A request that must not be sent twice takes only a connection that surely still lives: Node,
# the quickest of the common servers to hang up, closes idle ones after 5 s.
FRESH_S = 4.0
# Idle connections in all: half of RESERVED_FILES. Who asks for a thousand names, each once, would
# else leave nobody a descriptor.
IN_ALL = 256
SWEEP_S = 1.0


class Pool:
    """Keeps *size* of each authority's, for *idle_s*; takes the last one first."""

    def __init__(self, loop: asyncio.AbstractEventLoop, size: int, idle_s: float) -> None:
        self._loop = loop
        self._size = size
        self._in_all = max(size, IN_ALL)
        self._idle_s = idle_s
        self._by_authority: dict[Authority, list[Connection]] = {}
        self._oldest_first: dict[Connection, None] = {}
        self._sweep: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._oldest_first)

    def take(
        self, authority: Authority, addresses: tuple[str, ...], *, safe: bool
    ) -> Connection | None:
        """Return the connection used last, if DNS still names where it leads."""
        idle = self._by_authority.get(authority)
        if idle is None:
            return None
        oldest = self._loop.time() - (self._idle_s if safe else FRESH_S)
        for connection in reversed(idle):
            if connection.idle_since_s < oldest:
                break
            if connection.address in addresses and connection.is_usable:
                self._remove(connection)
                connection.reused = True
                return connection
        return None

    def put(self, connection: Connection) -> None:
        """Keep *connection*, in place of the oldest if need be, or close it."""
        if not (connection.is_usable and connection.is_between_messages):
            connection.close()
            return
        idle = self._by_authority.get(connection.authority)
        if idle is not None and len(idle) >= self._size:
            self._close(idle[0])  # what must not be sent twice does without it
        elif len(self) >= self._in_all:
            self._close(next(iter(self._oldest_first)))
        connection.rest()
        connection.idle_since_s = self._loop.time()
        self._by_authority.setdefault(connection.authority, []).append(connection)
        self._oldest_first[connection] = None
        if self._sweep is None:
            self._sweep = self._loop.call_later(self._idle_s, self._close_expired)

    def _close_expired(self) -> None:
        self._sweep = None
        now = self._loop.time()
        while self._oldest_first:
            oldest = next(iter(self._oldest_first))
            left_s = oldest.idle_since_s + self._idle_s - now
            if left_s > 0:
                self._sweep = self._loop.call_later(max(left_s, SWEEP_S), self._close_expired)
                break
            self._close(oldest)

    def _close(self, connection: Connection) -> None:
        self._remove(connection)
        connection.close()

    def _remove(self, connection: Connection) -> None:
        del self._oldest_first[connection]
        idle = self._by_authority[connection.authority]
        idle.remove(connection)
        if not idle:
            del self._by_authority[connection.authority]

    def close(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
        for connection in list(self._oldest_first):
            self._close(connection)
