"""Create the record of each exchange."""

import itertools
import time
from dataclasses import dataclass, field
from random import getrandbits, random

from sigproxy.exchange import Exchange
from sigproxy.gateway.downstream.request import ClientConnection, Request
from sigproxy.policies.identity import Identity
from sigproxy.policies.tracing import TracePolicy


@dataclass(frozen=True, slots=True)
class Exchanges:
    """Creates records; their ids start with *prefix*, which is unique to this worker."""

    identity: Identity
    prefix: str = "0"
    tracing: TracePolicy | None = None
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def begin(self, request: Request) -> Exchange:
        head, tracing = request.head, self.tracing
        peer, fields = request.connection.peer, head.fields
        return Exchange(
            id=self._next_id(),
            started_at=time.time(),
            started_s=time.monotonic(),
            peer=peer,
            client=self.identity.client(peer, fields),
            method=head.method,
            request_target=head.target,
            version=head.version,
            fields=fields,
            trace=None if tracing is None else tracing.begin(fields, random(), getrandbits),
        )

    def turn(self, connection: ClientConnection) -> Exchange:
        """Return the record of a TURN client's connection."""
        exchange = self.blank(connection.peer)
        is_tls = connection.transport is not None and connection.transport.get_extra_info(
            "ssl_object"
        )
        exchange.turn = "tls" if is_tls else "tcp"
        exchange.status = 200
        return exchange

    def blank(self, peer: str) -> Exchange:
        """Return the record for a client whose bytes are not a request."""
        return Exchange(self._next_id(), time.time(), time.monotonic(), peer)

    def _next_id(self) -> str:
        return f"{self.prefix}-{next(self._numbers):x}"
