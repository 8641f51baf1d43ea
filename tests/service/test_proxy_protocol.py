"""Real HAProxy in TCP mode in front of `sigproxy serve`."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.lab.client import Client
from tests.lab.frames import TEXT, Frame, echo_frames, frame, handshake, read_frame, upgraded
from tests.lab.lab import Lab, until
from tests.lab.pki import Pki
from tests.orphans import end_with_parent
from tests.service.process import Service, free_port

Make = Callable[..., Service]

PROGRAM = shutil.which("haproxy", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
BALANCER, CLIENT, STRANGER = "127.0.0.1", "127.0.0.2", "127.0.0.3"
CONFIG = """\
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen front
    bind 127.0.0.1:{port}
    server gateway 127.0.0.1:{gateway} {send} check check-send-proxy inter 100ms
"""

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs HAProxy: apt-get install haproxy")


class HaProxy:
    """One process in front of *service*; *send* is the server line's word for the header."""

    def __init__(self, service: Service, send: str) -> None:
        self.port = free_port()
        self._config = service.config.with_name("haproxy.cfg")
        self._config.write_text(CONFIG.format(port=self.port, gateway=service.port, send=send))

    async def start(self) -> None:
        assert PROGRAM is not None
        self._process = await asyncio.create_subprocess_exec(
            PROGRAM, "-db", "-f", str(self._config),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            preexec_fn=end_with_parent,
        )  # fmt: skip
        await until(self._listens)

    def _listens(self) -> bool:
        assert self._process.returncode is None, self._config.read_text()
        wanted = f":{self.port:04X} 00000000:0000 0A"
        return wanted in Path("/proc/net/tcp").read_text()

    async def end(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as ends:
        yield ends


async def in_front_of(service: Service, send: str, stack: AsyncExitStack) -> HaProxy:
    front = HaProxy(service, send)
    await front.start()
    stack.push_async_callback(front.end)
    return front


async def connected(port: int, address: str, pki: Pki | None, stack: AsyncExitStack) -> Client:
    """Connect from *address*, one of loopback's many."""
    context = pki.client() if pki else None
    client = await Client.open("127.0.0.1", port, context, source=address)
    stack.callback(client.vanish)
    return client


def behind(make: Make, pki: Pki, tls: bool) -> Service:
    files = {"certificate": str(pki.certificate), "private_key": str(pki.private_key)}
    trusting = {"proxy_protocol": True, "trusted_proxies": [BALANCER]}
    return make(server=trusting | (files if tls else {}))


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("send", ["send-proxy", "send-proxy-v2"])
async def test_the_client_behind_haproxy(
    lab: Lab, service: Make, pki: Pki, stack: AsyncExitStack, send: str, tls: bool
) -> None:
    upstream = await lab.upstream()
    running = behind(service, pki, tls)
    await running.start()
    front = await in_front_of(running, send, stack)

    client = await connected(front.port, CLIENT, pki if tls else None, stack)
    answer = await client.get(upstream.at("/x"), b"X-Forwarded-For: 198.51.100.9")

    assert answer.status == 200
    assert upstream.requests[0].get(b"x-forwarded-for") == CLIENT.encode()
    await until(lambda: "/x" in running.logged)
    assert [line.split()[0] for line in running.logged.splitlines()] == [CLIENT]

    running.signal(signal.SIGTERM)
    assert await running.ended() == 0
    assert "Traceback" not in running.said


async def test_a_websocket_behind_haproxy(
    lab: Lab, service: Make, pki: Pki, stack: AsyncExitStack
) -> None:
    upstream = await lab.upstream(upgraded(echo_frames))
    running = behind(service, pki, tls=True)
    await running.start()
    front = await in_front_of(running, "send-proxy-v2 proxy-v2-options crc32c,authority", stack)

    client = await connected(front.port, CLIENT, pki, stack)
    assert (await handshake(client, upstream.at("/ws"))).status == 101
    client.send(frame(TEXT, b"hello", masked=True))

    assert await read_frame(client) == Frame(TEXT, b"hello")


async def test_past_the_balancer(service: Make, pki: Pki, stack: AsyncExitStack) -> None:
    running = behind(service, pki, tls=False)
    await running.start()

    stranger = await connected(running.port, STRANGER, None, stack)
    assert (await stranger.get(b"/-/ready")).error == "proxy_header_untrusted"
    balancer = await connected(running.port, BALANCER, None, stack)
    assert (await balancer.get(b"/-/ready")).error == "proxy_header_invalid"

    await until(lambda: running.logged.count("\n") == 2)
    first, second = running.logged.splitlines()
    assert first.startswith(f"{STRANGER} - - ")
    assert "error=proxy_header_untrusted" in first
    assert second.startswith(f"{BALANCER} - - ")
    assert "error=proxy_header_invalid" in second
