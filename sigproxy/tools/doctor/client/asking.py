"""HTTP at the gateway, as an app asks: paths byte for byte, and whose answer it is."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from time import monotonic, time

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from sigproxy import __version__
from sigproxy.tools.dial import HttpProxy
from sigproxy.tools.doctor import http_errors
from sigproxy.tools.doctor.client.address import GatewayAddress
from sigproxy.tools.lookup import addresses

Socket = aiohttp.ClientWebSocketResponse

ASK_S = 4.0
VENDOR_S = 9.0  # the gateway itself waits for a vendor's name, TCP and TLS
MOST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer, or why there is none (*status* 0).

    *at_s*: when it had come, in seconds since the epoch.
    *error* and *detail* are the gateway's own, "" in a vendor's answer; so is *request_id*.
    """

    status: int
    took_s: float
    body: bytes = field(default=b"", repr=False)
    fields: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    detail: str = ""
    request_id: str = ""
    at_s: float = 0.0

    @property
    def shown(self) -> str:
        """Return what came, for people."""
        if not self.status:
            return self.detail
        number = f" (request {self.request_id})" if self.request_id else ""
        return f"{self.status} {self.detail}".rstrip() + number


class Client:
    """Asks one gateway."""

    def __init__(self, session: aiohttp.ClientSession, address: GatewayAddress) -> None:
        self._session = session
        self._address = address

    async def ask(
        self,
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        within_s: float = ASK_S,
    ) -> Asked:
        began_s = monotonic()
        try:
            async with (
                asyncio.timeout(within_s),
                self._session.request(
                    method,
                    self.url(path),
                    headers=headers,
                    allow_redirects=False,
                ) as response,
            ):
                body = await _whole(response)
                return replace(_read(response, body, monotonic() - began_s), at_s=time())
        except TimeoutError:
            return Asked(0, within_s, error="response_timeout", detail=f"nothing in {within_s:g} s")
        except (aiohttp.ClientError, OSError) as error:
            detail = http_errors.sentence(error)
            return Asked(0, monotonic() - began_s, error="connection_terminated", detail=detail)

    def url(self, path: str) -> URL:
        """Return *path* at the gateway, so that it is sent unchanged."""
        return URL(self._address.at(path), encoded=True)

    @asynccontextmanager
    async def websocket(self, path: str) -> AsyncIterator[Socket]:
        """Open a WebSocket; raise aiohttp.ClientError or OSError."""
        async with self._session.ws_connect(self.url(path)) as socket:
            yield socket


@asynccontextmanager
async def asking(
    address: GatewayAddress, context: ssl.SSLContext, proxy: HttpProxy | None
) -> AsyncIterator[Client]:
    connector = aiohttp.TCPConnector(ssl=context, resolver=_Resolver(), limit=0)
    agent = {"User-Agent": f"sigproxy-doctor/{__version__}"}
    async with aiohttp.ClientSession(
        connector=connector,
        headers=agent,
        cookie_jar=aiohttp.DummyCookieJar(),  # a vendor's are no other vendor's
        proxy=proxy.url if proxy else None,
        proxy_auth=aiohttp.BasicAuth(*proxy.login) if proxy and proxy.login else None,
    ) as session:
        yield Client(session, address)


class _Resolver(AbstractResolver):
    """aiohttp's own waits for the C library at the end; see ``lookup``."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=place[0],
                port=port,
                family=kind,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for kind, _, _, _, place in await addresses(host, port)
        ]

    async def close(self) -> None: ...


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    """Return the body, as much of it as a plan or an error may have."""
    body = b""
    async for part in response.content.iter_any():
        body += part
        if len(body) > MOST_BYTES:
            break
    return body


def _read(response: aiohttp.ClientResponse, body: bytes, took_s: float) -> Asked:
    fields = {name.lower(): value for name, value in response.headers.items()}
    asked = Asked(response.status, took_s, body, fields, request_id=fields.get("x-request-id", ""))
    if not fields.get("proxy-status", "").startswith("sigproxy"):
        return asked
    try:
        said = json.loads(body)
        error, detail = str(said["error"]), str(said["detail"])
        number = str(said.get("request_id", asked.request_id))
    except (ValueError, KeyError, TypeError):  # the answer to HEAD has no body
        error, detail, number = "gateway_error", fields["proxy-status"], asked.request_id
    return Asked(response.status, took_s, body, fields, error, detail, number)
