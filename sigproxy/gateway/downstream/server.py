"""All connections of one worker, and how they end when it stops."""

import asyncio
from weakref import WeakSet

from sigproxy.gateway.downstream.connection import DownstreamProtocol
from sigproxy.gateway.downstream.handshakes import Handshakes
from sigproxy.gateway.downstream.request import Receiver


class DownstreamServer:
    """Makes one protocol for each connection; aiohttp's runner calls it when it must stop."""

    def __init__(self, receiver: Receiver, keepalive_s: float) -> None:
        self.receiver = receiver
        self._keepalive_s = keepalive_s
        self.connections: set[DownstreamProtocol] = set()
        self.arrivals: set[asyncio.Task[None]] = set()  # before or in the TLS handshake
        self.handshakes = Handshakes()
        # Weak: asyncio does not notify a protocol whose TLS handshake fails.
        self._accepted: WeakSet[DownstreamProtocol] = WeakSet()
        self._loop = asyncio.get_running_loop()

    def __call__(self, peer: str = "") -> DownstreamProtocol:
        """Make the protocol of a connection; *peer* as in ``DownstreamProtocol``."""
        accepted = DownstreamProtocol(
            self.receiver, self.connections, self._keepalive_s, self._loop, peer
        )
        self._accepted.add(accepted)
        return accepted

    def is_arriving(self) -> bool:
        """Return whether a client is in its TLS handshake, or has not sent its first request."""
        return bool(self.arrivals) or any(each.is_arriving for each in self._accepted)

    def pre_shutdown(self) -> None:
        """Close idle connections; let busy ones finish their request."""
        for connection in list(self.connections):
            connection.finish()

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  # aiohttp's
        """Let current exchanges run for *timeout* seconds, then cancel them."""
        await self._turn_away()
        tasks = [each.task for each in self.connections if each.task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=timeout)
        for connection in list(self.connections):
            connection.close()

    async def _turn_away(self) -> None:
        late = set(self.arrivals)
        for arrival in late:
            arrival.cancel()
        if late:
            await asyncio.wait(late)
