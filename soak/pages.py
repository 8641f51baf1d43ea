"""Web pages: requests of all kinds, one after another, over connections that are kept."""

import asyncio
import random
from dataclasses import dataclass, replace
from time import monotonic
from urllib.parse import urlsplit

from sigproxy.gateway.replay import OWN_BYTES
from soak.account import Kind
from soak.gateway import GONE, Gateway
from soak.ledger import Ledger
from soak.requests import Request, judge, requests
from tests.lab.client import Client
from tests.lab.wire import Response

NEW_CONNECTION = 0.2  # the share of requests that come over a new one


@dataclass(slots=True, eq=False)
class Kept:
    """A connection to the gateway, since when, and whether it has served before."""

    client: Client
    connected_s: float
    is_reused: bool = False

    @property
    def is_open(self) -> bool:
        """Return whether it still is, as far as a client knows."""
        reader = self.client.reader
        return reader.exception() is None and not reader.at_eof()


class Page:
    def __init__(self, number: int, gateway: Gateway, ledger: Ledger, pause_s: float) -> None:
        self._gateway = gateway
        self._ledger = ledger
        self._pause_s = pause_s
        self._requests = requests(gateway, number)
        self._kept: Kept | None = None

    async def run(self) -> None:
        try:
            while await self._ledger.rest(random.expovariate(1 / self._pause_s)):
                await self._make(next(self._requests))
        finally:
            self._drop()

    async def _make(self, request: Request) -> None:
        begun_s = monotonic()
        kept: Kept | None = None
        try:
            kept = await self._connection()
            problem = await self._exchange(kept.client, request)
        except GONE as error:
            is_stale = kept is not None and kept.is_reused and not getattr(error, "partial", b"")
            problem = Kind.STALE if is_stale else Kind.CUT, f"before the answer: {error!r}"
        except (TimeoutError, AssertionError) as error:
            problem = Kind.WRONG, str(error) or "no connection in time"
        if problem is None:
            self._ledger.requests[request.what] += 1
        else:
            connected_s = kept.connected_s if kept else begun_s
            self._ledger.fail(
                problem[0], request.name, request.what, problem[1], connected_s, begun_s
            )
        if problem is not None or request.is_aborted:
            self._drop()

    async def _connection(self) -> Kept:
        """Return the connection that was kept, if it is still there, or else a new one."""
        kept = self._kept
        if kept and kept.is_open and random.random() > NEW_CONNECTION:
            kept.is_reused = True
            return kept
        self._drop()
        connected_s = monotonic()
        self._kept = Kept(await self._gateway.connect(), connected_s)
        return self._kept

    async def _exchange(self, client: Client, request: Request) -> tuple[Kind, str] | None:
        message = request.message
        if request.is_aborted:
            client.send(message if request.body is None else message[: len(message) // 2])
            await asyncio.sleep(random.uniform(0, 0.1))
            client.vanish()
            return None
        client.send(message)
        response = await client.response(request.method)
        if response.get(b"connection") == b"close":
            self._drop()
        if response.status == 307 and len(request.body or b"") > OWN_BYTES:
            return await self._follow(request, response)
        return judge(request, response)

    async def _follow(self, request: Request, response: Response) -> tuple[Kind, str] | None:
        """Go where the gateway sends on, as browsers do.

        Long bodies are kept for a redirect as far as a worker has room for them.
        """
        location = urlsplit(response.get(b"location") or b"")
        if not location.path:
            return judge(request, response)
        target = location.path + b"?" + location.query
        return await self._exchange(
            (await self._connection()).client, replace(request, target=target)
        )

    def _drop(self) -> None:
        if self._kept is not None:
            self._kept.client.close()
            self._kept = None
