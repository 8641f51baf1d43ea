"""Clients that all do the same, again and again, at a fixed rate: a benchmark's load.

Started by ``soak.child``. A unit is one small GET on a kept connection and one message of 120
bytes, sent back, on a WebSocket.
"""

import asyncio
import ssl
from dataclasses import dataclass
from time import monotonic
from typing import Any

from benchmarks.places import raise_descriptor_limit
from soak import child, messages
from soak.gateway import Gateway
from tests.lab.client import Client
from tests.lab.frames import BINARY, frame, handshake, read_frame

EVERY_S = 0.1  # each client's next unit
BYTES = 120


@dataclass(slots=True)
class Worker:
    """One client with its two connections."""

    name: str
    http: Client
    websocket: Client
    target: bytes
    said: int = 0

    @classmethod
    async def opened(cls, name: str, gateway: Gateway) -> "Worker":
        websocket = await gateway.connect()
        head = await handshake(websocket, gateway.target(f"/ws?name={name}"))
        assert head.status == 101, head.status
        target = gateway.target(f"/bytes?name={name}&size={BYTES}")
        return cls(name, await gateway.connect(), websocket, target)

    async def unit(self) -> None:
        answer = await self.http.get(self.target)
        assert answer.status == 200, answer.body
        self.said += 1
        sent = messages.message(self.name, self.said, BYTES)
        self.websocket.send(frame(BINARY, sent, masked=True))
        assert (await read_frame(self.websocket)).payload == sent

    async def run(self, begin_s: float, end_s: float) -> int:
        """Do a unit when it is due; return how many were done by *end_s*."""
        units = 0
        while (due_s := begin_s + units * EVERY_S) < end_s:
            await asyncio.sleep(max(0.0, due_s - monotonic()))
            await self.unit()
            units += 1
        return units

    def close(self) -> None:
        for each in (self.http, self.websocket):
            each.vanish()


class Steady:
    """Groups of clients, numbered from 0, of which one works at a time."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._groups: list[list[Worker]] = []
        self._opened = 0

    async def open(self, count: int) -> None:
        """Open one group more."""
        names = range(self._opened, self._opened + count)
        self._opened += count
        self._groups.append(
            [await Worker.opened(f"steady/{name}", self._gateway) for name in names]
        )

    async def run(self, group: int, seconds: float) -> int:
        """Return how many units the group has done."""
        begin_s, workers = monotonic(), self._groups[group]
        done = await asyncio.gather(
            *(
                each.run(begin_s + EVERY_S * at / len(workers), begin_s + seconds)
                for at, each in enumerate(workers)
            )
        )
        return sum(done)

    async def close(self) -> None:
        for each in (each for group in self._groups for each in group):
            each.close()
        self._groups.clear()


async def main(document: dict[str, Any]) -> None:
    raise_descriptor_limit()
    context = ssl.create_default_context(cafile=document["ca"])
    steady = Steady(Gateway(document["port"], document["vendor_port"], context, document["host"]))
    orders = (steady.open, steady.run, steady.close)
    await child.obey({order.__name__: order for order in orders})


if __name__ == "__main__":
    child.run(main)
