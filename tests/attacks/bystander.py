"""A client that does no harm, in a process of its own: how long it waits is the gateway's doing.

    python -m tests.attacks.bystander PORT [CA_FILE]

Asks /-/live every 20 ms, over TLS if there is an authority's file, until its input ends; then
prints each question's time (monotonic) and wait, in seconds.
"""

import asyncio
import json
import select
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.attacks.scene import Scene
from tests.lab.wire import within
from tests.orphans import end_with_parent
from tests.service.process import ROOT

PAUSE_S = 0.02
PATIENCE_S = 120.0
ASK = b"GET /-/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
# Since when and how long it waited, for each question.
Wait = tuple[float, float]


class Waits:
    """What a bystander has to tell once it has been stopped."""

    def __init__(self) -> None:
        self.all: list[Wait] = []

    def longest_ms(self, since_s: float = 0.0) -> float:
        """Return the longest wait of those that lasted at *since_s* or began later."""
        return 1000 * max(wait for at, wait in self.all if at + wait >= since_s)


@asynccontextmanager
async def bystander(scene: Scene) -> AsyncIterator[Waits]:
    """Have one ask while the block runs; what is yielded is filled when it ends."""
    authority = [str(scene.lab.pki.ca_file)] if scene.tls else []
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.attacks.bystander", str(scene.port), *authority),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        preexec_fn=end_with_parent,
        limit=2**24,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    waits = Waits()
    try:
        async with within(30.0):
            assert await process.stdout.readline() == b"ready\n"
        yield waits
        process.stdin.close()
        async with within(PATIENCE_S):
            waits.all = [(at, wait) for at, wait in json.loads(await process.stdout.readline())]
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _connected(port: int, authority: str | None) -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if authority is None:
        return plain
    return ssl.create_default_context(cafile=authority).wrap_socket(
        plain, server_hostname="localhost"
    )


def _ask(connection: socket.socket) -> None:
    connection.sendall(ASK)
    answer = b""
    while not answer.endswith(b'"live"}\n'):
        if not (part := connection.recv(65536)):
            raise ConnectionResetError
        answer += part


def main(port: int, authority: str | None = None) -> None:
    connection = _connected(port, authority)
    _ask(connection)
    print("ready", flush=True)
    waits: list[Wait] = []
    while not select.select([sys.stdin], [], [], PAUSE_S)[0]:
        since_s = time.monotonic()
        while True:  # a worker that is killed takes the connection with it, and that is a wait too
            with suppress(OSError):
                _ask(connection)
                break
            connection.close()
            time.sleep(PAUSE_S)
            with suppress(OSError):
                connection = _connected(port, authority)
        waits.append((since_s, time.monotonic() - since_s))
    print(json.dumps(waits), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
