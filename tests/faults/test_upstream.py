"""An upstream that breaks, in each way and at each moment, costs one client one clear error."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import pytest

from tests.faults.scene import Scene
from tests.lab.frames import HANDSHAKE, TEXT, Frame, frame, read_frame, upgraded
from tests.lab.lab import Lab, until
from tests.lab.upstream import Peer, Script, answering
from tests.lab.wire import CHUNKED, chunk, response

SHARED = {"reuse": "shared"}  # the next client comes over the connection of the one before
IMPATIENT = {"response_timeout_s": 1.0, "tls_timeout_s": 1.0}  # the bystander is served within it
HEAD = b"HTTP/1.1 200 OK\r\n"


async def resets(peer: Peer) -> None:
    await peer.request()
    peer.reset()


async def hangs_up(peer: Peer) -> None:
    await peer.request()


async def never_answers(peer: Peer) -> None:
    await peer.request()
    await peer.gone()


async def resets_in_tls(peer: Peer) -> None:
    await peer.reader.read(1)
    peer.reset()


async def speaks_no_tls(peer: Peer) -> None:
    peer.send(b"SSH-2.0-OpenSSH_9.2\r\n")
    await peer.gone()


def endless(begin: bytes, more: Callable[[int], bytes], pause_s: float = 0.0) -> Script:
    async def script(peer: Peer) -> None:
        await peer.request()
        peer.send(begin)
        with suppress(ConnectionError):
            for number in range(1_000_000):
                peer.send(more(number))
                await peer.writer.drain()
                await asyncio.sleep(pause_s)

    return script


class Fault(NamedTuple):
    script: Script
    status: int
    token: str
    tls: bool = True


FAULTS = {
    "reset before it answers": Fault(resets, 502, "connection_terminated"),
    "closes before it answers": Fault(hangs_up, 502, "connection_terminated"),
    "never answers": Fault(never_answers, 504, "response_timeout"),
    "reset in TLS": Fault(resets_in_tls, 502, "connection_terminated", tls=False),
    "never speaks TLS": Fault(Peer.gone, 504, "connection_timeout", tls=False),
    "garbage in TLS": Fault(speaks_no_tls, 502, "tls_error", tls=False),
    "garbage": Fault(answering(bytes(range(256)) + b"\r\n\r\n"), 502, "bad_response"),
    "space behind a name": Fault(
        answering(HEAD + b"Content-Length : 2\r\n\r\nok"), 502, "bad_response"
    ),
    "NUL in the reason": Fault(
        answering(b"HTTP/1.1 200 O\0K\r\nContent-Length: 2\r\n\r\nok"), 502, "bad_response"
    ),
    "no status code": Fault(answering(b"HTTP/1.1 099 Odd\r\n\r\n"), 502, "bad_response"),
    "status code 000": Fault(answering(b"HTTP/1.1 000 Odd\r\n\r\n"), 502, "bad_response"),
    "garbage without end": Fault(endless(b"", lambda _: b"\xaa" * 1000), 502, "bad_response"),
    "half a head": Fault(endless(HEAD, lambda _: b"", pause_s=0.05), 504, "response_timeout"),
    "endless head": Fault(
        endless(HEAD, lambda number: b"X-%d: %b\r\n" % (number, b"a" * 1000)),
        *(502, "response_head_too_large"),
    ),
    "endless head, dripped": Fault(
        endless(HEAD, lambda number: b"X-%d: a\r\n" % number, pause_s=0.05),
        *(504, "response_timeout"),
    ),
    "endless interim responses": Fault(
        endless(b"", lambda _: b"HTTP/1.1 103 Early Hints\r\n\r\n"), 502, "bad_response"
    ),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_one_client_is_told(lab: Lab, name: str) -> None:
    fault = FAULTS[name]
    scene = await Scene.set_up(lab, upstream=IMPATIENT if fault.status == 504 else {})
    upstream = await lab.upstream(fault.script, tls=fault.tls)

    record = await scene.one_is_told(upstream.at("/"), fault.status, fault.token)

    assert record.upstream is not None
    assert record.upstream.port == upstream.port
    assert len(upstream.peers) == 1


WITHIN_A_BODY = {
    "length": (b"Content-Length: 1000", b"part"),
    "chunked": (CHUNKED, chunk(b"part")),
    "garbage for a chunk": (CHUNKED, chunk(b"part") + b"zz\r\n"),
}


@pytest.mark.parametrize("name", WITHIN_A_BODY)
async def test_one_client_sees_that_its_answer_is_not_whole(lab: Lab, name: str) -> None:
    field, part = WITHIN_A_BODY[name]
    heard = asyncio.Semaphore(0)

    async def breaks_off(peer: Peer) -> None:
        await peer.request()
        peer.send(response(200, b"", field, framed=False))
        await heard.acquire()  # the head
        peer.send(part)
        await peer.drain()
        if name == "garbage for a chunk":
            return await peer.gone()
        await heard.acquire()
        peer.reset()

    scene = await Scene.set_up(lab)
    upstream = await lab.upstream(breaks_off)

    async with scene.unharmed():
        answer = await scene.asks(upstream.at("/"), heard=heard)
        assert (answer.status, answer.body, answer.complete) == (200, b"part", False)

    [record] = scene.records(upstream.at("/"))
    assert (record.status, record.error) == (200, "connection_terminated")
    assert "broke off" in (record.detail or "")


async def test_one_websocket_ends_with_its_upstream(lab: Lab) -> None:
    async def breaks_off(peer: Peer) -> None:
        peer.send(frame(TEXT, b"last words"))
        await read_frame(peer)  # the client has heard them
        peer.reset()

    scene = await Scene.set_up(lab)
    upstream = await lab.upstream(upgraded(breaks_off))

    async with scene.unharmed():
        client = await scene.gateway.client()
        client.ask(upstream.at("/"), *HANDSHAKE)
        assert (await client.head()).status == 101
        assert await read_frame(client) == Frame(TEXT, b"last words")
        client.send(frame(TEXT, b"heard", masked=True))
        assert await client.closed() == b""
        client.close()

    [record] = scene.records(upstream.at("/"))
    assert (record.status, record.closed_by, record.close_code) == (101, "upstream", None)


def answering_once_then(fail: Script, healed: bool) -> Script:
    """Return a script whose first connection fails at its second request; later ones may too."""

    async def script(peer: Peer) -> None:
        if peer.number == 0:
            await peer.request()
            peer.send(response(200, b"first"))
            await fail(peer)
        elif healed:
            await answering(response(200, b"healed"))(peer)
        else:
            await fail(peer)

    return script


@pytest.mark.parametrize("fail", [hangs_up, resets], ids=["close", "reset"])
async def test_a_pooled_connection_that_ends_early_is_replaced_once(lab: Lab, fail: Script) -> None:
    scene = await Scene.set_up(lab, upstream=SHARED)
    upstream = await lab.upstream(answering_once_then(fail, healed=False))
    async with scene.unharmed():
        assert (await scene.asks(upstream.at("/warm"))).body == b"first"
        answer = await scene.asks(upstream.at("/again"))
        assert (answer.status, answer.error) == (502, "connection_terminated")

    assert [request.target for request in upstream.requests] == [b"/warm", b"/again", b"/again"]
    [record] = scene.records(upstream.at("/again"))
    assert (record.error, record.reused) == ("connection_terminated", False)


@pytest.mark.parametrize("fail", [hangs_up, resets], ids=["close", "reset"])
async def test_a_post_on_a_pooled_connection_is_never_sent_twice(lab: Lab, fail: Script) -> None:
    scene = await Scene.set_up(lab, upstream=SHARED)
    upstream = await lab.upstream(answering_once_then(fail, healed=True))
    async with scene.unharmed():
        assert (await scene.asks(upstream.at("/warm"))).body == b"first"
        answer = await scene.asks(upstream.at("/effect"), method=b"POST", body=b"once")
        assert (answer.status, answer.error) == (502, "connection_terminated")

    assert [request.target for request in upstream.requests] == [b"/warm", b"/effect"]
    [record] = scene.records(upstream.at("/effect"))
    assert (record.error, record.reused) == ("connection_terminated", True)


async def test_a_pooled_connection_to_a_host_that_has_vanished_is_given_up(lab: Lab) -> None:
    """Half-open: no FIN ever came, so that it looks alive; the next request dials anew."""
    scene = await Scene.set_up(lab, upstream=IMPATIENT | SHARED)
    upstream = await lab.upstream(answering_once_then(Peer.gone, healed=True))
    assert (await scene.asks(upstream.at("/warm"))).body == b"first"

    answer = await scene.asks(upstream.at("/vanished"))
    assert (answer.status, answer.error) == (504, "response_timeout")
    [record] = scene.records(upstream.at("/vanished"))
    assert (record.error, record.reused) == ("response_timeout", True)
    await until(lambda: upstream.open_peers == 0)

    assert (await scene.asks(upstream.at("/after"))).body == b"healed"
    await scene.bystander.is_served()
