"""The access log: on standard output or in a file, and through a rotation."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab.frames import close, echo_frames, handshake, read_frame, upgraded
from tests.lab.lab import Lab, until
from tests.service.process import Service

Make = Callable[..., Service]
SECRET = b"do-not-log-me"


async def test_on_standard_output_and_apart_from_all_else(lab: Lab, service: Make) -> None:
    upstream = await lab.upstream()
    running = service()
    await running.start()
    client = await running.client()

    await client.get(
        upstream.at("/calls?token=do-not-log-me&x="),
        b"Authorization: Bearer " + SECRET,
        b"Cookie: session=" + SECRET,
        b'User-Agent: a"b\tc',
        b"Referer: https://app.example/page?key=" + SECRET,
    )
    await client.get(b"/nothing/at/all")
    await until(lambda: running.logged.count("\n") == 2)

    first, second = running.logged.splitlines()
    assert first.startswith("127.0.0.1 - - [")
    target = f"/up.example.com:{upstream.port}/calls?token=-&x=-"
    assert f'"GET {target} HTTP/1.1" 200 2 "https://app.example/page" "a\\x22b\\x09c"' in first
    assert f"upstream=up.example.com:{upstream.port}" in first
    assert "error=no_route" in second
    assert SECRET.decode() not in running.logged + running.said
    assert "GET" not in running.said


async def test_a_websocket_has_two_lines(lab: Lab, service: Make) -> None:
    upstream = await lab.upstream(upgraded(echo_frames))
    running = service(access_log={"format": "json"})
    await running.start()
    client = await running.client()
    await handshake(client, upstream.at("/ws"))
    await until(lambda: running.logged.count("\n") == 1)

    client.send(close(4321, masked=True))
    await read_frame(client)
    await until(lambda: running.logged.count("\n") == 2)

    opened, closed = map(json.loads, running.logged.splitlines())
    assert (opened["event"], opened["status"]) == ("open", 101)
    assert (closed["event"], closed["status"]) == ("close", 101)
    assert (closed["close_code"], closed["closed_by"]) == (4321, "client")
    assert opened["id"] == closed["id"]


@pytest.mark.parametrize("is_signalled", [True, False], ids=["USR1", "no signal"])
@pytest.mark.parametrize("workers", [1, 2])
async def test_a_rotated_file_is_opened_anew(
    lab: Lab, service: Make, tmp_path: Path, workers: int, is_signalled: bool
) -> None:
    """USR1 is what logrotate's users send; that the file was moved is noticed without it."""
    log, old = tmp_path / "access.log", tmp_path / "access.log.1"
    running = service(server={"workers": workers}, access_log={"path": str(log)})
    await running.start()

    async def ask(path: bytes) -> None:
        for _ in range(10):
            client = await running.client()
            await client.get(path)
            client.close()

    await ask(b"/before")
    await until(lambda: log.read_text().count("\n") == 10)
    before = running.workers()
    log.rename(old)
    if is_signalled:
        running.signal(signal.SIGUSR1)
        await running.says("Handling signal: usr1")
    await ask(b"/after")
    await until(lambda: log.exists() and log.read_text().count("\n") == 10)

    assert old.read_text().count("/before") == 10
    assert log.read_text().count("/after") == 10
    assert running.logged == ""
    assert running.workers() == before
