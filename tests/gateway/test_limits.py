"""How much a client may send: each limit has its answer, and nothing is dialled."""

import asyncio

import pytest

from tests.lab.lab import Lab, until
from tests.lab.upstream import answering
from tests.lab.wire import CHUNKED, LAST_CHUNK, chunk, response

KIB = 1024
SMALL = {"request_head_kib": 8, "request_field_kib": 4, "request_target_kib": 4}


async def test_a_body_over_the_limit_by_its_length(lab: Lab) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(limits={"request_body_mib": 1}))

    client.ask(upstream.at("/"), b"Content-Length: 1048577", method=b"POST")

    answer = await client.response()
    assert (answer.status, answer.error) == (413, "body_too_large")
    assert "limits.request_body_mib" in answer.json["detail"]
    assert upstream.peers == []


async def test_a_body_over_the_limit_by_its_chunks(lab: Lab) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(limits={"request_body_mib": 1}))
    client.ask(upstream.at("/"), CHUNKED, method=b"POST")
    for _ in range(17):
        client.send(chunk(b"x" * 65536))
    client.send(LAST_CHUNK)

    answer = await client.response()
    assert (answer.status, answer.error) == (413, "body_too_large")
    await until(lambda: upstream.open_peers == 0)
    assert all(not request.complete for request in upstream.requests)


async def test_a_body_at_the_limit(lab: Lab) -> None:
    upstream = await lab.upstream(
        answering(lambda request: response(200, b"%d" % len(request.body)))
    )
    client = await lab.client(await lab.gateway(limits={"request_body_mib": 1}))

    answer = await client.get(upstream.at("/"), method=b"POST", body=b"x" * 1048576)

    assert answer.body == b"1048576"


@pytest.mark.parametrize(
    ("target", "fields", "status", "error"),
    [
        (b"/up.example.com/" + b"a" * 5 * KIB, (), 414, "target_too_long"),
        (b"/up.example.com/" + b"a" * 40 * KIB, (), 414, "target_too_long"),
        (b"/up.example.com/?" + b"a" * 5 * KIB, (), 414, "target_too_long"),
        (b"/up.example.com/", (b"X: " + b"a" * 5 * KIB,), 431, "head_too_large"),
        (b"/up.example.com/", (b"X: " + b"a" * 40 * KIB,), 431, "head_too_large"),
        (b"/up.example.com/", (b"X" * 5 * KIB + b": a",), 431, "head_too_large"),
        (b"/up.example.com/", (b"X: " + b"a" * 3 * KIB,) * 3, 431, "head_too_large"),
        (b"/up.example.com/", (b"X: a",) * 300, 431, "head_too_large"),
        (b"/up.example.com/", (b"Cookie: " + b"a" * 900 * KIB,), 431, "head_too_large"),
    ],
    ids=lambda value: str(value)[:24],
)
async def test_a_head_over_a_limit(
    lab: Lab, target: bytes, fields: tuple[bytes, ...], status: int, error: str
) -> None:
    client = await lab.client(await lab.gateway(limits=SMALL))

    client.ask(target, *fields)

    answer = await client.response()
    assert (answer.status, answer.error) == (status, error)
    assert lab.dns.asked == []


async def test_a_head_at_the_limits(lab: Lab) -> None:
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway())
    target = upstream.at("/")
    target += b"a" * (16 * KIB - len(target))

    answer = await client.get(target, b"Authorization: Bearer " + b"t" * 14 * KIB)

    assert answer.status == 200
    assert len(upstream.requests[0].target) > 15 * KIB


async def test_an_endless_head_is_not_collected(lab: Lab) -> None:
    gateway = await lab.gateway(limits=SMALL)
    client = await lab.client(gateway)
    client.send(b"GET /up.example.com/ HTTP/1.1\r\nHost: x\r\n")
    sent = 0
    while gateway.observer.ends == [] and sent < 4000:
        client.send(b"X-%d: %b\r\n" % (sent, b"a" * 100))
        sent += 1
        await asyncio.sleep(0)
    await until(lambda: gateway.observer.ends)

    assert gateway.observer.ends[0].status == 431
    assert sent < 4000


async def test_chunks_that_are_more_framing_than_content_are_no_small_body(lab: Lab) -> None:
    """A byte a chunk, each with an extension of 2 KB: by its content it could go on for ever."""
    upstream = await lab.upstream()
    client = await lab.client(await lab.gateway(limits={"request_body_mib": 1}))
    client.ask(upstream.at("/"), CHUNKED, method=b"POST")
    answered = asyncio.create_task(client.response())
    for _ in range(3 * 1024 // 16):
        client.send((b"1;" + b"a" * 2000 + b"\r\nx\r\n") * 8)
        await asyncio.sleep(0.001)
        if answered.done():
            break

    answer = await answered

    assert (answer.status, answer.error) == (400, "bad_request")
    assert "far more framing than content" in answer.json["detail"]
    await until(lambda: upstream.open_peers == 0)
    assert all(not request.complete for request in upstream.requests)
