"""A response that the upstream did not finish must not look finished to the client."""

import asyncio

import pytest

from sigproxy.semantics.boundaries import LengthBody
from tests.lab.lab import Lab, until
from tests.lab.upstream import Peer, Script, answering
from tests.lab.wire import CHUNKED, LAST_CHUNK, Response, chunk, read_head, response, within

LENGTH = response(200, b"", b"Content-Length: 1000", framed=False) + b"partial"
CHUNKS = response(200, b"", CHUNKED, framed=False) + chunk(b"partial")
UNTIL_CLOSE = response(200, b"", framed=False) + b"partial"


def cutting(reply: bytes, reset: bool, heard: asyncio.Semaphore | None = None) -> Script:
    """Return a script that breaks off; with *heard*, once the client has the head and a part."""

    async def script(peer: Peer) -> None:
        await peer.request()
        peer.send(reply)
        await peer.drain()
        for _ in range(2 if heard else 0):
            await heard.acquire()
        if reset:
            peer.reset()

    return script


async def heard_of(lab: Lab, reply: bytes, reset: bool) -> Response:
    """Return what a client gets of *reply*."""
    heard = asyncio.Semaphore(0)
    upstream = await lab.upstream(cutting(reply, reset, heard))
    client = await lab.client(await lab.gateway())
    client.ask(upstream.at("/"))
    return await client.response(heard=heard)


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("reply", [LENGTH, CHUNKS])
async def test_a_cut_response_is_cut(lab: Lab, reply: bytes, reset: bool, tls: bool) -> None:
    heard = asyncio.Semaphore(0)
    upstream = await lab.upstream(cutting(reply, reset, heard))
    gateway = await lab.gateway(tls=tls)
    client = await lab.client(gateway)

    client.ask(upstream.at("/"))
    answer = await client.response(heard=heard)

    assert answer.body == b"partial"
    assert not answer.complete
    record = await gateway.observer.last()
    assert (record.status, record.error) == (200, "connection_terminated")


HUGE = response(200, b"", b"Content-Length: 18446744073709551615", framed=False) + b"hello"


async def test_a_length_that_the_parser_takes_for_none_is_refused(lab: Lab) -> None:
    upstream = await lab.upstream(answering(HUGE))
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/"))

    assert (answer.status, answer.error) == (502, "bad_response")


