"""The order of events for one request."""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from sigproxy import decision
from sigproxy.decision import Asked, Findings, Forward, Rules, Verdict
from sigproxy.errors import GatewayError, InternalError
from sigproxy.exchange import CLIENT_GONE, CLIENT_STALLED, CUT_OFF, Exchange, Observers
from sigproxy.gateway import echo, forward, websocket
from sigproxy.gateway.admission.quota import Quota
from sigproxy.gateway.admission.rate import Rate
from sigproxy.gateway.body import RequestBody
from sigproxy.gateway.downstream.request import (
    ClientConnection,
    ClientStalled,
    Request,
    Write,
)
from sigproxy.gateway.downstream.response_writer import (
    ResponseWriter,
    answer_in_clear,
    answer_unparsed,
)
from sigproxy.gateway.drain import Drain
from sigproxy.gateway.exchanges import Exchanges
from sigproxy.gateway.forward_context import ForwardContext
from sigproxy.gateway.issuer import Issuer
from sigproxy.gateway.network_test import NetworkTest
from sigproxy.gateway.pool_owner import PoolOwner
from sigproxy.gateway.relay import Relay, RelayOptions
from sigproxy.gateway.replay import ReplayPool
from sigproxy.gateway.round_trip import Response
from sigproxy.gateway.upstream.client import Upstream
from sigproxy.ice_page import Grant
from sigproxy.network.page import ECHO, Visit
from sigproxy.own_pages import Reply
from sigproxy.policies.limits import Limits
from sigproxy.semantics.client_tls import NO_REQUEST, Fault

log = logging.getLogger("sigproxy")


