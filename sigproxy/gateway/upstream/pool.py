"""The pool of idle connections to upstreams."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Literal

from sigproxy.gateway.pool_owner import PoolOwner
from sigproxy.gateway.upstream.connection import Connection
from sigproxy.semantics.authority import Authority

# A request that must not be sent twice uses only a connection that is surely still open. Of the
# common servers, Node closes idle connections first, after 5 s.
FRESH_S = 4.0
# All idle connections together: half of RESERVED_FILES. Otherwise a client that asks for a
# thousand hosts, each once, could use up the descriptors.
IN_ALL = 256
FOR_EACH_CLIENT = 8  # for one client's connection: more than the vendors that one page uses
SWEEP_S = 1.0

Reuse = Literal["client", "shared", "never"]

_NONE: Mapping[Authority, Connection] = {}


class Pool:
    """Keeps connections for *idle_s*, or for the upstream's own time if that is shorter.

    *reuse* "client": for each client's connection, one to each authority. "shared": up to *size* to
    each authority, for all clients; a connection that is bound to a login stays its client's own.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, reuse: Reuse, size: int, idle_s: float
    ) -> None:
        self._loop = loop
        self._reuse = reuse
        self._size = size
        self._in_all = max(size, IN_ALL)
        self._idle_s = idle_s
        # Each is oldest first. Connections without an owner are shared.
        self._owned: dict[PoolOwner, dict[Authority, Connection]] = {}
        self._shared: dict[Authority, list[Connection]] = {}
        self._all: dict[Connection, None] = {}
        self._sweep: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._all)

    def take(
        self, authority: Authority, owner: PoolOwner, addresses: tuple[str, ...], *, safe: bool
    ) -> Connection | None:
        """Return the idle connection that *owner* may use and that was last used; None if none.

        Its address must be one of *addresses*, since DNS may have changed.
        """
        own = self._owned.get(owner, _NONE).get(authority)
        if own is not None and (found := self._first_usable((own,), addresses, safe)):
            return found
        shared = self._shared.get(authority)
        return self._first_usable(reversed(shared), addresses, safe) if shared else None

    def _first_usable(
        self, connections: Iterable[Connection], addresses: tuple[str, ...], safe: bool
    ) -> Connection | None:
        now_s = self._loop.time()
        for connection in connections:
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
        """Keep *connection*, or close it if it is unusable; a full pool closes its oldest one."""
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
        if owner is None:
            self._share(connection)
        else:
            self._keep_for(owner, connection)
        if len(self._all) >= self._in_all:
            self._close(next(iter(self._all)))
        self._all[connection] = None
        connection.mark_idle()
        connection.idle_since_s = self._loop.time()
        connection.idle_until_s = connection.idle_since_s + min(idle_s, self._idle_s)
        if self._sweep is None:
            self._sweep = self._loop.call_later(self._idle_s, self._close_expired)

    def _keep_for(self, owner: PoolOwner, connection: Connection) -> None:
        owned = self._owned.setdefault(owner, {})
        if (before := owned.get(connection.authority)) is not None:
            self._close(before)  # too old for a request that must not be sent twice (FRESH_S)
        elif len(owned) >= FOR_EACH_CLIENT:
            self._close(next(iter(owned.values())))
        self._owned.setdefault(owner, owned)[connection.authority] = connection

    def _share(self, connection: Connection) -> None:
        shared = self._shared.setdefault(connection.authority, [])
        if len(shared) >= self._size:
            self._close(shared[0])
        self._shared.setdefault(connection.authority, shared).append(connection)

    def client_left(self, owner: PoolOwner) -> None:
        """Close the connections of *owner*, who has disconnected."""
        owner.has_left = True
        if owned := self._owned.get(owner):
            for connection in list(owned.values()):
                self._close(connection)

    def _close_expired(self) -> None:
        self._sweep = None
        now_s = self._loop.time()
        for connection in list(self._all):
            if connection.idle_until_s <= now_s:
                self._close(connection)
        if self._all:
            next_s = min(each.idle_until_s for each in self._all)
            self._sweep = self._loop.call_later(max(next_s - now_s, SWEEP_S), self._close_expired)

    def _close(self, connection: Connection) -> None:
        self._remove(connection)
        connection.close()

    def _remove(self, connection: Connection) -> None:
        """Remove *connection*, and its owner's or authority's entry if that is empty now."""
        del self._all[connection]
        if connection.owner is None:
            shared = self._shared[connection.authority]
            shared.remove(connection)
            if not shared:
                del self._shared[connection.authority]
        else:
            owned = self._owned[connection.owner]
            del owned[connection.authority]
            if not owned:
                del self._owned[connection.owner]

    def close(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
        for connection in list(self._all):
            self._close(connection)
