"""Clients that begin and do not end: after how many seconds a gateway is rid of them."""

import asyncio
import ssl
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from benchmarks import places
from tests.conformance.network import Gateway

DRIP_S = 2.0


@dataclass(frozen=True, slots=True)
class State:
    """How far a client comes, and whether a byte follows now and then."""

    name: str
    sent: str
    drips: bool = False


_GET = "GET @UP/x HTTP/1.1\r\nHost: @OWN\r\n"
_POST = "POST @UP/x HTTP/1.1\r\nHost: @OWN\r\nContent-Length: 1000\r\n\r\nabc"
_CHUNK = "POST @UP/x HTTP/1.1\r\nHost: @OWN\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\nabc"
STATES = (
    State("silent", ""),
    State("half a request line", "GET @UP/x"),
    State("half a head", _GET + "X-A: 1"),
    State("dripped head", _GET + "X-A: ", drips=True),
    State("half a body", _POST),
    State("dripped body", _POST, drips=True),
    State("dripped chunk", _CHUNK, drips=True),
)


async def _closed_after(gateway: Gateway, state: State, limit_s: float) -> float | None:
    """Return how long *gateway* bears it; None if that is longer than *limit_s*."""
    context = ssl.create_default_context(cafile=gateway.ca)
    reader, writer = await asyncio.open_connection(
        *gateway.address, ssl=context, server_hostname=places.PROXY_NAME
    )
    began = time.monotonic()
    up = places.target(places.FAST_PORT, "")
    writer.write(state.sent.replace("@UP", up).replace("@OWN", gateway.own).encode())
    dripping = asyncio.create_task(_drip(writer)) if state.drips else None
    try:
        async with asyncio.timeout(limit_s):
            with suppress(OSError):  # a reset is an end too
                while await reader.read(65536):
                    pass
        return time.monotonic() - began
    except TimeoutError:
        return None
    finally:
        if dripping is not None:
            dripping.cancel()
        writer.transport.abort()


async def _drip(writer: asyncio.StreamWriter) -> None:
    while True:
        await asyncio.sleep(DRIP_S)
        writer.write(b"a")


async def play(
    gateways: Iterable[Gateway], limit_s: float, states: Iterable[State] = STATES
) -> dict[tuple[str, str], float | None]:
    """Return the seconds for each gateway and state, by their names; None: still open."""
    keys = [(gateway, state) for gateway in gateways for state in states]
    ends = await asyncio.gather(*(_closed_after(*key, limit_s) for key in keys))
    return {
        (gateway.name, state.name): end for (gateway, state), end in zip(keys, ends, strict=True)
    }
