"""STUN's Binding: does UDP get there and back, and as whom does the server see us?"""

import asyncio
from dataclasses import dataclass

from sigproxy.semantics.stun import Address
from sigproxy.tools.doctor.finding import Finding, Maker, failure, well
from sigproxy.tools.doctor.turn.relaying import STEP_S
from sigproxy.tools.doctor.turn.way import Obstacle, Way, obstacle
from sigproxy.tools.turn_client import TurnClient, TurnError


@dataclass(frozen=True, slots=True)
class BindingSeen:
    way: Way
    outcome: Address | Obstacle


async def probe(way: Way) -> BindingSeen:
    client: TurnClient | None = None
    try:
        async with asyncio.timeout(STEP_S):
            client = TurnClient(await way.open())
            return BindingSeen(way, await client.bind())
    except (OSError, TurnError) as error:
        return BindingSeen(way, obstacle("connection", error))
    finally:
        if client is not None:
            client.close()


def judge(seen: BindingSeen, remedy: str, told: Maker = failure) -> Finding:
    if isinstance(seen.outcome, Obstacle):
        fault = seen.outcome.fault
        token = "stun_silent" if fault.token == "turn_silent" else fault.token
        what = f"UDP to {seen.way.place}: {fault.detail}"
        return told(seen.way.name, token, what, remedy.format(place=seen.way.place))
    return well(seen.way.name, f"UDP gets through; it sees us at {seen.outcome.ip}")
