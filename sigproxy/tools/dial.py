"""Connections as a browser makes them: to the address itself, or through the network's proxy."""

import asyncio
import base64
import ssl
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohappyeyeballs

from sigproxy.tools.lookup import addresses

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

ATTEMPT_DELAY_S = 0.25  # RFC 8305, 5


class ProxyRefuses(ConnectionError):
    """The proxy does not let us through; args[0] is what it said."""


@dataclass(frozen=True, slots=True)
class HttpProxy:
    """An HTTP proxy that passes other protocols by CONNECT (RFC 9110, 9.3.6)."""

    host: str
    port: int
    login: tuple[str, str] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str) -> Self:
        """Return the proxy at *url*, such as ``http://user:password@proxy.example:3128``."""
        parts = urlsplit(url if "//" in url else f"//{url}")
        login = None
        if parts.username:
            login = unquote(parts.username), unquote(parts.password or "")
        return cls(parts.hostname or "", parts.port or 80, login)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def proxy_for(host: str) -> HttpProxy | None:
    """Return the proxy that HTTPS_PROXY, or the system, names for *host*; None: there is none."""
    url = getproxies().get("https", "")
    return HttpProxy.of(url) if url and not proxy_bypass(host) else None


async def tcp(host: str, port: int, proxy: HttpProxy | None = None) -> Streams:
    """Connect, through *proxy* if there is one; raise OSError."""
    if proxy is None:
        return await _direct(host, port)
    reader, writer = await _direct(proxy.host, proxy.port)
    try:
        await _pass_through(reader, writer, f"[{host}]" if ":" in host else host, port, proxy)
    except BaseException:
        writer.close()
        raise
    return reader, writer


async def tls(streams: Streams, name: str, context: ssl.SSLContext) -> ssl.SSLObject:
    """Begin TLS with *name* on *streams*; raise OSError, of which ssl.SSLError is one."""
    _, writer = streams
    try:
        await writer.start_tls(context, server_hostname=name)
    except BaseException:
        writer.close()
        raise
    found: ssl.SSLObject = writer.get_extra_info("ssl_object")
    return found


async def _direct(host: str, port: int) -> Streams:
    sock = await aiohappyeyeballs.start_connection(
        await addresses(host, port), happy_eyeballs_delay=ATTEMPT_DELAY_S, interleave=1
    )
    return await asyncio.open_connection(sock=sock)


async def _pass_through(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    host: str,
    port: int,
    proxy: HttpProxy,
) -> None:
    lines = [f"CONNECT {host}:{port} HTTP/1.1", f"Host: {host}:{port}"]
    if proxy.login is not None:
        pair = base64.b64encode(":".join(proxy.login).encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {pair}")
    writer.write("\r\n".join([*lines, "", ""]).encode())
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        raise ProxyRefuses(f"the proxy {proxy} does not answer CONNECT in HTTP") from None
    status_line = head.partition(b"\r\n")[0].decode("latin-1")
    if status_line.split(" ", 2)[1:2] != ["200"]:
        raise ProxyRefuses(f"the proxy {proxy} answers {status_line.partition(' ')[2]!r}")
