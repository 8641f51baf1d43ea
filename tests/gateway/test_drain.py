"""A gateway that stops: what is under way is finished, what is new not lost, and all in turn."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy import runner
from sigproxy.gateway import drain
from sigproxy.gateway.drain import ANSWER_S, CLOSES_PER_S, close_times
from tests.gateway.test_cancellation import silent, started
from tests.lab.frames import close, echo_frames, handshake, read_frame, upgraded
from tests.lab.lab import Lab, until
from tests.lab.upstream import Peer
from tests.lab.wire import CHUNKED, chunk, read_head, response, within


@given(st.integers(1, 3000), st.floats(0.1, 3600), st.floats(0, 0.999))
def test_each_is_told_in_its_own_slot_and_has_time_to_answer(
    count: int, window_s: float, jitter: float
) -> None:
    told = close_times(count, window_s, lambda: jitter)

    assert len(told) == count
    assert list(told) == sorted(told)
    assert told[-1] <= max(window_s - ANSWER_S, window_s / 2)
    assert told[-1] <= count / CLOSES_PER_S


def test_many_are_spread_over_the_whole_window() -> None:
    told = close_times(500, 29.0, lambda: 0.5)

    assert told[0] < 0.1
    assert told[-1] > 18.9
    assert max(late - early for early, late in pairwise(told)) < 0.04


def test_a_few_do_not_hold_up_a_stop() -> None:
    assert close_times(3, 29.0, lambda: 0.99)[-1] < 0.6
    assert close_times(0, 29.0) == ()


def test_two_workers_do_not_keep_step() -> None:
    assert close_times(500, 29.0) != close_times(500, 29.0)


async def hold(peer: Peer) -> None:
    await peer.gone()


@pytest.mark.parametrize("script", [silent, started, hold], ids=["head", "body", "tls"])
async def test_a_shutdown_ends_what_does_not_end(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, script: Callable[[Peer], Awaitable[None]]
) -> None:
    """After drain_s nothing is waited for, and nothing is left."""
    monkeypatch.setattr(runner, "AFTER_DRAIN_S", 0.1)
    upstream = await lab.upstream(script, tls=script is not hold)
    gateway = await lab.gateway(server={"drain_s": 0.3})
    client = await lab.client(gateway)
    client.ask(upstream.at("/"))
    await upstream.peer()
    await asyncio.sleep(0.1)

    async with within(9.0):  # less than tls_timeout_s
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
    assert await idle.closed() == b""
    client.send(b"def")
    go_on.set()
    answer = await client.response()
    await stopping

    assert (answer.status, answer.body) == (200, b"abcdef")
    assert answer.get(b"connection") == b"close"
    with pytest.raises(ConnectionError):
        await gateway.client()


async def test_a_response_of_http_1_0_that_a_stop_cuts_does_not_look_whole(lab: Lab) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        peer.send(response(200, b"", CHUNKED, framed=False) + chunk(b"part"))
        await peer.gone()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway(server={"drain_s": 0.3})
    client = await lab.client(gateway)
    client.send(b"GET %b HTTP/1.0\r\nHost: localhost\r\n\r\n" % upstream.at("/"))
    await read_head(client.reader)

    await gateway.stop()

    with pytest.raises(ConnectionResetError):
        await client.rest()


async def test_from_the_notice_on_only_readiness_fails(lab: Lab) -> None:
    upstream = await lab.upstream(upgraded(echo_frames))
    plain = await lab.upstream()
    gateway = await lab.gateway()
    before = await lab.client(gateway)
    await handshake(before, upstream.at("/"))

    gateway.runner.give_notice()
    prober, asking, after = [await lab.client(gateway) for _ in range(3)]
    assert (await prober.get(b"/-/ready")).status == 503
    answer = await asking.get(plain.at("/"))
    await handshake(after, upstream.at("/"))
    await asyncio.sleep(0.5)  # long enough for a goodbye
    assert (answer.status, answer.get(b"connection")) == (200, b"close")
    assert gateway.gateway.drain.in_flight == 2

    stopping = gateway.stopping()
    for websocket in (before, after):
        assert (await read_frame(websocket)).close_code == 1012
        websocket.send(close(1012, masked=True))
        assert await websocket.closed() == b""
    await stopping


async def test_the_notice_is_a_part_of_the_drain(lab: Lab) -> None:
    upstream = await lab.upstream(Peer.gone)
    gateway = await lab.gateway(server={"drain_s": 60.0, "drain_notice_s": 59.5})
    client = await lab.client(gateway)
    client.ask(upstream.at("/"))
    await upstream.peer()

    gateway.runner.give_notice()
    noticed = gateway.gateway.drain
    noticed._noticed_at = asyncio.get_running_loop().time() - 59.5

    async with within():
        await gateway.stop()


async def test_readiness_fails_from_the_first_moment_of_a_drain(lab: Lab) -> None:
    upstream = await lab.upstream(Peer.gone)
    gateway = await lab.gateway()
    busy, prober = await lab.client(gateway), await lab.client(gateway)
    busy.ask(upstream.at("/"))
    await upstream.peer()

    gateway.runner.give_notice()
    answers = [await prober.get(b"/-/live")]
    prober = await lab.client(gateway)
    answers.append(await prober.get(b"/-/ready"))

    assert [answer.status for answer in answers] == [200, 503]
    assert answers[1].json == {"status": "draining"}


async def test_a_worker_that_leaves_after_a_reload_does_not_say_that_the_gateway_does(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A balancer's probe came to it, and the gateway is as ready as ever."""
    monkeypatch.setattr(drain, "LATE_ARRIVALS_S", 5.0)
    gateway = await lab.gateway()
    prober = await lab.client(gateway)
    await until(lambda: gateway.connections == 1)

    stopping = gateway.stopping()
    await asyncio.sleep(0.05)

    assert (await prober.get(b"/-/ready")).status == 200
    await stopping


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
