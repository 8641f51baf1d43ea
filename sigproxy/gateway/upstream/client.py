"""Connections to upstreams: pooled or new, with verified TLS and named errors."""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from sigproxy.errors import (
    CertificateError,
    ConnectionRefused,
    ConnectionTerminated,
    ConnectionTimeout,
    GatewayError,
    TlsError,
    UpstreamError,
)
from sigproxy.exchange import Exchange
from sigproxy.gateway.admission import descriptors
from sigproxy.gateway.pool_owner import PoolOwner
from sigproxy.gateway.receive_window import narrow
from sigproxy.gateway.transport import keep_alive
from sigproxy.gateway.upstream import tcp
from sigproxy.gateway.upstream.connection import Connection
from sigproxy.gateway.upstream.pool import Pool, Reuse
from sigproxy.gateway.upstream.proxy import UNRESOLVED, Proxy
from sigproxy.gateway.upstream.resolver import Resolver
from sigproxy.gateway.upstream.tls import ClientContext, certificate_fault
from sigproxy.policies.certificate_names import CertificateNames
from sigproxy.semantics import persistence
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import Fields


@dataclass(frozen=True, slots=True)
class UpstreamOptions:
    """The settings of the same names; ``config.model`` has the defaults."""

    tls: ClientContext
    connect_timeout_s: float
    tls_timeout_s: float
    reuse: Reuse
    pool_idle_s: float
    pool_size: int
    certificate_names: CertificateNames


class Upstream:
    """Lends each connection to one exchange at a time, and takes it back.

    *proxy*: through which upstreams are reached; None: nothing stands between.
    """

    def __init__(
        self, settings: UpstreamOptions, resolver: Resolver, proxy: Proxy | None = None
    ) -> None:
        self._settings = settings
        self._resolver = resolver
        self._proxy = proxy
        self._loop = asyncio.get_running_loop()
        self._pool = Pool(self._loop, settings.reuse, settings.pool_size, settings.pool_idle_s)
        self.connections = Counter({"new": 0, "reused": 0})  # that requests got, since the start

    async def acquire(
        self, authority: Authority, owner: PoolOwner, exchange: Exchange, *, safe: bool, fresh: bool
    ) -> Connection:
        """Return a connection to *authority* that *owner* may use.

        Raises an UpstreamError, AddressRefused, or DescriptorsExhausted.

        The duration of each step is recorded in *exchange*, also if it failed.
        *safe*: the request may be sent again if a pooled connection turns out to be dead.
        *fresh*: it is being sent again, so open a new connection.
        """
        deadline = self._loop.time() + self._settings.connect_timeout_s
        try:
            host = authority.host
            if self._proxy is not None and self._proxy.egress.looks_up(authority):
                addresses = UNRESOLVED
            else:
                addresses = self._resolver.known(host) or await self._resolve(host, exchange)
            pooled = None if fresh else self._pool.take(authority, owner, addresses, safe=safe)
            connection = pooled or await self._dial(authority, addresses, deadline, exchange)
            connection.owner = owner
            self.connections["reused" if pooled else "new"] += 1
            return connection
        except OSError as error:
            raise _named(authority, error) from error

    def answered(self, connection: Connection, request: Fields, response: Fields) -> None:
        """Record what a response says about its *connection*.

        The connection works, so later ones to its host may resume its TLS session.
        """
        connection.promised_s = persistence.promised_s(response)
        if self._settings.reuse == "shared" and not connection.is_bound:
            connection.is_bound = persistence.is_bound(request, response)
        if not connection.reused:
            tls = connection.transport.get_extra_info("ssl_object")
            sessions = self._settings.tls.sessions
            sessions.learn(connection.authority.host, tls, connection.verified_s)

    def release(self, connection: Connection) -> None:
        """Pool *connection* for the next exchange, if it can serve one."""
        self._pool.put(connection)

    def client_left(self, owner: PoolOwner) -> None:
        """Close the pooled connections of *owner*, who has disconnected."""
        self._pool.client_left(owner)

    async def _resolve(self, host: str, exchange: Exchange) -> tuple[str, ...]:
        began_s = monotonic()
        try:
            return await self._resolver.resolve(host)
        finally:
            exchange.dns_s = _took(exchange.dns_s, began_s)

    async def _dial(
        self,
        authority: Authority,
        addresses: tuple[str, ...],
        deadline: float,
        exchange: Exchange,
    ) -> Connection:
        proxy = self._proxy
        if proxy is not None and proxy.egress.is_direct(authority, addresses):
            proxy = None
        sock, address = await self._connect(authority, addresses, proxy, deadline, exchange)
        try:
            keep_alive(sock)
            narrow(sock)
        except OSError:
            sock.close()
            raise
        began_s = monotonic()
        # From here on the transport owns the socket. If we closed it, the next connection could
        # get its number while the transport still watches that.
        try:
            async with asyncio.timeout(self._settings.tls_timeout_s):
                _, connection = await self._loop.create_connection(
                    lambda: Connection(authority, self._loop),
                    sock=sock,
                    ssl=self._settings.tls,
                    server_hostname=self._settings.certificate_names.of(authority),
                    # Longer than our own timeout, so that ours determines the error.
                    ssl_handshake_timeout=self._settings.tls_timeout_s + 1,
                )
        except Exception as error:
            self._settings.tls.sessions.forget(authority.host)
            if isinstance(error, TimeoutError):
                raise self._silent_in_tls(authority, proxy or address) from None
            if proxy is not None and isinstance(error, ConnectionError):
                raise _cut_in_tls(authority, proxy) from error
            raise
        finally:
            exchange.tls_s = _took(exchange.tls_s, began_s)
        connection.address = address
        return connection

    async def _connect(
        self,
        authority: Authority,
        addresses: tuple[str, ...],
        proxy: Proxy | None,
        deadline: float,
        exchange: Exchange,
    ) -> tuple[socket.socket, str]:
        """Return a connection, and which of *addresses* it leads to."""
        began_s = monotonic()
        try:
            if proxy is not None:
                return await proxy.tunnel(authority, addresses, deadline)
            async with asyncio.timeout_at(deadline):
                sock = await tcp.connect(addresses, authority.port, self._loop)
        except TimeoutError:
            raise _silent(authority, tcp.tried(addresses)) from None
        finally:
            exchange.tcp_s = _took(exchange.tcp_s, began_s)
        try:
            return sock, sock.getpeername()[0]
        except OSError:
            sock.close()
            raise

    def _silent_in_tls(self, authority: Authority, accepted_by: Proxy | str) -> ConnectionTimeout:
        return ConnectionTimeout(
            f"{authority} could not be connected to in time: {accepted_by} accepts the connection, "
            f"and its TLS handshake was not complete within {self._settings.tls_timeout_s:g} s"
        )

    @property
    def idle_count(self) -> int:
        return len(self._pool)

    @property
    def resolver(self) -> Resolver:
        return self._resolver

    async def close(self) -> None:
        self._pool.close()
        await self._resolver.close()
        if self._proxy is not None:
            await self._proxy.close()


