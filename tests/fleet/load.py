"""All clients of a fleet, in a process and a network of their own: soak's, and TURN flows.

Started by ``soak.child`` as ``python -m tests.fleet.load '{"host": ..., "plan": {...}}'``.
"""

import asyncio
import ssl
from typing import Any

from benchmarks.places import raise_descriptor_limit
from soak import child
from soak.gateway import Gateway
from soak.load import Load
from soak.plan import Plan
from tests.fleet.flows import Flow


class Crowd:
    def __init__(self, gateway: Gateway, plan: Plan, flows: int, peer: tuple[str, int]) -> None:
        self._load = Load(gateway, plan)
        self._leaving = asyncio.Event()
        self._flows = [Flow(gateway, peer, self._leaving) for _ in range(flows)]
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        await self._load.begin()
        self._tasks = [asyncio.create_task(flow.run()) for flow in self._flows]

    async def figures(self) -> dict[str, Any]:
        for task in self._tasks:
            if task.done():
                task.result()
        return await self._load.figures()

    async def leave(self) -> int:
        self._leaving.set()
        _, late = await asyncio.wait(self._tasks, timeout=30) if self._tasks else ((), ())
        return await self._load.leave() + len(late)

    async def report(self) -> dict[str, Any]:
        flows = [
            {"sent": each.sent, "returned": each.returned, "wrong": each.wrong, "cuts": each.cuts}
            for each in self._flows
        ]
        return {**await self._load.report(), "flows": flows}


async def main(document: dict[str, Any]) -> None:
    raise_descriptor_limit()
    context = ssl.create_default_context(cafile=document["ca"])
    gateway = Gateway(document["port"], document["vendor_port"], context, document["host"])
    host, port = document["peer"]
    crowd = Crowd(gateway, Plan(**document["plan"]), document["flows"], (host, port))
    orders = (crowd.begin, crowd.figures, crowd.leave, crowd.report)
    await child.obey({order.__name__: order for order in orders})


if __name__ == "__main__":
    child.run(main)
