"""How clients reach the gateway, and by which target the upstream."""

import asyncio
import ssl
from dataclasses import dataclass

from tests.lab.client import Client

HOST = "127.0.0.1"
VENDOR = "up.example.com"
OPEN_S = 30.0  # for connecting and TLS, while a thousand others do so too
GONE = (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError)


@dataclass(frozen=True, slots=True)
class Gateway:
    port: int
    vendor_port: int
    context: ssl.SSLContext

    async def connect(self) -> Client:
        async with asyncio.timeout(OPEN_S):
            return await Client.open(HOST, self.port, self.context)

    def target(self, path_and_query: str, host: str = VENDOR) -> bytes:
        return f"/{host}:{self.vendor_port}{path_and_query}".encode()