def _took(before_s: float | None, began_s: float) -> float:
    """Return how long a step took that ends now, plus *before_s* from earlier hops."""
    return (before_s or 0.0) + monotonic() - began_s


def _silent(authority: Authority, tried: Sequence[str]) -> ConnectionTimeout:
    return ConnectionTimeout(
        f"{authority} could not be connected to in time: no answer from {', '.join(tried)}; a "
        "firewall may drop what the gateway sends there"
    )


def _cut_in_tls(authority: Authority, proxy: Proxy) -> ConnectionTerminated:
    return ConnectionTerminated(
        f"{authority}, or {proxy} on the way there, closed the connection during TLS"
    )


def _named(authority: Authority, error: OSError) -> GatewayError:
    """Return the GatewayError for what went wrong before the first request byte."""
    if descriptors.is_shortage(error):
        return descriptors.exhausted()
    match error:
        case TimeoutError():
            return ConnectionTimeout(f"{authority} could not be connected to in time")
        case ssl.SSLCertVerificationError():
            reason = certificate_fault(error, authority.host)
            return CertificateError(f"the certificate of {authority} is not valid: {reason}")
        case ssl.SSLError():
            reason = (error.reason or str(error)).replace("_", " ").lower()
            return TlsError(f"TLS with {authority} failed: {reason}")
        case ConnectionRefusedError():
            return ConnectionRefused(f"{authority} refuses connections")
        case ConnectionError():
            return ConnectionTerminated(f"{authority} closed the connection during TLS")
    return UpstreamError(f"{authority} cannot be reached: {error.strerror or error}")