@dataclass(frozen=True, slots=True)
class Gateway:
    """Takes every request of one worker."""

    rules: Rules
    exchanges: Exchanges
    quota: Quota
    rate: Rate
    issuer: Issuer
    network_test: NetworkTest
    upstream: Upstream
    drain: Drain
    observers: Observers
    response_timeout_s: float
    turn: RelayOptions | None = None  # None: no TURN on the gateway's own port
    replays: ReplayPool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "replays", ReplayPool(self.rules.limits.replay_body_bytes))

    @property
    def limits(self) -> Limits:
        return self.rules.limits

    async def handle(self, request: Request) -> bool:
        """Serve one exchange; whatever happens, the client gets an answer and the log a line.

        Returns whether its connection may serve another.
        """
        exchange = self.exchanges.begin(request)
        writer = ResponseWriter(request, exchange, self.drain)
        self.drain.enter()
        try:
            await self._serve(request, exchange, writer)
        except GatewayError as error:
            self._refuse(writer, error)
        except ConnectionError as error:
            gone = CLIENT_STALLED if isinstance(error, ClientStalled) else CLIENT_GONE
            exchange.error = exchange.error or gone
            writer.cut()
        except asyncio.CancelledError:
            exchange.error = exchange.error or (CUT_OFF if self.drain.draining else CLIENT_GONE)
            writer.abandon()
            raise
        except Exception:
            log.exception("exchange %s failed by a fault of the gateway", exchange.id)
            self._refuse(writer, InternalError("a fault of the gateway; see its error log"))
        finally:
            self._end(exchange)
        return writer.keep_alive

    async def _serve(self, request: Request, exchange: Exchange, writer: ResponseWriter) -> None:
        asked = decision.receive(self.rules, exchange, is_ready=self.drain.is_ready)
        if isinstance(asked, Reply):
            return writer.send(asked.status, asked.fields, asked.body)
        client = exchange.peer if exchange.client is None else exchange.client
        await self._admit(request, client)
        verdict = self._decide(exchange, asked, writer)
        if isinstance(verdict, Visit):
            await self.network_test.admit(client)
            if verdict.part == ECHO:
                return await self._echo(request, exchange, writer, verdict, client)
            verdict = await self.network_test.answer(verdict, exchange.id)
        if isinstance(verdict, Grant):
            verdict = await self.issuer.answer(verdict, client)
            exchange.issued = True
        if isinstance(verdict, Reply):
            return writer.send(verdict.status, verdict.fields, verdict.body)
        context = self._context(request, exchange, writer, verdict)
        if verdict.terms.websocket_key is None:
            return await self._forward(request, context)
        with self.quota.websocket(client):
            await self._forward(request, context)

    def _decide(self, exchange: Exchange, asked: Asked, writer: ResponseWriter) -> Verdict:
        findings = Findings()
        try:
            return decision.decide(self.rules, exchange, asked, findings)
        finally:
            writer.cors = findings.cors

    async def _admit(self, request: Request, client: str) -> None:
        """Raise a LimitError if *client* holds or asks for too much."""
        if request.connection.refusal is not None:
            raise request.connection.refusal
        await self.rate.admit(client)

    async def _echo(
        self,
        request: Request,
        exchange: Exchange,
        writer: ResponseWriter,
        visit: Visit,
        client: str,
    ) -> None:
        fields = [*visit.switching(), (b"X-Request-Id", exchange.id.encode())]
        with self.quota.websocket(client):
            await echo.serve(request, exchange, writer, fields, self.drain, self.observers)

    async def _forward(self, request: Request, context: ForwardContext) -> None:
        replay_buffer = context.body.replay_buffer
        try:
            response = await forward.fetch(context, self.upstream)
            if response.is_uploaded:
                replay_buffer.forget()
            await self._answer(request, context, response)
        finally:
            replay_buffer.forget()

    async def _answer(self, request: Request, context: ForwardContext, response: Response) -> None:
        try:
            if response.head.status == 101:
                await websocket.serve(request, context, response, self.drain, self.observers)
            else:
                await forward.stream_back(context, response)
        finally:
            await response.close()

    def _context(
        self, request: Request, exchange: Exchange, writer: ResponseWriter, decided: Forward
    ) -> ForwardContext:
        limits = self.rules.limits
        return ForwardContext(
            exchange=exchange,
            decision=decided,
            limits=limits,
            body=RequestBody(request.body, exchange, limits, writer.send_continue, self.replays),
            response_writer=writer,
            owner=request.connection.owner,
            response_timeout_s=self.response_timeout_s,
        )

    def _refuse(self, writer: ResponseWriter, error: GatewayError) -> None:
        with suppress(ConnectionError):  # the client gets no answer; the log has the error
            writer.refuse(error)

    def _end(self, exchange: Exchange) -> None:
        exchange.ended_s = monotonic() - exchange.started_s
        self.drain.leave()
        self.observers.ended(exchange)

    @property
    def relays(self) -> bool:
        return self.turn is not None

    def relay(self, connection: ClientConnection, data: bytes) -> Coroutine[Any, Any, None]:
        """Take over *connection*, which began with *data*, at once; return what relays it."""
        assert self.turn is not None
        exchange = self.exchanges.turn(connection)
        relay = Relay(self.turn, self.limits, exchange, connection)
        relay.take(relay.client, data)
        return self._relay(relay, exchange)

    async def _relay(self, relay: Relay, exchange: Exchange) -> None:
        self.drain.enter()
        try:
            await relay.run(lambda: self.observers.opened(exchange))
        except GatewayError as error:
            exchange.status, exchange.error = error.status, error.token
            exchange.detail = error.detail
        except ConnectionError:
            exchange.error = CLIENT_GONE
        except asyncio.CancelledError:
            exchange.error = exchange.error or (CUT_OFF if self.drain.draining else CLIENT_GONE)
            raise
        finally:
            self._end(exchange)

    def client_left(self, owner: PoolOwner) -> None:
        """Let go of what is kept for a client's connection that serves no more requests."""
        self.upstream.client_left(owner)

    def refuse_unparsed(self, peer: str, error: GatewayError, write: Write | None) -> None:
        """Note bytes that never became a request; answer them, unless *write* is None."""
        exchange = self.exchanges.blank(peer)
        self.drain.enter()
        answer = answer_unparsed(exchange, error)
        if write is None:
            exchange.sent = 0
        else:
            write(answer)
        self._end(exchange)

    def connection_failed(
        self, peer: str, fault: Fault, began_s: float, write: Write | None = None
    ) -> None:
        """Note a connection that ended before its first request; *write* answers without TLS."""
        if fault.error == NO_REQUEST and self.rules.identity.is_proxy(peer):
            return  # a balancer's health check
        exchange = self.exchanges.blank(peer)
        exchange.ended_s = exchange.started_s - began_s
        exchange.started_at -= exchange.ended_s
        exchange.error, exchange.detail = fault
        if write is not None:
            write(answer_in_clear(exchange, fault.detail))
        self.observers.failed(exchange)
