"""Tunnels to upstreams through the network's forward proxy, by CONNECT (RFC 9110, 9.3.6)."""

import asyncio
import socket

from sigproxy.errors import DnsError, DnsTimeout, GatewayError, TlsError
from sigproxy.errors.egress import (
    EgressAuth,
    EgressError,
    EgressRefused,
    EgressTimeout,
    EgressUnreachable,
)
from sigproxy.gateway.admission import descriptors
from sigproxy.gateway.upstream import tcp
from sigproxy.gateway.upstream.resolver import Resolver
from sigproxy.policies.egress import Egress
from sigproxy.semantics import connect_request
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.connect_request import LARGEST_HEAD, Answer

# In place of an upstream's addresses, where only the proxy knows them.
UNRESOLVED: tuple[str, ...] = ("",)
# The proxy could not connect to that address; another one may be better (RFC 9110, 15.6).
_ELSEWHERE = (502, 503, 504)
_FORBIDDEN, _NO_LOGIN = 403, 407


class Proxy:
    """*login*: the value of Proxy-Authorization. *resolver*: for the proxy's own name."""

    def __init__(self, egress: Egress, login: bytes | None, resolver: Resolver) -> None:
        self.egress = egress
        self._login = login
        self._resolver = resolver
        self._loop = asyncio.get_running_loop()

    def __str__(self) -> str:
        host, port = self.egress.proxy
        return f"the proxy [{host}]:{port}" if ":" in host else f"the proxy {host}:{port}"

    async def tunnel(
        self, authority: Authority, addresses: tuple[str, ...], deadline_s: float
    ) -> tuple[socket.socket, str]:
        """Return a connection that leads to *authority*, and which of *addresses* was asked for.

        Those are asked for one after the other, while the proxy says that it cannot connect there.
        Raises one of the Egress errors, TlsError or DescriptorsExhausted.
        """
        refused: Answer | None = None
        asked = ""
        for asked in tcp.tried(addresses):
            sock = await self._reach(authority, deadline_s)
            try:
                said = await self._ask(sock, authority, asked, deadline_s)
            except BaseException:
                sock.close()
                raise
            if said.is_tunnel:
                return sock, asked
            sock.close()
            refused = said
            if said.status not in _ELSEWHERE:
                break
        assert refused is not None  # a name without addresses is an error of its own
        raise self._refusal(authority, asked, refused)

    async def _reach(self, authority: Authority, deadline_s: float) -> socket.socket:
        """Return a connection to the proxy, whose address nobody but the operator chose."""
        addresses = await self._find(authority, deadline_s)
        try:
            async with asyncio.timeout_at(deadline_s):
                return await tcp.connect(addresses, self.egress.proxy.port, self._loop)
        except TimeoutError:
            raise EgressTimeout(
                f"{authority} cannot be reached: {self} does not accept a connection in time; a "
                "firewall may drop what the gateway sends there"
            ) from None
        except OSError as error:
            if descriptors.is_shortage(error):
                raise descriptors.exhausted() from error
            is_refused = isinstance(error, ConnectionRefusedError)
            cause = error.strerror or str(error)
            why = "refuses connections" if is_refused else f"is not reached ({cause})"
            raise EgressUnreachable(f"{authority} cannot be reached: {self} {why}") from error

    async def _find(self, authority: Authority, deadline_s: float) -> tuple[str, ...]:
        host = self.egress.proxy.host
        begin = f"{authority} cannot be reached: {self} is not found"
        try:
            async with asyncio.timeout_at(deadline_s):
                return self._resolver.known(host) or await self._resolver.resolve(host)
        except TimeoutError:
            raise EgressTimeout(f"{begin}: no name server answers in time") from None
        except DnsTimeout as error:
            raise EgressTimeout(f"{begin}: {error.detail}") from error
        except DnsError as error:
            raise EgressUnreachable(f"{begin}: {error.detail}") from error

    async def _ask(
        self, sock: socket.socket, authority: Authority, asked: str, deadline_s: float
    ) -> Answer:
        place = (asked or authority.host, authority.port)
        try:
            async with asyncio.timeout_at(deadline_s):
                await self._loop.sock_sendall(sock, connect_request.request(place, self._login))
                return await self._answer(sock, authority)
        except TimeoutError:
            raise EgressTimeout(
                f"{authority} cannot be reached: {self} accepts the connection, and does not "
                f"answer CONNECT in time; it may not reach {place[0]} itself"
            ) from None
        except OSError as error:
            raise self._closed(authority) from error

    async def _answer(self, sock: socket.socket, authority: Authority) -> Answer:
        """Return the answer; nothing of the tunnel is read, for nothing may be in it yet."""
        received = b""
        while True:
            while (end := connect_request.end(received)) is None:
                self._check_beginning(authority, received)
                data = await self._loop.sock_recv(sock, LARGEST_HEAD + 1 - len(received))
                if not data:
                    raise self._closed(authority)
                received += data
            try:
                said = connect_request.answer(received[:end])
            except ValueError:
                raise self._rubbish(authority) from None
            received = received[end:]
            if said.is_tunnel and received:
                # The client of TLS speaks first, so these bytes are not the upstream's.
                raise TlsError(
                    f"TLS with {authority} failed: {self} sends bytes of its own into the tunnel"
                )
            if not said.is_interim:
                return said

    def _check_beginning(self, authority: Authority, received: bytes) -> None:
        """Raise EgressError for what is no head in HTTP, or one without an end."""
        if not connect_request.is_begun(received):
            raise self._rubbish(authority)
        if len(received) > LARGEST_HEAD:
            raise EgressError(
                f"{authority} cannot be reached: {self} answers CONNECT with a head of more than "
                f"{LARGEST_HEAD // 1024} KiB"
            )

    def _rubbish(self, authority: Authority) -> EgressError:
        return EgressError(
            f"{authority} cannot be reached: {self} does not answer CONNECT in HTTP; check host "
            "and port of upstream.proxy"
        )

    def _closed(self, authority: Authority) -> EgressError:
        return EgressError(
            f"{authority} cannot be reached: {self} closes the connection without a whole answer "
            "to CONNECT"
        )

    def _refusal(self, authority: Authority, asked: str, said: Answer) -> GatewayError:
        begin = f"{authority} cannot be reached: {self}"
        if said.status == _NO_LOGIN:
            return EgressAuth(f"{begin} {self._login_missing(said)}")
        place = f" for the address {asked}" if asked and asked != authority.host else ""
        what = f"{begin} answers {said} to CONNECT{place}"
        if said.status in _ELSEWHERE:
            return EgressRefused(f"{what}: it cannot connect there itself")
        if said.status == _FORBIDDEN and place:
            return EgressRefused(
                f"{what}; if its rules go by names, not by addresses, the gateway's operator can "
                "set `upstream.proxy_resolves`"
            )
        return EgressRefused(f"{what}; whoever runs it can allow this host and port")

    def _login_missing(self, said: Answer) -> str:
        basic = any(each.lower() == "basic" for each in said.schemes)
        if said.schemes and not basic:
            offered = ", ".join(said.schemes)
            return f"asks for a login by {offered}, and the gateway knows Basic alone"
        if self._login is None:
            return (
                "asks for credentials; the gateway's operator can set "
                "`upstream.proxy_credentials_file`"
            )
        return "does not accept the credentials in `upstream.proxy_credentials_file`"

    async def close(self) -> None:
        await self._resolver.close()
