"""What is open, whether new work is taken, and the goodbye when the process is told to stop."""

import asyncio
from typing import Protocol

# Thousands of SDKs that are cut off in one instant come back in one instant.
CLOSES_PER_S = 200
# A client that connected just before the listeners closed is still in its TLS handshake, or its
# first request is on its way: nobody counts it yet.
LATE_ARRIVALS_S = 0.5


class Farewell(Protocol):
    def say_goodbye(self) -> None:
        """Ask the client to go, as its protocol allows."""


class Drain:
    """Counts exchanges; knows every tunnel."""

    def __init__(self) -> None:
        self.draining = False
        self._in_flight = 0
        self._tunnels: set[Farewell] = set()
        self._empty = asyncio.Event()

    @property
    def in_flight(self) -> int:
        return self._in_flight

    def enter(self) -> None:
        self._in_flight += 1

    def leave(self) -> None:
        self._in_flight -= 1
        if self.draining and not self._in_flight:
            self._empty.set()

    def register(self, tunnel: Farewell) -> None:
        self._tunnels.add(tunnel)
        if self.draining:
            tunnel.say_goodbye()

    def unregister(self, tunnel: Farewell) -> None:
        self._tunnels.discard(tunnel)

    async def run(self, window_s: float) -> int:
        """Say goodbye to every tunnel and wait for all exchanges; return how many are left."""
        self.draining = True
        try:
            async with asyncio.timeout(window_s):
                await self._say_goodbyes(window_s)
                await asyncio.sleep(LATE_ARRIVALS_S)
                while self._in_flight:
                    self._empty.clear()
                    await self._empty.wait()
        except TimeoutError:
            pass
        return self._in_flight

    async def _say_goodbyes(self, window_s: float) -> None:
        tunnels = list(self._tunnels)
        pause_s = min(1 / CLOSES_PER_S, window_s / 2 / max(1, len(tunnels)))
        for tunnel in tunnels:
            tunnel.say_goodbye()
            await asyncio.sleep(pause_s if len(tunnels) > 1 else 0)
