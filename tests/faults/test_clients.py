"""A client that sends garbage, or no end of anything, is told once and is gone."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, repeat
from typing import NamedTuple

import pytest

from tests.faults.scene import Scene
from tests.lab.lab import Lab
from tests.lab.wire import Response

LINE = b"GET /up.example.com/ HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /up.example.com/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
SMALL = {"request_head_kib": 8, "request_field_kib": 4, "request_target_kib": 4}
IMPATIENT = {"header_timeout_s": 1.0}  # the bystander asks within it


class Fault(NamedTuple):
    first: bytes
    status: int
    token: str
    rest: bytes = b""  # sent over and over


FAULTS = {
    "garbage": Fault(bytes(range(256)) + b"\r\n\r\n", 400, "bad_request"),
    "TLS to a plain port": Fault(
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n", 400, "bad_request"
    ),
    "endless request line": Fault(b"GET /", 414, "target_too_long", rest=b"a" * 1000),
    "endless field": Fault(LINE + b"X: ", 431, "head_too_large", rest=b"a" * 1000),
    "endless fields": Fault(LINE, 431, "head_too_large", rest=b"X-Field: %b\r\n" % (b"a" * 90)),
    "half a head": Fault(LINE + b"X", 408, "request_timeout"),
    "dripped head": Fault(LINE + b"X: ", 408, "request_timeout", rest=b"a"),
    "endless chunk size": Fault(POST, 400, "bad_request", rest=b"f" * 1000),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_one_client_is_told(lab: Lab, name: str) -> None:
    fault = FAULTS[name]
    scene = await Scene.set_up(lab, limits=IMPATIENT if fault.status == 408 else SMALL)

    async with scene.unharmed():
        answer = await sent(scene, fault)
        assert (answer.status, answer.error) == (fault.status, fault.token)

    [record] = [each for each in scene.gateway.observer.ends if each.error]
    assert (record.status, record.error) == (fault.status, fault.token)
    assert record.upstream is None or record.address is None


async def sent(scene: Scene, fault: Fault) -> Response:
    """Send a fault's bytes until there is an answer, and leave."""
    client = await scene.gateway.client()
    answered = asyncio.create_task(client.response())
    parts: Iterator[bytes] = chain((fault.first,), repeat(fault.rest))
    while not answered.done():
        with suppress(ConnectionError):
            client.send(next(parts))
        await asyncio.sleep(0.002)
    await scene.bystander.is_served()
    client.close()
    return await answered
