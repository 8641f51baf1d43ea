"""Connections as a browser makes them: to the address itself, or through the network's proxy."""

import asyncio
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Self
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohappyeyeballs

from sigproxy.semantics import connect_request
from sigproxy.tools.lookup import addresses

Admits = Callable[[str], bool]  # whether an IP address may be connected to
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

ATTEMPT_DELAY_S = 0.25  # RFC 8305, 5


class BadProxy(ValueError):
    """What names the proxy cannot be used; args[0] says what to write."""


class NotAdmitted(OSError):
    """Who named the host may not have us connect to its address; args[0] says so."""


class ProxyUnreachable(ConnectionError):
    """The proxy itself cannot be reached; args[0] says so."""


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
        """Return the proxy at *url*, such as ``http://user:password@proxy.example:3128``.

        Raises BadProxy. Neither its message nor another one shows the password.
        """
        remedy = "write http://proxy.example:3128"
        try:
            parts = urlsplit(url if "//" in url else f"//{url}")
            port = parts.port or 80
        except ValueError:
            raise BadProxy(f"it is no URL; {remedy}") from None
        if parts.scheme.lower() not in ("", "http", "https"):
            raise BadProxy(f"{parts.scheme}:// is no HTTP proxy; {remedy}")
        if not parts.hostname or not parts.netloc.isprintable() or " " in parts.netloc:
            raise BadProxy(f"it names no host; {remedy}")
        login = None
        if parts.username:
            login = unquote(parts.username), unquote(parts.password or "")
        return cls(parts.hostname, port, login)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def proxy_for(host: str) -> HttpProxy | None:
    """Return the proxy that HTTPS_PROXY, or the system, names for *host*; None: there is none.

    Raises BadProxy.
    """
    url = getproxies().get("https", "")
    return HttpProxy.of(url) if url and not proxy_bypass(host) else None


async def tcp(
    host: str, port: int, proxy: HttpProxy | None = None, admits: Admits | None = None
) -> Streams:
    """Connect, through *proxy* if there is one; raise OSError."""
    if proxy is None:
        return await _direct(host, port, admits)
    if admits is not None and _is_address(host):
        admitted([host], host, admits)
    try:
        reader, writer = await _direct(proxy.host, proxy.port)
    except ConnectionRefusedError:
        raise ProxyUnreachable(f"the proxy {proxy} refuses connections") from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ProxyUnreachable(f"the proxy {proxy} cannot be reached: {why}") from error
    try:
        await _pass_through(reader, writer, host, port, proxy)
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


def admitted(found: Iterable[str], host: str, admits: Admits) -> None:
    """Raise NotAdmitted if one of the addresses that *host* has is not admitted."""
    for address in found:
        if not admits(address):
            shown = host if host == address else f"{host}, which is {address},"
            raise NotAdmitted(f"{shown} is neither a public address nor the gateway's own")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


async def _direct(host: str, port: int, admits: Admits | None = None) -> Streams:
    found = await addresses(host, port)
    if admits is not None:
        admitted((each[4][0] for each in found), host, admits)
    sock = await aiohappyeyeballs.start_connection(
        found, happy_eyeballs_delay=ATTEMPT_DELAY_S, interleave=1
    )
    return await asyncio.open_connection(sock=sock)


async def _pass_through(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    host: str,
    port: int,
    proxy: HttpProxy,
) -> None:
    login = None if proxy.login is None else connect_request.basic(*proxy.login)
    writer.write(connect_request.request((host, port), login))
    try:
        said = connect_request.answer(await reader.readuntil(b"\r\n\r\n"))
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
        raise ProxyRefuses(f"the proxy {proxy} does not answer CONNECT in HTTP") from None
    except ConnectionError:
        raise ProxyRefuses(f"the proxy {proxy} breaks off at CONNECT") from None
    if not said.is_tunnel:
        raise ProxyRefuses(f"the proxy {proxy} answers '{said}'")
