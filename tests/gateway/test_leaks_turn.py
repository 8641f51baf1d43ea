"""1,000 TURN clients that end in every way: then everything is as it was before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.gateway.test_leaks import BOUNDS, OPEN, SETTLED, Load, growth, served
from tests.lab.client import Client
from tests.lab.lab import Lab
from tests.lab.turn import BINDING, TurnServer
from tests.lab.wire import within

CLIENTS = 1_000
WARM_UP = 200
LAST = b"\x40\x01\x00\x04last"  # ChannelData, at which this server hangs up
NOT_STUN = b"\x03" * 20


@asynccontextmanager
async def running() -> AsyncIterator[TurnServer]:
    server = TurnServer(last=LAST)
    await server.start()
    try:
        yield server
    finally:
        await server.close()


async def relay(load: Load, number: int) -> None:
    """Relay and leave, with or without a word; let the server end; or never come that far."""
    client = await load.client(number)
    stage = number // 2 % 5
    if stage < 3:
        for size in (0, 1000, 60_000):
            await echoed(client, BINDING + b"x" * size)
    if stage == 1:
        client.send(LAST)
        assert await client.closed() == LAST
        client.close()
        return
    if stage == 3:
        client.send(NOT_STUN)
        assert await client.closed() == b""
        client.close()
        return
    if stage == 4:
        client.send(BINDING[:7])
        await client.drain()
        await asyncio.sleep(0.001 * (number % 5))
    (client.close if number % 3 else client.reset)()


async def echoed(client: Client, data: bytes) -> None:
    client.send(data)
    async with within():
        assert await client.reader.readexactly(len(data)) == data


async def test_all_returns_to_where_it_began(lab: Lab, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    async with running() as turn, served(lab, log, turn=turn.table) as gateway:
        load = Load(gateway, await lab.upstream(), lab.pki.client())
        await load.run(relay, 2)  # which opens the log
        start = await gateway.at_rest()
        await load.run(relay, WARM_UP)
        before = await gateway.at_rest(start, SETTLED)
        await load.run(relay, CLIENTS)
        after = await gateway.at_rest(before, BOUNDS)

    print(f"start  {start}\nbefore {before}\nafter  {after}")
    assert growth(after, before, BOUNDS) == []
    assert growth(after, start, OPEN) == []
    assert (after["clients"], after["in_flight"]) == (0, 0)
    assert log.read_text().count("event=turn") == 2 + WARM_UP + CLIENTS
