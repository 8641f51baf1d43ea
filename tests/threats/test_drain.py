"""A stop is no storm: nobody is cut off without a word, and nobody new is sent here."""

import asyncio

from tests.lab.client import Client
from tests.lab.frames import close, echo_frames, handshake, read_frame, upgraded
from tests.lab.lab import Lab

RESTART = 1012


async def test_29_drain_storm(lab: Lab) -> None:
    """Close 1012 and not 1001, one after the other: not all come back in one instant."""
    upstream = await lab.upstream(upgraded(echo_frames))
    gateway = await lab.gateway()
    clients = [await lab.client(gateway) for _ in range(30)]
    for each in clients:
        assert (await handshake(each, upstream.at("/ws"))).status == 101
    watcher = await lab.client(gateway)
    told: list[int] = []

    async def leave(number: int, client: Client) -> None:
        assert (await read_frame(client)).close_code == RESTART
        told.append(number)
        if len(told) == 1:
            assert (await watcher.get(b"/-/ready")).status == 503
            assert len(told) < len(clients)
        client.send(close(RESTART, masked=True))
        assert await client.closed() == b""

    gateway.runner.give_notice()
    stopping = gateway.stopping()
    await asyncio.gather(*(leave(number, each) for number, each in enumerate(clients)))
    await stopping

    codes = [record.close_code for record in gateway.observer.ends if record.websocket]
    assert codes == len(clients) * [RESTART]
