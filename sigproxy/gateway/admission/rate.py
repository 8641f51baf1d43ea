"""How many requests a client may make in a time, and how many TURN credentials it may get.

Counted by the `limits` library, in memory or in Redis.
"""

import asyncio
import logging
import math
from heapq import nlargest
from time import monotonic, time
from typing import Any, NamedTuple, Protocol, cast

from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.storage.redis import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from sigproxy.errors import LimitError, TooManyRequests
from sigproxy.errors.media import TooManyCredentials, TooManyNetworkTests
from sigproxy.gateway.admission.windows import Windows
from sigproxy.policies.limits import MOST_NEAR, NEAR, Near, address_key

# Redis must be near: every request waits for it.
REDIS_TIMEOUT_S = 0.25
REDIS_CONNECTIONS = 16
# After a failure, requests are not counted for this long; else each would wait for the timeout.
REDIS_PAUSE_S = 5.0
LOOKED_AT = 500  # clients, to find those near the limit

log = logging.getLogger("sigproxy")


class Counted(NamedTuple):
    """What there may be too many of."""

    what: str
    setting: str
    error: type[LimitError]
    place: tuple[str, ...] = ()  # in a Redis that counts more than this


REQUESTS = Counted("requests", "limits.request_rate", TooManyRequests)
CREDENTIALS = Counted(
    "TURN credentials", "turn.credentials_per_address", TooManyCredentials, ("turn",)
)
NETWORK_TESTS = Counted(
    "requests of the network test",
    "network_test.requests_per_address",
    TooManyNetworkTests,
    ("network",),
)


class Rate(Protocol):
    @property
    def failures(self) -> int:
        """How often Redis did not answer, since the start."""

    async def admit(self, client: str) -> None:
        """Count one of *client*; raise a LimitError if it is one too many."""

    def near(self) -> list[Near]:
        """Return the clients that are near the limit, as far as this worker knows."""

    async def close(self) -> None: ...


class Unlimited:
    failures = 0

    async def admit(self, client: str) -> None: ...

    def near(self) -> list[Near]:
        return []

    async def close(self) -> None: ...


class RateLimit:
    """*rate* is like "600/minute"; *redis* is a URL, or None: each worker counts alone.

    If Redis does not answer, all requests are allowed: signaling must not stop because a counter
    does not work.
    """

    def __init__(self, rate: str, redis: str | None, counted: Counted = REQUESTS) -> None:
        self._counted = counted
        self._item: RateLimitItem = parse(rate)
        self._rate = rate
        self._storage: Storage = Windows() if redis is None else redis_storage(redis)
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)
        # redis-py opens a connection for each concurrent request, and keeps all of them.
        self._timeout_s = None if redis is None else REDIS_TIMEOUT_S
        self._connections = asyncio.Semaphore(REDIS_CONNECTIONS)
        self._paused_until_s = 0.0
        self.failures = 0

    async def admit(self, client: str) -> None:
        if not client or monotonic() < self._paused_until_s:
            return
        key = address_key(client)
        try:
            async with asyncio.timeout(self._timeout_s), self._connections:
                if monotonic() < self._paused_until_s:
                    return
                if await self._limiter.hit(self._item, *self._counted.place, key):
                    return
                reset_at, _ = await self._limiter.get_window_stats(
                    self._item, *self._counted.place, key
                )
        except StorageError as error:
            self._pause(error.storage_error)
            return
        except TimeoutError:
            self._pause(f"not within {REDIS_TIMEOUT_S:g} s")
            return
        raise self._counted.error(
            f"more than {self._rate} {self._counted.what} from {key}; the gateway's operator can "
            f"raise `{self._counted.setting}`",
            max(1, math.ceil(reset_at - time())),
        )

    def near(self) -> list[Near]:
        """Return the clients that are near the limit; none if Redis counts."""
        if not isinstance(self._storage, Windows):
            return []
        item, limit = self._item, self._item.amount
        before, after = item.key_for(*self._counted.place, "\0").split("\0")
        heavy = self._storage.heaviest(item.get_expiry(), LOOKED_AT, max(NEAR * limit, 1))
        return [
            Near(name, self._counted.setting, int(weight), limit)
            for weight, key in nlargest(MOST_NEAR, heavy)
            if (name := key.removeprefix(before).removesuffix(after))
        ]

    def _pause(self, why: object) -> None:
        self.failures += 1
        if monotonic() >= self._paused_until_s:  # else another request has just logged it
            self._paused_until_s = monotonic() + REDIS_PAUSE_S
            log.error(
                "%s are not counted for %g s: limits.request_rate_redis does not answer (%s)",
                self._counted.what,
                REDIS_PAUSE_S,
                why,
            )

    async def close(self) -> None:
        if isinstance(self._storage, RedisStorage):
            await cast(Any, self._storage.bridge).get_connection().aclose()  # redis-py's own


def redis_storage(url: str) -> RedisStorage:
    return RedisStorage(
        f"async+{url}",
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix="sigproxy",
        socket_timeout=REDIS_TIMEOUT_S,
        socket_connect_timeout=REDIS_TIMEOUT_S,
    )