async def test_a_body_that_is_not_as_long_as_was_said_is_cut(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the reason: the next answer must not be taken for the rest of this one."""
    monkeypatch.setattr(LengthBody, "missing", lambda self: None)

    async def script(peer: Peer) -> None:
        await peer.request()
        peer.send(response(200, b"", b"Content-Length: 9", framed=False) + b"hello")

    upstream = await lab.upstream(script)
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.ask(upstream.at("/"))
    client.ask(upstream.at("/next"))

    assert not (await client.response()).complete
    record = await gateway.observer.last()
    assert (record.error, len(upstream.requests)) == ("connection_terminated", 1)


async def test_a_reset_of_a_body_without_a_length_is_a_cut(lab: Lab) -> None:
    answer = await heard_of(lab, UNTIL_CLOSE, reset=True)

    assert (answer.body, answer.complete) == (b"partial", False)


async def test_the_clean_end_of_a_body_without_a_length_is_its_end(lab: Lab) -> None:
    answer = await heard_of(lab, UNTIL_CLOSE, reset=False)

    assert answer.is_chunked
    assert (answer.body, answer.complete) == (b"partial", True)


@pytest.mark.parametrize("tls", [False, True])
async def test_to_http_1_0_a_cut_is_no_clean_end(lab: Lab, tls: bool) -> None:
    """Its body ends with the connection: a FIN would make half of it look whole."""
    heard = asyncio.Semaphore(0)
    upstream = await lab.upstream(cutting(CHUNKS, reset=False, heard=heard))
    client = await lab.client(await lab.gateway(tls=tls))

    client.send(b"GET %b HTTP/1.0\r\n\r\n" % upstream.at("/"))
    await read_head(client.reader)
    async with within():
        assert await client.reader.readexactly(7) == b"partial"
    for _ in range(2):
        heard.release()

    if not tls:
        with pytest.raises(ConnectionResetError):
            await client.rest()
    else:  # over TLS the sign is a missing close_notify, which asyncio does not report
        await client.closed()


async def test_a_cut_connection_serves_nothing_more(lab: Lab) -> None:
    heard = asyncio.Semaphore(0)
    upstream = await lab.upstream(cutting(CHUNKS, reset=False, heard=heard))
    client = await lab.client(await lab.gateway())
    client.ask(upstream.at("/"))
    client.ask(upstream.at("/second"))

    assert not (await client.response(heard=heard)).complete
    assert await client.closed() == b""
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nX-Split: a\rb\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nBad Name: 1\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok",
        b"HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"<html>no head at all</html>\r\n\r\n",
    ],
    ids=lambda reply: reply[:48].decode("latin-1").replace("\r\n", "|").replace("\0", "0"),
)
async def test_a_malformed_head_is_502(lab: Lab, reply: bytes) -> None:
    upstream = await lab.upstream(answering(reply))
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/"))

    assert (answer.status, answer.error) == (502, "bad_response")
    assert b"http_protocol_error" in (answer.get(b"proxy-status") or b"")


async def test_a_broken_chunk_cuts_the_body(lab: Lab) -> None:
    reply = response(200, chunk(b"partial") + b"zz\r\n", CHUNKED, framed=False)
    upstream = await lab.upstream(answering(reply))
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/"))

    assert answer.status == 502 or not answer.complete


async def test_a_head_over_the_limit_is_502(lab: Lab) -> None:
    reply = response(200, b"ok", *(b"X-%d: %b" % (n, b"v" * 1000) for n in range(80)))
    upstream = await lab.upstream(answering(reply))
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/"))

    assert (answer.status, answer.error) == (502, "response_head_too_large")


@pytest.mark.parametrize("reset", [False, True])
async def test_an_upstream_that_closes_without_an_answer_is_502(lab: Lab, reset: bool) -> None:
    upstream = await lab.upstream(cutting(b"", reset))
    client = await lab.client(await lab.gateway())

    answer = await client.get(upstream.at("/"), method=b"POST", body=b"x")

    assert (answer.status, answer.error) == (502, "connection_terminated")


async def test_an_upstream_that_never_answers_is_504(lab: Lab) -> None:
    upstream = await lab.upstream(Peer.gone)
    client = await lab.client(await lab.gateway(upstream={"response_timeout_s": 0.2}))

    for body in (None, b"x"):
        client = await lab.client(await lab.gateway(upstream={"response_timeout_s": 0.2}))
        answer = await client.get(upstream.at("/"), method=b"POST", body=body)
        assert (answer.status, answer.error) == (504, "response_timeout")


@pytest.mark.parametrize("reply", [LENGTH, CHUNKS, UNTIL_CLOSE])
async def test_an_upstream_that_goes_silent_within_a_body_is_given_up(
    lab: Lab, reply: bytes
) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        peer.send(reply)
        await peer.gone()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway(upstream={"response_timeout_s": 1.0})
    client = await lab.client(gateway)

    answer = await client.get(upstream.at("/"))

    assert (answer.body, answer.complete) == (b"partial", False)
    record = await gateway.observer.last()
    assert (record.status, record.error) == (200, "response_timeout")
    assert record.detail is not None
    assert record.detail.endswith("nothing came for 1 s")
    await until(lambda: upstream.open_peers == 0)


async def test_a_body_may_take_longer_in_all_than_one_wait(lab: Lab) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        peer.send(CHUNKS)
        for _ in range(12):
            await asyncio.sleep(0.1)
            peer.send(chunk(b"."))
        peer.send(LAST_CHUNK)
        await peer.gone()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway(upstream={"response_timeout_s": 1.0})

    answer = await (await lab.client(gateway)).get(upstream.at("/"))

    assert (answer.body, answer.complete) == (b"partial" + 12 * b".", True)
