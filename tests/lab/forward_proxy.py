"""Scripts for an upstream that is a forward proxy: it takes CONNECT, leads on, or refuses.

proxy = await lab.upstream(leading_on, tls=False)
gateway = await lab.gateway(upstream=through(proxy))
"""

import asyncio
from typing import Any

from tests.lab.upstream import BUFFER, Peer, Script, Upstream

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


def through(proxy: Upstream, **settings: Any) -> dict[str, Any]:
    """Return the upstream settings of a gateway behind *proxy*."""
    return {"proxy": f"http://127.0.0.1:{proxy.port}"} | settings


def targets(proxy: Upstream) -> list[bytes]:
    """Return what it was asked for, in order."""
    return [request.target for request in proxy.requests]


async def leading_on(peer: Peer) -> None:
    """Lead to the port that is asked for on this machine, whatever the host."""
    request = await peer.head()
    await lead(peer, int(request.target.rpartition(b":")[2]))


async def lead(peer: Peer, port: int, answer: bytes = ESTABLISHED) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    peer.send(answer)
    there = asyncio.create_task(_pass(peer.reader, writer))
    back = asyncio.create_task(_pass(reader, peer.writer))
    try:
        await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (there, back):
            task.cancel()
        await asyncio.gather(there, back, return_exceptions=True)
        writer.transport.abort()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(BUFFER):
        writer.write(data)
        await writer.drain()


def saying(*answers: bytes) -> Script:
    """Return a proxy that gives each CONNECT, whatever connection it comes on, the next answer."""
    left = list(answers)

    async def script(peer: Peer) -> None:
        await peer.head()
        peer.send(left.pop(0) if len(left) > 1 else left[0])
        await peer.gone()

    return script


async def silent(peer: Peer) -> None:
    await peer.head()
    await peer.gone()
