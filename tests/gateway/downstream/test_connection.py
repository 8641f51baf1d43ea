"""How clients speak HTTP/1: pipelined, in single bytes, and as in 1996."""

import asyncio
import socket

import pytest

from sigproxy.gateway.downstream import connection as downstream
from tests.lab.frames import HANDSHAKE
from tests.lab.lab import Lab, until
from tests.lab.upstream import Peer, answering
from tests.lab.wire import CHUNKED, LAST_CHUNK, chunk, read_head, response


async def test_pipelined_requests_are_answered_in_order(lab: Lab) -> None:
    upstream = await lab.upstream(answering(lambda request: response(200, request.target)))
    client = await lab.client(await lab.gateway())

    for number in range(5):
        client.ask(upstream.at(f"/{number}"))

    assert [(await client.response()).body for _ in range(5)] == [b"/%d" % n for n in range(5)]


async def test_chunked_requests_follow_one_another(lab: Lab) -> None:
    upstream = await lab.upstream(answering(lambda request: response(200, request.body)))
    client = await lab.client(await lab.gateway())

    for number in range(3):
        body = b"%d" % number
        client.ask(upstream.at("/"), CHUNKED, method=b"POST")
        client.send(chunk(body) + LAST_CHUNK)
        assert (await client.response()).body == body
        assert (await client.get(upstream.at("/"), method=b"POST", body=body)).body == body


async def test_half_a_head_behind_a_request_has_a_heads_time(lab: Lab) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(limits={"header_timeout_s": 0.5}))

    client.send(b"GET %b HTTP/1.1\r\nHost: a\r\n\r\nGET / HT" % upstream.at("/"))

    assert (await client.response()).status == 200
    assert (await client.response()).status == 408


async def test_a_request_in_single_bytes(lab: Lab) -> None:
    upstream = await lab.upstream(answering(lambda request: response(200, request.body)))
    client = await lab.client(await lab.gateway())
    raw = b"POST %b HTTP/1.1\r\nHost: x.y\r\nContent-Length: 5\r\n\r\nhello" % upstream.at("/")

    for position in range(len(raw)):
        client.send(raw[position : position + 1])
        await asyncio.sleep(0)

    assert (await client.response()).body == b"hello"


async def test_an_http_1_0_client_gets_a_body_that_ends_with_the_connection(lab: Lab) -> None:
    reply = response(200, chunk(b"one") + chunk(b"two") + LAST_CHUNK, CHUNKED, framed=False)
    upstream = await lab.upstream(answering(reply))
    client = await lab.client(await lab.gateway())

    client.send(b"GET %b HTTP/1.0\r\n\r\n" % upstream.at("/"))

    head = await read_head(client.reader)
    assert b"chunked" not in head.lower()
    assert await client.rest() == b"onetwo"
    assert upstream.requests[0].first_line == b"GET / HTTP/1.1"


async def test_an_http_1_0_client_may_keep_its_connection(lab: Lab) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway())

    for _ in range(2):
        client.send(b"GET %b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" % upstream.at("/"))
        answer = await client.response()
        assert (answer.body, answer.get(b"connection")) == (b"ok", b"keep-alive")


async def test_a_pipeline_is_read_no_faster_than_it_is_answered(lab: Lab) -> None:
    """A client that sends for ever and reads nothing must not fill the gateway's memory."""
    request = b"GET /-/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.send(request * (32 * 2**20 // len(request)))

    for _ in range(20):
        served = len(gateway.observer.ends)
        await asyncio.sleep(0.3)
        if len(gateway.observer.ends) == served:
            break
    unsent = client.writer.transport.get_write_buffer_size()
    assert unsent > 16 * 2**20  # the rest is in the kernel's buffers


@pytest.mark.parametrize("tls", [False, True])
async def test_a_client_that_takes_no_answer_is_cut_off(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    monkeypatch.setattr(downstream, "STALL_S", 0.2)
    upstream = await lab.upstream(answering(response(200, b"x" * 2**20)))
    gateway = await lab.gateway(tls=tls)
    client = await lab.client(gateway, buffer=4096)
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    for _ in range(20):
        client.ask(upstream.at("/"))

    await until(lambda: gateway.observer.ends and not gateway.server.connections)
    client.writer.transport.resume_reading()  # type: ignore[attr-defined]
    with pytest.raises(ConnectionError):  # the kernel does not go on offering what it held
        await client.rest()


async def test_a_last_answer_that_is_not_taken_is_dropped_in_the_end(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downstream, "STALL_S", 0.2)
    upstream = await lab.upstream(answering(response(200, b"x" * 200_000)))
    gateway = await lab.gateway()
    client = await lab.client(gateway, buffer=4096)
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    for _ in range(20):
        client.ask(upstream.at("/"), b"Connection: close")

    await until(lambda: gateway.observer.ends and not gateway.server.connections)


async def test_what_a_client_that_has_left_does_not_take_is_dropped(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has sent its FIN, so that the transport is closing already, and holds the first answer."""
    monkeypatch.setattr(downstream, "STALL_S", 0.2)

    async def script(peer: Peer) -> None:
        await peer.request()
        peer.send(response(200, b"x" * 60_000))
        await peer.request()
        await asyncio.sleep(0.3)
        peer.send(response(200, b"slow"))
        await peer.gone()

    upstream = await lab.upstream(script)
    gateway = await lab.gateway(tls=False)
    client = await lab.client(gateway, buffer=4096)
    await until(lambda: gateway.connections == 1)
    [connection] = gateway.server.connections
    assert connection.transport is not None
    sock = connection.transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    client.ask(upstream.at("/"))
    client.ask(upstream.at("/slow"))
    await until(lambda: len(upstream.requests) == 2)
    client.finish()

    await until(lambda: len(gateway.observer.ends) == 2 and not gateway.server.connections)


@pytest.mark.parametrize(
    ("protocols", "body"),
    [
        *((each, b"") for each in (b"websocket", b"WebSocket", b"websocket, h2c", b"h2c")),
        (b"h2c, websocket", b""),
        (b"h2c", b"body"),
    ],
)
async def test_what_is_pipelined_behind_a_refused_upgrade_is_answered(
    lab: Lab, protocols: bytes, body: bytes
) -> None:
    upstream = await lab.upstream(answering(lambda request: response(200, request.target)))
    client = await lab.client(await lab.gateway())
    handshake = [each for each in HANDSHAKE if not each.lower().startswith(b"upgrade")]
    if body:
        handshake.append(b"Content-Length: %d" % len(body))
    client.ask(upstream.at("/1"), b"Upgrade: " + protocols, *handshake)
    client.send(body)
    client.ask(upstream.at("/2"))

    assert (await client.response()).body == b"/1"
    assert (await client.response()).body == b"/2"


async def test_a_target_that_yarl_cannot_read_is_refused(lab: Lab) -> None:
    client = await lab.client(await lab.gateway())
    client.send(b"GET http://][[::1@ HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert (await client.response()).status == 400
    await client.closed()
