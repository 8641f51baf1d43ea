"""TURN clients: each keeps one relay to a peer that sends packets back, and comes back when cut."""

import asyncio
import random
import struct
from dataclasses import dataclass, field
from time import monotonic

from soak.gateway import GONE, OPEN_S, Gateway
from tests.media.live.coturn import SECRET
from tests.media.live.turn_client import Place, TurnClient, credential

PACKET_EVERY_S = 0.2
MOST_WAIT_S = 0.5  # before it comes back
SILENT_S = 20.0
_NUMBER = struct.Struct("!I")
BYTES = 200


@dataclass(slots=True)
class Flow:
    """*cuts* are times when it was cut, and when it was relayed again."""

    gateway: Gateway
    peer: Place
    leaving: asyncio.Event
    sent: int = 0
    returned: int = 0
    wrong: list[str] = field(default_factory=list)
    cuts: list[tuple[float, float]] = field(default_factory=list)
    _cut_s: float = 0.0

    async def run(self) -> None:
        while not self.leaving.is_set():
            try:
                async with asyncio.timeout(OPEN_S):
                    client = await self._allocated()
            except (*GONE, OSError, TimeoutError, AssertionError, ValueError):
                await asyncio.sleep(random.uniform(0, MOST_WAIT_S))
                continue
            if self._cut_s:
                self.cuts.append((self._cut_s, monotonic()))
            try:
                await self._talk(client)
            finally:
                client.close()
            self._cut_s = monotonic()

    async def _allocated(self) -> TurnClient:
        raw = await self.gateway.connect()
        client = TurnClient(raw.reader, raw.writer)
        try:
            code = await client.allocate(*credential(SECRET))
            if code or await client.permission(self.peer[0]):
                raise ValueError(f"coturn refuses: {code}")
        except BaseException:
            client.close()
            raise
        return client

    async def _talk(self, client: TurnClient) -> None:
        """Send packets and take them back until the connection ends, or until it is time to go."""
        hearing = asyncio.create_task(self._hear(client, self.sent))
        try:
            while not hearing.done() and not self.leaving.is_set():
                self.sent += 1
                await client.relay(self.peer, _NUMBER.pack(self.sent).ljust(BYTES, b"m"))
                await asyncio.wait([hearing], timeout=PACKET_EVERY_S)
            await asyncio.wait([hearing], timeout=PACKET_EVERY_S)  # the last come back
        except (*GONE, OSError, AssertionError):
            pass
        finally:
            hearing.cancel()
            await asyncio.wait([hearing])

    async def _hear(self, client: TurnClient, last: int) -> None:
        try:
            while True:
                async with asyncio.timeout(SILENT_S):
                    place, data = await client.relayed_to_us()
                (number,) = _NUMBER.unpack_from(data)
                if place != self.peer or number <= last:
                    self.wrong.append(f"packet {number} of {place} came behind {last}")
                last = number
                self.returned += 1
        except (*GONE, OSError, TimeoutError, AssertionError):
            return
