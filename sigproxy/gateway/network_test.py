"""What the network test is told: with a clock, a connection to the TURN server, and a limit."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import time

from sigproxy.gateway.admission.rate import Rate
from sigproxy.gateway.relay import RelayOptions
from sigproxy.network.page import PLAN, Visit
from sigproxy.network.plan import Facts
from sigproxy.own_pages import Reply
from sigproxy.semantics.own_certificate import OwnCertificate

REACH_S = 1.0  # the TURN server is on this machine, or beside it


@dataclass(frozen=True, slots=True)
class NetworkTest:
    """*relay*: where the TURN server takes connections of this gateway; None: nowhere."""

    rate: Rate
    certificate: Callable[[], OwnCertificate | None]
    relay: RelayOptions | None
    now: Callable[[], float] = time

    async def admit(self, client: str) -> None:
        """Raise TooManyNetworkTests."""
        await self.rate.admit(client)

    async def answer(self, visit: Visit, request_id: str) -> Reply:
        """Return the page or the plan."""
        if visit.part != PLAN:
            return visit.document()
        relays = None if self.relay is None else await _is_reached(self.relay)
        return visit.plan(Facts(self.now(), request_id, self.certificate(), relays))


async def _is_reached(relay: RelayOptions) -> bool:
    try:
        async with asyncio.timeout(REACH_S):
            _, writer = await asyncio.open_connection(relay.host, relay.port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
