"""Makes the TURN credential that was granted: with a clock, random numbers, and a limit."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from time import time

from sigproxy.gateway.admission.rate import Rate
from sigproxy.ice_page import Grant
from sigproxy.own_pages import Reply
from sigproxy.policies.turn import issue

ID_BYTES = 12  # 16 characters; the same one twice would share the TURN server's quota


def random_id() -> str:
    return secrets.token_urlsafe(ID_BYTES)


@dataclass(frozen=True, slots=True)
class Issuer:
    rate: Rate
    now: Callable[[], float] = time

    async def answer(self, grant: Grant, client: str) -> Reply:
        """Return the answer with a new credential; raise TooManyCredentials."""
        await self.rate.admit(client)
        return grant.reply(issue(grant.page.turn, int(self.now()), random_id()))
