"""How slowly a client may send: each limit ends in its answer, or in silence."""

import asyncio
import dataclasses
from typing import Any

import pytest

from sigproxy.assembly import rules
from sigproxy.config import Settings
from sigproxy.policies.limits import Limits
from tests.lab.lab import Lab, until
from tests.lab.upstream import Peer, answering
from tests.lab.wire import CHUNKED, chunk, response

SHORT_S = 0.8  # long enough for what is sent at once, on a busy machine
GENEROUS_S = 9.0  # for whatever SHORT_S limits; shorter than the defaults, 10 s and more
HALF_A_HEAD = b"GET /up.example.com/ HTTP/1.1\r\nHost: x"


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the seconds that a slow body has for a start; they are no setting."""
    build = rules.build_limits

    def impatient(settings: Settings) -> Limits:
        return dataclasses.replace(build(settings), body_grace_s=SHORT_S)

    monkeypatch.setattr(rules, "build_limits", impatient)


async def deadline(lab: Lab, **more: Any) -> Any:
    return await lab.gateway(limits={"header_timeout_s": SHORT_S}, **more)


@pytest.mark.parametrize("tls", [False, True])
async def test_half_a_head_is_answered_408_in_time(lab: Lab, tls: bool) -> None:
    gateway = await deadline(lab, tls=tls)
    client = await lab.client(gateway)
    client.send(HALF_A_HEAD)

    async with asyncio.timeout(GENEROUS_S):
        answer = await client.response()
        assert await client.rest() == b""
    assert (answer.status, answer.error) == (408, "request_timeout")
    assert answer.get(b"connection") == b"close"
    assert gateway.observer.ends[0].status == 408


async def test_a_dripped_head_has_the_same_deadline(lab: Lab) -> None:
    client = await lab.client(await deadline(lab))
    answered = asyncio.create_task(client.response())
    async with asyncio.timeout(GENEROUS_S):
        for byte in HALF_A_HEAD:
            client.send(bytes([byte]))
            await asyncio.sleep(0.05)
            if answered.done():
                break
    assert (await answered).status == 408


async def test_silence_is_closed_without_a_word(lab: Lab) -> None:
    gateway = await deadline(lab)
    client = await lab.client(gateway)

    async with asyncio.timeout(GENEROUS_S):
        assert await client.rest() == b""
    await until(lambda: gateway.connections == 0)
    assert gateway.observer.ends == []


async def test_the_second_head_has_a_deadline_too(lab: Lab) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await deadline(lab))
    assert (await client.get(upstream.at("/"))).status == 200
    await asyncio.sleep(2 * SHORT_S)  # idle, which keepalive_s limits
    assert (await client.get(upstream.at("/"))).status == 200

    client.send(HALF_A_HEAD)
    async with asyncio.timeout(GENEROUS_S):
        assert (await client.response()).status == 408


async def test_half_a_head_behind_a_request_is_an_idle_connection(lab: Lab) -> None:
    """Its deadline is keepalive_s, until the next byte comes."""
    upstream = await lab.upstream()
    gateway = await deadline(lab, server={"keepalive_s": SHORT_S})
    client = await lab.client(gateway)
    client.ask(upstream.at("/"))
    client.send(HALF_A_HEAD)

    assert (await client.response()).status == 200
    async with asyncio.timeout(GENEROUS_S):
        await client.closed()
    await until(lambda: gateway.connections == 0)


async def test_a_slow_answer_is_no_late_head(lab: Lab) -> None:
    async def slow(peer: Any) -> None:
        await peer.request()
        await asyncio.sleep(3 * SHORT_S)
        peer.send(response(200, b"at last"))

    upstream = await lab.upstream(slow)
    client = await lab.client(await deadline(lab))

    assert (await client.get(upstream.at("/"))).body == b"at last"


async def test_an_idle_connection_is_closed(lab: Lab) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway(server={"keepalive_s": SHORT_S})
    client = await lab.client(gateway)
    await client.get(upstream.at("/"))

    async with asyncio.timeout(GENEROUS_S):
        assert await client.rest() == b""


@pytest.mark.usefixtures("short_grace")
@pytest.mark.parametrize("first", [b"", b"x" * 20])
@pytest.mark.parametrize("framing", [b"Content-Length: 1000", CHUNKED])
async def test_a_dripped_body_is_closed(lab: Lab, first: bytes, framing: bytes) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.ask(upstream.at("/"), framing, method=b"POST")
    client.send(chunk(first) if framing == CHUNKED and first else first)
    answered = asyncio.create_task(client.response())

    async with asyncio.timeout(GENEROUS_S):
        while not answered.done():
            client.send(chunk(b"x") if framing == CHUNKED else b"x")
            await asyncio.sleep(0.1)
        answer = await answered
        await client.closed()
    assert (answer.status, answer.error) == (408, "request_timeout")
    await until(lambda: upstream.open_peers == 0)
    assert all(not request.complete for request in upstream.requests)


@pytest.mark.usefixtures("short_grace")
async def test_a_steady_body_may_take_its_time(lab: Lab) -> None:
    upstream = await lab.upstream(answering(lambda request: response(200, request.body)))
    client = await lab.client(await lab.gateway())
    client.ask(upstream.at("/"), b"Content-Length: 2000", method=b"POST")
    for _ in range(10):
        client.send(b"x" * 200)
        await asyncio.sleep(SHORT_S / 4)  # longer than the grace in all

    assert len((await client.response()).body) == 2000


async def test_an_upload_that_the_upstream_never_takes_is_given_up(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    async def script(peer: Peer) -> None:
        await peer.head()
        await asyncio.Event().wait()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway(
        upstream={"response_timeout_s": SHORT_S}, limits={"request_body_mib": 100}
    )
    client = await lab.client(gateway)
    client.ask(upstream.at("/"), b"Content-Length: 60000000", method=b"POST")
    client.send(b"x" * 60_000_000)

    async with asyncio.timeout(GENEROUS_S):
        answer = await client.response()
    assert (answer.status, answer.error) == (504, "response_timeout")
    client.reset()
    await until(lambda: gateway.connections == 0)
    await asyncio.sleep(0.05)
    assert [record.getMessage() for record in caplog.records] == []


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 1000000", CHUNKED], ids=["length", "chunked"]
)
async def test_a_body_that_begins_fast_buys_no_long_silence(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, framing: bytes
) -> None:
    """Its average is far above the slowest rate, for hours after the last byte."""
    build = rules.build_limits

    def impatient(settings: Settings) -> Limits:
        return dataclasses.replace(build(settings), body_pause_s=SHORT_S)

    monkeypatch.setattr(rules, "build_limits", impatient)
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway())
    client.ask(upstream.at("/"), framing, method=b"POST")
    client.send(chunk(b"x" * 500_000))

    async with asyncio.timeout(GENEROUS_S):
        answer = await client.response()

    assert (answer.status, answer.error) == (408, "request_timeout")
    await until(lambda: upstream.open_peers == 0)
