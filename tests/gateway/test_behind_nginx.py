"""The lines of docs/deploy.md for NGINX in front, as they are written there, with NGINX itself."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.lab.client import Client
from tests.lab.frames import TEXT, Frame, echo_frames, frame, handshake, read_frame, upgraded
from tests.lab.lab import Lab, Running, listening, until
from tests.lab.upstream import answering
from tests.lab.wire import response
from tests.parity.gateways import nginx_program

PAGE = Path(__file__).parents[2] / "docs" / "deploy.md"
CONFIGURATION = """\
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
    server {{
        listen 127.0.0.1:{port};
{location}
    }}
}}
"""
TRUSTED = {"trusted_proxies": ["127.0.0.1"]}
CREATED = response(201, b"ok", b"Location: /v2/7")
ONLY_PROXY_PASS = "    location / { proxy_pass http://127.0.0.1:8443; }"

pytestmark = pytest.mark.skipif(
    nginx_program() is None, reason="nginx is not installed: apt-get install nginx-light"
)


def documented_location() -> str:
    block = re.search(r"^    location / \{\n.*?^    \}$", PAGE.read_text(), re.M | re.S)
    assert block is not None
    return block[0]


@asynccontextmanager
async def nginx(folder: Path, location: str, gateway: Running) -> AsyncIterator[int]:
    """Run NGINX with *location*, which leads to *gateway*; yield its port."""
    with listening("127.0.0.1") as free:
        port = free.getsockname()[1]
    location = location.replace("127.0.0.1:8443", f"127.0.0.1:{gateway.port}")
    file = folder / "nginx.conf"
    file.write_text(CONFIGURATION.format(folder=folder, port=port, location=location))
    program = nginx_program()
    assert program is not None
    process = await asyncio.create_subprocess_exec(
        program, "-c", str(file), "-e", str(folder / "error.log")
    )
    try:
        await until(lambda: process.returncode is not None or _answers(port))
        assert process.returncode is None, (folder / "error.log").read_text()
        yield port
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_the_documented_lines(lab: Lab, tmp_path: Path) -> None:
    upstream = await lab.upstream(answering(CREATED))
    sockets = await lab.upstream(upgraded(echo_frames))
    gateway = await lab.gateway(server=TRUSTED)
    async with nginx(tmp_path, documented_location(), gateway) as port:
        client = await Client.open("127.0.0.1", port, source="127.0.0.5")
        client.send(
            b"GET /gw.example:8443%b HTTP/1.1\r\nHost: gw.example:8443\r\n"
            b"X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: javascript\r\n\r\n"
            % upstream.at("/a%2Fb//c?d=%20")
        )
        answer = await client.response()
        client.close()

        assert answer.get(b"location") == b"http://gw.example:8443" + upstream.at("/v2/7")
        [request] = upstream.requests
        assert request.target == b"/a%2Fb//c?d=%20"
        assert request.get(b"x-real-ip") == b"127.0.0.5"
        assert request.get(b"x-forwarded-for") == b"127.0.0.5, 127.0.0.1"

        client = await Client.open("127.0.0.1", port)
        assert (await handshake(client, sockets.at("/ws"))).status == 101
        client.send(frame(TEXT, b"hello", masked=True))
        assert await read_frame(client) == Frame(TEXT, b"hello")
        client.close()


async def test_nginx_as_it_comes_is_told_what_it_lacks(lab: Lab, tmp_path: Path) -> None:
    upstream = await lab.upstream()
    gateway = await lab.gateway(server=TRUSTED)
    async with nginx(tmp_path, ONLY_PROXY_PASS, gateway) as port:
        client = await Client.open("127.0.0.1", port)
        answer = await handshake(client, upstream.at("/ws"))
        client.close()

    assert answer.status == 426
    assert "proxy_http_version 1.1;" in (gateway.observer.ends[-1].detail or "")
    assert upstream.peers == []


async def test_no_vendor_makes_nginx_serve_a_file_of_its_own(lab: Lab, tmp_path: Path) -> None:
    """X-Accel-Redirect leads to any location, also to one that is "internal"."""
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "inner").write_text("the operator's own")
    internal = f"    location /files/ {{ internal; root {tmp_path}; }}\n"
    upstream = await lab.upstream(
        answering(response(200, b"the vendor's", b"X-Accel-Redirect: /files/inner"))
    )
    gateway = await lab.gateway(server=TRUSTED)
    async with nginx(tmp_path, internal + documented_location(), gateway) as port:
        client = await Client.open("127.0.0.1", port)
        answer = await client.get(upstream.at("/x"))
        client.close()

    assert answer.body == b"the vendor's"
