"""How clients speak HTTP/1: pipelined, in single bytes, and as in 1996."""

import asyncio

from tests.gateway.lab import Lab
from tests.gateway.upstream import answering
from tests.gateway.wire import CHUNKED, LAST_CHUNK, chunk, read_head, response


async def test_pipelined_requests_are_answered_in_order(lab: Lab) -> None:
    upstream = await lab.upstream(answering(lambda request: response(200, request.target)))
    client = await lab.client(await lab.gateway())

    for number in range(5):
        client.ask(upstream.at(f"/{number}"))

    assert [(await client.response()).body for _ in range(5)] == [b"/%d" % n for n in range(5)]


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
