"""Connections through the network's HTTP proxy, and names that the system looks up."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sigproxy.tools import dial, lookup
from sigproxy.tools.dial import HttpProxy, ProxyRefuses, proxy_for
from tests.lab.pki import Pki
from tests.lab.wire import within


@asynccontextmanager
async def proxy(answer: bytes, behind: int = 0) -> AsyncIterator[tuple[HttpProxy, list[bytes]]]:
    """Yield a proxy that answers so, and leads to the port *behind*; and the heads that came."""
    heads: list[bytes] = []
    tasks: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.append(task)
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        if behind:
            there = await asyncio.open_connection("127.0.0.1", behind)
            await asyncio.gather(_pass(reader, there[1]), _pass(there[0], writer))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield HttpProxy("127.0.0.1", server.sockets[0].getsockname()[1]), heads
    finally:
        server.close()
        async with within():
            await asyncio.gather(*tasks)
        await asyncio.sleep(0)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(4096):
        writer.write(data)
    writer.close()


async def test_tls_through_a_proxy(pki: Pki) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=pki.gateway())
    port = server.sockets[0].getsockname()[1]
    async with proxy(b"HTTP/1.1 200 OK\r\n\r\n", port) as (way, heads):
        streams = await dial.tcp("gateway.example", 443, way)
        seen = await dial.tls(streams, "localhost", pki.client())
        assert await streams[0].read() == b"hello"
        streams[1].close()
    server.close()
    assert heads[0].startswith(b"CONNECT gateway.example:443 HTTP/1.1\r\nHost: gateway.example:443")
    assert b"Proxy-Authorization" not in heads[0]
    assert seen.version() == "TLSv1.3"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "answers '407 Proxy Auth"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "answers '403 Forbidden'"),
        (b"SSH-2.0-x\r\n", "does not answer CONNECT in HTTP"),
    ],
)
async def test_what_a_proxy_refuses_is_told(answer: bytes, says: str) -> None:
    async with proxy(answer) as (way, _):
        with pytest.raises(ProxyRefuses, match=says):
            await dial.tcp("gateway.example", 443, way)


async def test_a_proxy_gets_its_login_and_nobody_else_sees_it() -> None:
    made = HttpProxy.of("http://us%40er:pass@proxy.example:3128")
    assert "pass" not in repr(made) + str(made) + made.url
    async with proxy(b"HTTP/1.1 200 OK\r\n\r\n") as (way, heads):
        streams = await dial.tcp("2001:db8::1", 443, HttpProxy(way.host, way.port, made.login))
        streams[1].close()
    assert heads[0].startswith(b"CONNECT [2001:db8::1]:443 ")
    assert b"Proxy-Authorization: Basic dXNAZXI6cGFzcw==" in heads[0]


def test_which_proxy_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert proxy_for("gateway.example") is None
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    assert proxy_for("gateway.example") == HttpProxy("proxy.example", 3128)
    monkeypatch.setenv("NO_PROXY", "gateway.example")
    assert proxy_for("gateway.example") is None


async def test_a_name_is_looked_up_without_anybody_waiting_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = await lookup.addresses("127.0.0.1", 443)
    assert [each[4] for each in found] == [("127.0.0.1", 443)]
    with pytest.raises(socket.gaierror):
        await lookup.addresses("no-such-name.invalid", 443)
    release = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(*_: object, **__: object) -> list[object]:
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await lookup.addresses("slow.example", 443)
    release.set()  # its answer comes to nobody
    await asyncio.sleep(0.05)
