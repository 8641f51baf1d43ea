"""The upstream that records what reaches it, and the name server: a process of its own.

    python -m tests.conformance.upstream CERTIFICATE READY JOURNAL

READY is a file to write, with the name server's address. JOURNAL gets a line of JSON for each
whole request.
"""

import asyncio
import json
import ssl
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from benchmarks import places
from tests.lab.dns import Dns, Name
from tests.lab.upstream import Peer, Upstream
from tests.lab.wire import Request, body_parts, response

# More than kernels and the gateway buffer for a client that reads slowly.
BIG = bytes(8 * 1024 * 1024)
PART = 64 * 1024
ANSWERS = {
    b"/big": response(200, BIG),
    b"/bare-cr": response(200, b"ok", b"X-A: a\rX-B: b"),
}
EARLY = response(200, b"early", b"Connection: close")


class Recorder:
    def __init__(self, journal: TextIO) -> None:
        self._journal = journal

    async def __call__(self, peer: Peer) -> None:
        while True:
            request = await peer.head()
            if request.target == b"/early":  # its body stays unread
                self._record(request)
                peer.send(EARLY)
                return
            # Without a limit of its own: who is slow is the gateway's to notice.
            async for part in body_parts(peer.reader, request):
                request.body += part
            self._record(request)
            answer = memoryview(_answer(request))
            for at in range(0, len(answer), PART):
                peer.writer.write(answer[at : at + PART])
                await peer.writer.drain()

    def _record(self, request: Request) -> None:
        parts = request.raw_head.decode("latin-1"), request.body.decode("latin-1")
        print(json.dumps(parts), file=self._journal, flush=True)


def _answer(request: Request) -> bytes:
    answer = ANSWERS.get(request.target, response(200, b"ok"))
    return answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if request.method == b"HEAD" else answer


async def serve(certificate: str, ready: Path, journal: TextIO) -> None:
    names = Dns()
    await names.start()
    names.zone[places.UPSTREAM_NAME] = Name(a=(places.UPSTREAM_HOST,))
    ready.write_text(names.address)  # noqa: ASYNC240  # before work
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    upstream = Upstream(Recorder(journal), context)
    await upstream.start(places.UPSTREAM_HOST, places.FAST_PORT)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt), open(sys.argv[3], "w") as journal:
        asyncio.run(serve(sys.argv[1], Path(sys.argv[2]), journal))
