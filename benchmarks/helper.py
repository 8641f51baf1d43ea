"""A process of the upstream: names, WebSockets and uploads, and the way to a distant upstream.

    python -m benchmarks.helper CERTIFICATE READY HOST

READY is a file to write, with the name server's address. HOST is where all of them listen.
"""

import asyncio
import json
import ssl
import sys
from contextlib import suppress
from pathlib import Path

import uvloop

from benchmarks import places
from benchmarks.echo import Echo
from benchmarks.relay import Relay
from tests.lab.dns import Dns, Name

BACKLOG = 4096
HANDSHAKE_S = 60.0  # a burst of new connections queues here, and is not what is measured


async def serve(certificate: str, ready: Path, host: str) -> None:
    loop = asyncio.get_running_loop()
    names = Dns()
    await names.start(host)
    names.zone[places.UPSTREAM_NAME] = Name(a=(host,))
    ready.write_text(json.dumps({"nameserver": names.address}))  # noqa: ASYNC240  # before work
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    await loop.create_server(
        Echo,
        host,
        places.ECHO_PORT,
        ssl=context,
        ssl_handshake_timeout=HANDSHAKE_S,
        backlog=BACKLOG,
    )
    fast = (host, places.FAST_PORT)
    await loop.create_server(lambda: Relay(fast), host, places.FAR_PORT, backlog=BACKLOG)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        uvloop.run(serve(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
