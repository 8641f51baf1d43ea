"""HTTP while the gateway stops: what is under way is finished, what is new is not lost."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from sigproxy import app
from sigproxy.gateway import drain
from tests.gateway.lab import Lab, until
from tests.gateway.test_cancellation import silent, started
from tests.gateway.upstream import Peer
from tests.gateway.wire import response, within

both_listeners = pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])


async def hold(peer: Peer) -> None:
    await peer.gone()


@pytest.mark.parametrize("script", [silent, started, hold], ids=["head", "body", "tls"])
async def test_a_shutdown_ends_what_does_not_end(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, script: Callable[[Peer], Awaitable[None]]
) -> None:
    """After drain_s nothing is waited for, and nothing is left."""
    monkeypatch.setattr(app, "AFTER_DRAIN_S", 0.1)
    upstream = await lab.upstream(script, tls=script is not hold)
    gateway = await lab.gateway(server={"drain_s": 0.3})
    client = await lab.client(gateway)
    client.ask(upstream.at("/"))
    await upstream.peer()
    await asyncio.sleep(0.1)

    async with asyncio.timeout(5):
        await gateway.stop()

    await client.closed()
    await until(lambda: upstream.open_peers == 0)


async def test_a_shutdown_lets_a_request_finish(lab: Lab) -> None:
    go_on = asyncio.Event()

    async def script(peer: Peer) -> None:
        request = await peer.request()
        await go_on.wait()
        peer.send(response(200, request.body))

    upstream = await lab.upstream(script)
    gateway = await lab.gateway()
    client, idle = await lab.client(gateway), await lab.client(gateway)
    assert (await idle.get(b"/-/ready")).status == 200
    client.ask(upstream.at("/"), b"Content-Length: 6", method=b"POST")
    client.send(b"abc")
    await upstream.peer()

    stopping = gateway.stopping()
    async with within(2.0):
        assert await idle.closed() == b""
    client.send(b"def")
    go_on.set()
    answer = await client.response()
    await stopping

    assert (answer.status, answer.body) == (200, b"abcdef")
    assert answer.get(b"connection") == b"close"
    with pytest.raises(ConnectionError):
        await gateway.client()


@both_listeners
async def test_a_client_that_has_just_connected_is_still_served(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    """Its connection was accepted before the stop, and its request is on the way."""
    monkeypatch.setattr(drain, "LATE_ARRIVALS_S", 0.5)
    upstream = await lab.upstream()
    gateway = await lab.gateway(tls=tls)
    client = await lab.client(gateway)
    await until(lambda: gateway.connections == 1)

    stopping = gateway.stopping()
    await asyncio.sleep(0.05)
    answer = await client.get(upstream.at("/"))

    assert answer.status == 200
    assert answer.get(b"connection") == b"close"
    assert await client.closed() == b""
    await stopping


async def test_readiness_fails_from_the_first_moment_of_a_drain(lab: Lab) -> None:
    upstream = await lab.upstream(Peer.gone)
    gateway = await lab.gateway()
    busy, prober = await lab.client(gateway), await lab.client(gateway)
    busy.ask(upstream.at("/"))
    await upstream.peer()

    gateway.gateway.drain.draining = True
    answers = [await prober.get(b"/-/live")]
    prober = await lab.client(gateway)
    answers.append(await prober.get(b"/-/ready"))

    assert [answer.status for answer in answers] == [200, 503]
    assert answers[1].json == {"status": "draining"}


async def test_what_is_pipelined_before_the_stop_is_answered_in_part_and_closed(lab: Lab) -> None:
    """The first answer says "close": the client knows that the rest was not heard."""
    go_on = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await go_on.wait()
        peer.send(response(200, b"first"))
        await peer.gone()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.ask(upstream.at("/1"))
    client.ask(upstream.at("/2"))
    await upstream.peer()

    stopping = gateway.stopping()
    await asyncio.sleep(0.05)
    go_on.set()
    answer = await client.response()

    assert (answer.body, answer.get(b"connection")) == (b"first", b"close")
    assert await client.closed() == b""
    await stopping
    assert len(upstream.requests) == 1


async def test_a_body_that_is_being_discarded_does_not_disturb_the_stop(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.ask(b"/up.example.org/", b"Content-Length: 16000000", method=b"POST")
    client.send(b"x" * 8_000_000)
    assert (await client.response()).status == 403

    await gateway.stop()

    assert [record.getMessage() for record in caplog.records] == []
