"""All clients, in one process that the conductor asks for figures.

python -m soak.load '{"port": ..., "vendor_port": ..., "ca": "...", "plan": {...}}'
"""

import asyncio
import ssl
from dataclasses import asdict
from typing import Any

from benchmarks.figures import percentile
from benchmarks.places import raise_descriptor_limit
from soak import child
from soak.callers import Caller
from soak.gateway import Gateway
from soak.ledger import Ledger
from soak.pages import Page
from soak.plan import Plan

MOST_PAGES = 20
LEAVE_S = 45.0


class Load:
    def __init__(self, gateway: Gateway, plan: Plan) -> None:
        self._ledger = Ledger()
        pages = max(1, min(MOST_PAGES, round(plan.requests_per_s)))
        pause_s = pages / plan.requests_per_s
        self._clients: list[Caller | Page] = [
            *(Caller(number, gateway, plan, self._ledger) for number in range(plan.websockets)),
            *(Page(number, gateway, self._ledger, pause_s) for number in range(pages)),
        ]
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        self._tasks = [asyncio.create_task(client.run()) for client in self._clients]

    async def figures(self) -> dict[str, Any]:
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()  # a fault of ours ends the soak
        return self._ledger.figures()

    async def leave(self) -> int:
        """Let all clients go in peace; return how many did not find the way out."""
        self._ledger.leaving.set()
        for guest in list(self._ledger.guests):
            guest.leave()
        _, late = await asyncio.wait(self._tasks, timeout=LEAVE_S)
        for task in late:
            task.cancel()
        return len(late)

    async def report(self) -> dict[str, Any]:
        ledger = self._ledger
        milliseconds = {
            str(percent): percentile(ledger.round_trips_s, percent) * 1000
            for percent in (50, 99)
            if ledger.round_trips_s
        }
        sessions = {name: asdict(session) for name, session in ledger.sessions.items()}
        return {"sessions": sessions, "round_trip_ms": milliseconds}


async def main(document: dict[str, Any]) -> None:
    raise_descriptor_limit()
    context = ssl.create_default_context(cafile=document["ca"])
    gateway = Gateway(document["port"], document["vendor_port"], context)
    load = Load(gateway, Plan(**document["plan"]))
    orders = (load.begin, load.figures, load.leave, load.report)
    await child.obey({order.__name__: order for order in orders})


if __name__ == "__main__":
    child.run(main)
