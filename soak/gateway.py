"""How clients reach the gateway, and by which target the upstream."""

import asyncio
import errno
import ssl
from dataclasses import dataclass

from tests.lab.client import Client

HOST = "127.0.0.1"
VENDOR = "up.example.com"
OPEN_S = 30.0  # for connecting and TLS, while a thousand others do so too
UNREACHABLE = (errno.EHOSTUNREACH, errno.ENETUNREACH)  # no subclass of ConnectionError
GONE = (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError)


@dataclass(frozen=True, slots=True)
class Gateway:
    port: int
    vendor_port: int
    context: ssl.SSLContext
    host: str = HOST

    async def connect(self) -> Client:
        """Connect; raise one of GONE, or TimeoutError, if that is not possible."""
        try:
            async with asyncio.timeout(OPEN_S):
                return await Client.open(self.host, self.port, self.context)
        except OSError as error:
            if error.errno in UNREACHABLE:
                raise ConnectionError(str(error)) from None
            raise

    def target(self, path_and_query: str, host: str = VENDOR) -> bytes:
        return f"/{host}:{self.vendor_port}{path_and_query}".encode()
