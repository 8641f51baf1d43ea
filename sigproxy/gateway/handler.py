"""The order of events for one request."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from sigproxy import routing
from sigproxy.errors import GatewayError, InternalError
from sigproxy.exchange import Exchange, Observers
from sigproxy.gateway import forward, ops, tunnel
from sigproxy.gateway.admission.quota import Quota
from sigproxy.gateway.admission.rate import Rate
from sigproxy.gateway.body import RequestBody
from sigproxy.gateway.call import Call
from sigproxy.gateway.downstream.request import ClientStalled, Request, Write
from sigproxy.gateway.downstream.response_writer import Answer, answer_unparsed
from sigproxy.gateway.drain import Drain
from sigproxy.gateway.identity import Identity
from sigproxy.gateway.owner import Owner
from sigproxy.gateway.replay import ReplayPool
from sigproxy.gateway.tunnel import CLIENT_STALLED
from sigproxy.gateway.upstream.client import Upstream
from sigproxy.policies.cors import Cors, is_preflight
from sigproxy.policies.limits import Limits
from sigproxy.routing import Route
from sigproxy.semantics import request as rules
from sigproxy.semantics import upgrade
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target

# In the log only: nobody is left to be told.
CLIENT_GONE = "client_gone"
CUT_OFF = "cut_off_by_shutdown"

log = logging.getLogger("sigproxy")


@dataclass(frozen=True, slots=True)
class Gateway:
    """Takes every request of one worker."""

    routes: tuple[Route, ...]
    identity: Identity
    limits: Limits
    quota: Quota
    rate: Rate
    upstream: Upstream
    drain: Drain
    observers: Observers
    response_timeout_s: float = 120.0
    replays: ReplayPool = field(default_factory=ReplayPool)

    async def handle(self, request: Request) -> bool:
        """Serve one exchange; whatever happens, the client gets an answer and the log a line.

        Returns whether its connection may serve another.
        """
        exchange = self.identity.begin(request)
        answer = Answer(request, exchange, self.drain)
        self.drain.enter()
        try:
            await self._serve(request, exchange, answer)
        except GatewayError as error:
            self._refuse(answer, error)
        except ConnectionError as error:
            gone = CLIENT_STALLED if isinstance(error, ClientStalled) else CLIENT_GONE
            exchange.error = exchange.error or gone
            answer.cut()
        except asyncio.CancelledError:
            exchange.error = exchange.error or (CUT_OFF if self.drain.draining else CLIENT_GONE)
            answer.abandon()
            raise
        except Exception:
            log.exception("exchange %s failed by a fault of the gateway", exchange.id)
            self._refuse(answer, InternalError("a fault of the gateway; see its error log"))
        finally:
            self._end(exchange)
        return answer.keep_alive

    async def _serve(self, request: Request, exchange: Exchange, answer: Answer) -> None:
        rules.check(exchange.method, exchange.version, exchange.fields)
        own = self.identity.own(exchange)
        if ops.is_asked_of_all(exchange.method, exchange.request_target):
            return answer.send(200, ops.OPTIONS)
        path = rules.origin_form(exchange.request_target, own)
        if ops.is_own(path):
            return answer.send(*ops.page(exchange.method, path, exchange.fields, self.drain))
        client = exchange.peer if exchange.client is None else exchange.client
        await self._admit(request, client)
        route, rest = routing.match(self.routes, path)
        exchange.route = route.name
        exchange.key = route.keys.segment(rest)
        answer.cors = cors = route.cors.judge(exchange.fields)
        self._check_size(exchange)
        mount, rest = route.unlock(rest)
        taken_off = self.identity.taken_off(exchange, path)
        rest = route.peel(rest, mount, own, taken_off)
        cors.admit()
        if is_preflight(exchange.method, exchange.fields):
            return answer.send(204, cors.preflight_fields(exchange.fields))
        target = route.resolve(rest, own)
        exchange.shows_target = route.dialect.host_in_path
        exchange.goes_to(target)
        route.admit(target, own)
        call = self._call(request, exchange, answer, route, cors, mount, taken_off, target, own)
        if call.websocket_key is None:
            return await self._forward(request, call)
        with self.quota.websocket(client):
            await self._forward(request, call)

    async def _admit(self, request: Request, client: str) -> None:
        """Raise a LimitError if *client* holds or asks for too much."""
        if request.connection.refusal is not None:
            raise request.connection.refusal
        await self.rate.admit(client)

    async def _forward(self, request: Request, call: Call) -> None:
        call.body.check_length()
        try:
            response = await forward.fetch(call, self.upstream)
        finally:
            call.body.replay_buffer.forget()
        try:
            if response.head.code == 101:
                await tunnel.relay(request, call, response, self.drain, self.observers)
            else:
                await forward.stream_back(call, response)
        finally:
            await response.close()

    def _call(
        self,
        request: Request,
        exchange: Exchange,
        answer: Answer,
        route: Route,
        cors: Cors,
        mount: bytes,
        taken_off: bytes,
        target: Target,
        own: frozenset[Authority],
    ) -> Call:
        forwarding = self.identity.forwarding(exchange, route.dialect.client_field)
        forwarding.check_loop(exchange.fields)
        key = upgrade.key_of(exchange.method, exchange.version, exchange.fields)
        return Call(
            exchange=exchange,
            route=route,
            mount=mount,
            target=target,
            own=own,
            forwarding=forwarding,
            limits=self.limits,
            taken_off=taken_off,
            base=self.identity.base(exchange),
            body=RequestBody(
                request.body,
                exchange,
                self.limits,
                answer.proceed,
                self.replays,
            ),
            answer=answer,
            cors=cors,
            owner=request.connection.owner,
            websocket_key=key,
            response_timeout_s=self.response_timeout_s,
        )

    def _check_size(self, exchange: Exchange) -> None:
        rules.check_size(
            exchange.request_target,
            exchange.fields,
            self.limits.request_target_bytes,
            self.limits.request_field_bytes,
            self.limits.request_head_bytes,
        )

    def _refuse(self, answer: Answer, error: GatewayError) -> None:
        with suppress(ConnectionError):  # the client left untold; the log has the error
            answer.refuse(error)

    def _end(self, exchange: Exchange) -> None:
        exchange.ended_s = monotonic() - exchange.started_s
        self.drain.leave()
        self.observers.ended(exchange)

    def leave(self, owner: Owner) -> None:
        """Let go of what is kept for a client's connection that serves no more requests."""
        self.upstream.leave(owner)

    def refuse_unparsed(self, peer: str, error: GatewayError, write: Write | None) -> None:
        """Note bytes that never became a request; answer them, unless *write* is None."""
        exchange = self.identity.blank(peer)
        self.drain.enter()
        answer = answer_unparsed(exchange, error)
        if write is None:
            exchange.sent = 0
        else:
            write(answer)
        self._end(exchange)
