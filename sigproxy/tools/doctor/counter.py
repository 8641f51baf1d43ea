"""The Redis that counts for all workers, as the gateway reaches it."""

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import Any, cast
from urllib.parse import urlsplit

from sigproxy.config.masking import Redaction
from sigproxy.config.rates import passwords
from sigproxy.gateway.admission.rate import REDIS_TIMEOUT_S, redis_storage
from sigproxy.tools.doctor.finding import Finding, failure, seconds, well

NAME = "redis"


@dataclass(frozen=True, slots=True)
class RedisSeen:
    """*place* is the URL without its password; *fault*: what came in place of an answer."""

    place: str
    took_s: float = 0.0
    fault: str = ""
    is_refusal: bool = False  # it answered, and wants no part of us


async def probe(url: str) -> RedisSeen:
    """Ask whether it is there, with the gateway's own client and time limit."""
    connection = cast(Any, redis_storage(url).bridge).get_connection()  # redis-py's own
    place, began_s = _place(url), monotonic()
    try:
        async with asyncio.timeout(REDIS_TIMEOUT_S):
            await connection.ping()
    except TimeoutError:
        return RedisSeen(place, fault=f"it does not answer within {REDIS_TIMEOUT_S:g} s")
    except Exception as error:  # redis-py is not always installed, so its classes are not named
        names = {each.__name__ for each in type(error).__mro__}
        is_refusal = bool(names & {"AuthenticationError", "AuthorizationError", "ResponseError"})
        said = Redaction(passwords(url))(str(error))  # it may repeat what it was sent
        return RedisSeen(
            place, fault=said.rstrip(".") or type(error).__name__, is_refusal=is_refusal
        )
    else:
        return RedisSeen(place, monotonic() - began_s)
    finally:
        await connection.aclose()


def _place(url: str) -> str:
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] or parts.path


def judge(seen: RedisSeen) -> Finding:
    if not seen.fault:
        return well(NAME, f"{seen.place} answers in {seconds(seen.took_s)}")
    if seen.is_refusal:
        remedy = "correct user and password in limits.request_rate_redis"
        return failure(NAME, "redis_refused", f"{seen.place} refuses: {seen.fault}", remedy)
    what = f"{seen.place} cannot be used: {seen.fault}. Meanwhile nothing is counted"
    remedy = (
        "start it, or correct limits.request_rate_redis; each request waits for it, so run it in "
        "the gateway's own network"
    )
    return failure(NAME, "redis_unreachable", what, remedy)
