"""Connections to upstreams that wait for their next exchange, and for whom."""

import asyncio
from typing import Literal

from sigproxy.gateway.owner import Owner
from sigproxy.gateway.upstream.connection import Connection
from sigproxy.semantics.authority import Authority

# A request that must not be sent twice takes only a connection that surely still lives: Node,
# the quickest of the common servers to hang up, closes idle ones after 5 s.
FRESH_S = 4.0
# Idle connections in all: half of RESERVED_FILES. Who asks for a thousand names, each once, would
# else leave nobody a descriptor.
IN_ALL = 256
FOR_EACH_CLIENT = 8  # of one client's connection: as many vendors as a page talks to, and more
SWEEP_S = 1.0

Reuse = Literal["client", "shared", "never"]


Key = tuple[Owner | None, Authority]


class Pool:
    """Keeps connections for *idle_s*, or as long as the upstream says if that is shorter.

    With *reuse* "client" one of each authority for each client's connection; with "shared" *size*
    of each authority for everybody, but for those that the upstream ties to one client's login.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, reuse: Reuse, size: int, idle_s: float
    ) -> None:
        self._loop = loop
        self._reuse = reuse
        self._size = size
        self._in_all = max(size, IN_ALL)
        self._idle_s = idle_s
        self._by_key: dict[Key, list[Connection]] = {}
        self._by_owner: dict[Owner, dict[Connection, None]] = {}  # oldest first
        self._oldest_first: dict[Connection, None] = {}
        self._sweep: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._oldest_first)

    def take(
        self, authority: Authority, owner: Owner, addresses: tuple[str, ...], *, safe: bool
    ) -> Connection | None:
        """Return the idle connection that *owner* may use and that was used last.

        Its address must be one of *addresses*: DNS may have changed.
        """
        own = self._take((owner, authority), addresses, safe)
        if own is not None or self._reuse != "shared":
            return own
        return self._take((None, authority), addresses, safe)

    def _take(self, key: Key, addresses: tuple[str, ...], safe: bool) -> Connection | None:
        now_s = self._loop.time()
        for connection in reversed(self._by_key.get(key, ())):
            if not safe and connection.idle_since_s < now_s - FRESH_S:
                break
            if (
                now_s < connection.idle_until_s
                and connection.address in addresses
                and connection.is_usable
            ):
                self._remove(connection)
                connection.reused = True
                return connection
        return None

    def put(self, connection: Connection) -> None:
        """Keep *connection*, in place of the oldest if need be, or close it."""
        owner = connection.owner
        idle_s = self._idle_s if connection.promised_s is None else connection.promised_s
        if (
            self._reuse == "never"
            or idle_s <= 0
            or (owner is not None and owner.has_left)
            or not (connection.is_usable and connection.is_between_messages)
        ):
            connection.close()
            return
        if self._reuse == "shared" and not connection.is_bound:
            owner = connection.owner = None
        self._make_room(owner, connection.authority)
        connection.mark_idle()
        connection.idle_since_s = self._loop.time()
        connection.idle_until_s = connection.idle_since_s + min(idle_s, self._idle_s)
        self._by_key.setdefault((owner, connection.authority), []).append(connection)
        if owner is not None:
            self._by_owner.setdefault(owner, {})[connection] = None
        self._oldest_first[connection] = None
        if self._sweep is None:
            self._sweep = self._loop.call_later(self._idle_s, self._close_expired)

    def _make_room(self, owner: Owner | None, authority: Authority) -> None:
        """Close the oldest connection of whichever bound is reached."""
        alike = self._by_key.get((owner, authority), [])
        owned = self._by_owner.get(owner, {}) if owner is not None else {}
        if len(alike) >= (self._size if owner is None else 1):
            self._close(alike[0])  # it was idle; a request that must not be sent twice dials anyway
        elif len(owned) >= FOR_EACH_CLIENT:
            self._close(next(iter(owned)))
        elif len(self) >= self._in_all:
            self._close(next(iter(self._oldest_first)))

    def client_left(self, owner: Owner) -> None:
        """Close what was kept for *owner*, who is not going to ask for anything more."""
        owner.has_left = True
        for connection in list(self._by_owner.get(owner, ())):
            self._close(connection)

    def _close_expired(self) -> None:
        self._sweep = None
        now_s = self._loop.time()
        for connection in list(self._oldest_first):
            if connection.idle_until_s <= now_s:
                self._close(connection)
        if self._oldest_first:
            next_s = min(each.idle_until_s for each in self._oldest_first)
            self._sweep = self._loop.call_later(max(next_s - now_s, SWEEP_S), self._close_expired)

    def _close(self, connection: Connection) -> None:
        self._remove(connection)
        connection.close()

    def _remove(self, connection: Connection) -> None:
        del self._oldest_first[connection]
        key = connection.owner, connection.authority
        alike = self._by_key[key]
        alike.remove(connection)
        if not alike:
            del self._by_key[key]
        if connection.owner is not None:
            owned = self._by_owner[connection.owner]
            del owned[connection]
            if not owned:
                del self._by_owner[connection.owner]

    def close(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
        for connection in list(self._oldest_first):
            self._close(connection)
