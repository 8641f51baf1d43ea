"""A gateway without a network: what a client writes is handed in, what it would read is kept."""

import asyncio
import socket
from dataclasses import replace
from typing import Any, NoReturn

from sigproxy.assembly.gateway import build_gateway
from sigproxy.config import Settings
from sigproxy.errors import ConnectionRefused
from sigproxy.exchange import Exchange, Observers
from sigproxy.gateway.downstream.connection import DownstreamProtocol
from sigproxy.gateway.handler import Gateway
from sigproxy.gateway.pool_owner import PoolOwner
from sigproxy.gateway.upstream.tls import client_context

CLIENT = "192.0.2.1"


class Written(asyncio.Transport):
    """Takes all that is written."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__({"socket": sock, "peername": (CLIENT, 1)})
        self.data = b""
        self.is_closed = False

    def write(self, data: Any) -> None:
        self.data += data

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    abort = close


class NoUpstream:
    """Refuses every connection: a request that comes so far is admitted."""

    async def acquire(self, *_: object, **__: object) -> NoReturn:
        raise ConnectionRefused("there is none")

    def client_left(self, owner: PoolOwner) -> None: ...


class First:
    """Keeps the first exchange that ends."""

    def __init__(self) -> None:
        self.exchange: asyncio.Future[Exchange] = asyncio.get_running_loop().create_future()

    def opened(self, exchange: Exchange) -> None: ...

    def ended(self, exchange: Exchange) -> None:
        if not self.exchange.done():
            self.exchange.set_result(exchange)

    def failed(self, exchange: Exchange) -> None: ...

    def closed(self) -> None: ...


def feed(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    """Have *protocol* read *data*, as transports do."""
    while data:
        room = protocol.get_buffer(-1)
        size = min(len(room), len(data))
        room[:size] = data[:size]
        protocol.buffer_updated(size)
        data = data[size:]


class Socketless:
    """Asks a gateway with *settings* whose upstreams refuse every connection."""

    def __init__(self, settings: Settings) -> None:
        built = build_gateway(settings, client_context(None, None), ())
        self.gateway: Gateway = replace(built, upstream=NoUpstream())  # type: ignore[arg-type]
        self.refused_unparsed = False

    async def ask(self, data: bytes) -> Exchange:
        """Return the exchange that *data*, which begins with a request, made."""
        loop = asyncio.get_running_loop()
        first = First()
        gateway = replace(self.gateway, observers=Observers((first,)))
        with socket.socket() as sock:
            protocol = DownstreamProtocol(gateway, set(), 75.0, loop, CLIENT)
            protocol.connection_made(Written(sock))
            feed(protocol, data)
            self.refused_unparsed = protocol.task is None
            try:
                return await first.exchange
            finally:
                protocol.connection_lost(None)
