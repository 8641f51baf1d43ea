"""How much an upstream may send before its response begins."""

import asyncio
from contextlib import suppress

import pytest

from sigproxy.gateway import meter
from sigproxy.gateway.upstream.connection import MOST_INTERIM
from tests.lab.lab import Lab, until
from tests.lab.upstream import Peer
from tests.lab.wire import response


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"HTTP/1.1 103 Early Hints\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n",
    ],
)
async def test_a_response_head_that_never_ends_is_cut(lab: Lab, before: bytes) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        peer.send(before + b"HTTP/1.1 200 OK\r\n")
        with suppress(ConnectionError):
            for number in range(1000):
                peer.send(b"X-%d: %b\r\n" % (number, b"a" * 30_000))
                await peer.drain()
        await peer.gone()

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway())
    answer = await client.get(upstream.at("/"))

    assert (answer.status, answer.error) == (502, "response_head_too_large")


async def test_interim_responses_without_end_are_refused(lab: Lab) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        peer.send(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000 + response(200, b"ok"))

    upstream = await lab.upstream(script)
    client = await lab.client(await lab.gateway())
    answer = await client.get(upstream.at("/"))

    assert (answer.status, answer.error) == (502, "bad_response")


async def test_hints_do_not_pile_up_for_a_client_that_takes_nothing(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody looks for a stall while the upstream is waited for."""
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: " + b"x" * 60_000 + b"\r\n\r\n"
    monkeypatch.setattr(meter, "SPARE_BYTES", MOST_INTERIM * len(hint))

    async def script(peer: Peer) -> None:
        await peer.request()
        peer.send(hint * MOST_INTERIM)
        await peer.gone()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway()
    client = await lab.client(gateway, buffer=4096)
    client.ask(upstream.at("/"))

    await until(lambda: upstream.requests)
    [connection] = gateway.server.connections
    await until(lambda: connection.flow.writing_paused)
    await asyncio.sleep(0.3)  # the rest of the hints comes
    assert connection.transport is not None
    assert connection.transport.get_write_buffer_size() < 3 * len(hint)
