"""Does a TURN server relay? Two allocations, and an echo from one to the other and back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from statistics import median
from time import monotonic
from typing import NamedTuple

from sigproxy.semantics.stun import Address
from sigproxy.tools.doctor.turn.way import Obstacle, Step, Way, obstacle
from sigproxy.tools.turn_client import Challenge, TurnClient, TurnError

STEP_S = 4.0  # a request over UDP is sent four times within it
# As much as a voice: 50 packets a second, each with 160 bytes.
PACKETS, EVERY_S, PACKET_BYTES = 50, 0.02, 160
LAST_S = 0.8  # for what is still on its way when the last packet has been sent


class Login(NamedTuple):
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Echo:
    """*rtts_s*: of each packet that came back."""

    sent: int
    rtts_s: tuple[float, ...]

    @property
    def lost(self) -> int:
        return self.sent - len(self.rtts_s)

    @property
    def rtt_s(self) -> float:
        return median(self.rtts_s) if self.rtts_s else 0.0

    @property
    def slow_s(self) -> float:
        """The time that 95 of 100 packets stay under."""
        ordered = sorted(self.rtts_s)
        return ordered[int(len(ordered) * 0.95)] if ordered else 0.0


@dataclass(frozen=True, slots=True)
class RelaySeen:
    """What came up to the *obstacle*, if there was one."""

    way: Way
    challenge: Challenge | None = None
    relayed: Address | None = None
    echo: Echo | None = None
    obstacle: Obstacle | None = None


async def probe(way: Way, login: Login) -> RelaySeen:
    """Try each step in turn, as far as it goes."""
    seen = RelaySeen(way)
    step: Step = "connection"
    try:
        async with _clients(way) as (first, second):
            step = "challenge"
            async with asyncio.timeout(STEP_S):
                challenge, _ = await asyncio.gather(first.challenge(), second.challenge())
            seen = RelaySeen(way, challenge)
            step = "allocation"
            async with asyncio.timeout(STEP_S):
                here, there = await asyncio.gather(first.log_in(*login), second.log_in(*login))
            seen = RelaySeen(way, challenge, here)
            step = "permission"
            async with asyncio.timeout(STEP_S):
                await asyncio.gather(first.permit(there), second.permit(here))
            return RelaySeen(way, challenge, here, await _echo(first, second, there))
    except (OSError, TurnError) as error:
        return RelaySeen(way, seen.challenge, seen.relayed, None, obstacle(step, error))


@asynccontextmanager
async def _clients(way: Way) -> AsyncIterator[tuple[TurnClient, TurnClient]]:
    clients: list[TurnClient] = []
    try:
        async with asyncio.timeout(STEP_S):
            for _ in range(2):
                clients.append(TurnClient(await way.open()))
        yield clients[0], clients[1]
    finally:
        for client in clients:
            client.close()


async def _echo(first: TurnClient, second: TurnClient, there: Address) -> Echo:
    """Send packets from *first* to *second*, whose relay is at *there*; it sends them back."""
    sent_s: dict[int, float] = {}
    rtts_s: dict[int, float] = {}
    tasks = [
        asyncio.create_task(_send_back(second)),
        asyncio.create_task(_note(first, sent_s, rtts_s)),
    ]
    try:
        for number in range(PACKETS):
            sent_s[number] = monotonic()
            first.send(there, number.to_bytes(4) + bytes(PACKET_BYTES - 4))
            await asyncio.sleep(EVERY_S)
        await asyncio.wait(tasks[1:], timeout=LAST_S)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return Echo(PACKETS, tuple(rtts_s.values()))


async def _send_back(client: TurnClient) -> None:
    with suppress(OSError, TurnError):  # what is lost by it is counted
        while True:
            peer, data = await client.receive()
            client.send(peer, data)


async def _note(client: TurnClient, sent_s: dict[int, float], rtts_s: dict[int, float]) -> None:
    """Note how long each packet took; return when all have come back."""
    with suppress(OSError, TurnError):
        while len(rtts_s) < PACKETS:
            _, data = await client.receive()
            number = int.from_bytes(data[:4])
            if number in sent_s:
                rtts_s.setdefault(number, monotonic() - sent_s[number])
