"""The status page of a running service, and the streams that it lives on."""

import asyncio
import json
import signal

from sigproxy.service.status_pages import MOST_STREAMS
from tests.service.admin import Make, Watched
from tests.service.process import START_S


async def test_a_stream_brings_the_status_each_second_and_ends_when_its_worker_drains(
    watched: Watched,
) -> None:
    running = watched.running
    await running.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", watched.port)
    writer.write(b"GET /-/status/events HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(START_S):
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert b"Content-Type: text/event-stream" in head
        moments = [await event(reader) for _ in range(3)]
        assert len(set(moments)) == 3
        running.signal(signal.SIGHUP)
        rest = await reader.read()  # to its end: the worker drains
    assert rest.endswith(b"0\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    running.signal(signal.SIGTERM)
    assert await running.ended() == 0
    assert "Traceback" not in running.said


async def event(reader: asyncio.StreamReader) -> str:
    """Return the moment of the next event."""
    while not (line := await reader.readline()).startswith(b"data: "):
        assert line, "the stream has ended"
    return str(json.loads(line[6:])["at"])


async def test_streams_are_bounded_and_leave_room_for_monitoring(service: Make) -> None:
    watched = Watched(service())
    await watched.running.start()
    place = "127.0.0.1", watched.port
    streams = [await asyncio.open_connection(*place) for _ in range(MOST_STREAMS + 1)]
    answers = []
    async with asyncio.timeout(START_S):
        for reader, writer in streams:
            writer.write(b"GET /-/status/events HTTP/1.1\r\nHost: x\r\n\r\n")
            answers.append((await reader.readuntil(b"\r\n\r\n")).split()[1])
    assert answers == [b"200"] * MOST_STREAMS + [b"503"]
    assert (await watched.page(b"/-/ready")).status == 200
    for _, writer in streams:
        writer.close()
    await until_one_more(watched)
    assert "Traceback" not in watched.running.said


async def until_one_more(watched: Watched) -> None:
    """Wait until those that have left count no more."""
    async with asyncio.timeout(START_S):
        while True:
            reader, writer = await asyncio.open_connection("127.0.0.1", watched.port)
            writer.write(b"GET /-/status/events HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = await reader.readline()
            writer.close()
            if b" 200 " in answer:
                return
            await asyncio.sleep(0.1)


async def test_the_page_is_one_file_that_may_load_nothing_else(watched: Watched) -> None:
    await watched.running.start()
    page = await watched.page(b"/-/status")
    assert page.status == 200
    assert (page.get(b"content-type") or b"").startswith(b"text/html")
    policy = (page.get(b"content-security-policy") or b"").decode()
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert page.get(b"x-content-type-options") == b"nosniff"
    assert b"http://" not in page.body.replace(b"http://www.w3.org/2000/svg", b"")
    assert b"https://" not in page.body
    for method in (b"HEAD", b"OPTIONS"):
        for target in (b"/-/status", b"/-/status.json", b"/-/status/events"):
            assert (await watched.page(target, method)).status == 200
    assert (await watched.page(b"/-/status", b"POST")).status == 405
    assert (await watched.page(b"/-/status/", b"GET")).status == 404
