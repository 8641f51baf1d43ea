"""`sigproxy serve` starts, says where it listens, and serves."""

import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sigproxy import __version__
from tests.lab.client import Client
from tests.lab.frames import TEXT, Frame, echo_frames, frame, handshake, read_frame, upgraded
from tests.lab.lab import Lab, until
from tests.lab.pki import Pki
from tests.service.process import ROOT, Service, free_port

Make = Callable[..., Service]


async def test_it_says_where_it_listens_and_serves(lab: Lab, service: Make) -> None:
    upstream = await lab.upstream()
    running = service()
    await running.start()

    assert f"Listening at: http://127.0.0.1:{running.port}" in running.said
    assert f"sigproxy {__version__} starts 1 worker(s)" in running.said
    client = await running.client()
    assert (await client.get(upstream.at("/x?y=1"))).body == b"ok"
    assert upstream.requests[0].target == b"/x?y=1"
    assert (await client.get(b"/-/ready")).status == 200


@pytest.mark.parametrize("workers", [1, 2])
async def test_tls_and_a_websocket(lab: Lab, service: Make, pki: Pki, workers: int) -> None:
    upstream = await lab.upstream(upgraded(echo_frames))
    files = {"certificate": str(pki.certificate), "private_key": str(pki.private_key)}
    running = service(server={"workers": workers, **files})
    await running.start()

    assert f"Listening at: https://127.0.0.1:{running.port}" in running.said
    await until(lambda: len(running.workers()) == workers)
    for _ in range(4):
        client = await running.client()
        assert (await handshake(client, upstream.at("/"))).status == 101
        client.send(frame(TEXT, b"hello", masked=True))
        assert await read_frame(client) == Frame(TEXT, b"hello")


async def test_several_addresses(service: Make, tmp_path: Path) -> None:
    running = service()
    second, path = free_port(), tmp_path / "gateway.sock"
    running.document["server"]["bind"] += [f"127.0.0.1:{second}", f"unix:{path}"]
    running.write()
    await running.start()

    for port in (running.port, second):
        client = await Client.open("127.0.0.1", port)
        assert (await client.get(b"/-/live")).status == 200
        client.close()
    with socket.socket(socket.AF_UNIX) as local:
        local.connect(str(path))
        local.sendall(b"GET /-/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert local.recv(100).startswith(b"HTTP/1.1 200 ")


async def test_the_environment_goes_over_the_file(service: Make) -> None:
    running = service(server={"workers": 1})
    await running.start(environ={"SIGPROXY_SERVER__WORKERS": "2"})

    assert "starts 2 worker(s)" in running.said


async def test_plain_gunicorn_with_our_file(lab: Lab, service: Make) -> None:
    upstream = await lab.upstream()
    running = service()
    command = (sys.executable, "-m", "gunicorn", "-c", str(ROOT / "conf" / "gunicorn.conf.py"))
    await running.start(command, {"SIGPROXY_CONFIG": str(running.config)})

    assert f"Listening at: http://127.0.0.1:{running.port}" in running.said
    client = await running.client()
    assert (await client.get(upstream.at("/"))).body == b"ok"
    await until(lambda: "upstream=up.example.com" in running.logged)
