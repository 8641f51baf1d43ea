"""The status page of the admin listener: HTML, JSON, and a stream of that JSON for the page.

    /-/status           the page, one file; it loads nothing but the stream
    /-/status.json      ``telemetry.status.document.Status``
    /-/status/events    the same once a second, as server-sent events

Clients' addresses are masked; ``?clients=shown`` shows them. However many look, all workers' files
are read at most twice a second.
"""

import asyncio
import math
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from aiohttp import web
from pydantic import TypeAdapter

from sigproxy.semantics.csp import hash_source
from sigproxy.telemetry.status import files, view
from sigproxy.telemetry.status.document import Status

EVERY_S = 1.0
MOST_STREAMS = 16  # of one worker, of the 64 connections that its part of the listener has
# A stream that has ended is asked for again after this; the page does that, not the person.
RETRY_MS = 1000

_DOCUMENT = TypeAdapter(Status)
_PAGE = Path(__file__).with_name("status.html").read_text("utf-8")


def _hashes(tag: str) -> str:
    """Return the CSP source of each inline element *tag* of the page (CSP 3, 2.3.1)."""
    contents = re.findall(rf"<{tag}>(.*?)</{tag}>", _PAGE, re.DOTALL)
    return " ".join(map(hash_source, contents))


_FIELDS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; script-src {_hashes('script')}; style-src {_hashes('style')}; "
        "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class StatusPages:
    """One worker's; *goes_on* is called with the request of a stream whenever it was read."""

    def __init__(self, folder: Path, goes_on: Callable[[web.BaseRequest], None]) -> None:
        self._folder = folder
        self._goes_on = goes_on
        self._making = asyncio.Lock()
        self._made: dict[bool, tuple[float, bytes]] = {}
        self._streams = 0
        self._ending = asyncio.Event()

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse | None:
        """Return the response; None if *request* is for another page."""
        shows_clients = request.rel_url.query.get("clients") == "shown"
        match request.rel_url.raw_path:
            case "/-/status":
                return web.Response(text=_PAGE, content_type="text/html", headers=_FIELDS)
            case "/-/status.json":
                body = await self._document(shows_clients)
                return web.Response(body=body, content_type="application/json", headers=_FIELDS)
            case "/-/status/events":
                return await self._stream(request, shows_clients)
        return None

    def end_streams(self) -> None:
        """End the streams that there are; new ones are possible still."""
        self._ending.set()
        self._ending = asyncio.Event()

    async def _stream(self, request: web.BaseRequest, shows_clients: bool) -> web.StreamResponse:
        if self._streams >= MOST_STREAMS:
            text = f"{MOST_STREAMS} others look already; /-/status.json has the same\n"
            return web.Response(status=503, text=text, headers=_FIELDS | {"Retry-After": "5"})
        response = web.StreamResponse(headers=_FIELDS | {"Content-Type": "text/event-stream"})
        response.force_close()
        self._streams += 1
        try:
            with suppress(ConnectionError):  # the reader has left
                await response.prepare(request)
                if request.method == "GET":
                    await self._send(request, response, shows_clients)
                await response.write_eof()
        finally:
            self._streams -= 1
        return response

    async def _send(
        self, request: web.BaseRequest, response: web.StreamResponse, shows_clients: bool
    ) -> None:
        ending = self._ending
        await response.write(b"retry: %d\n\n" % RETRY_MS)
        while not ending.is_set():
            document = await self._document(shows_clients)
            await response.write(b"data: %b\n\n" % document)  # JSON in one line
            self._goes_on(request)
            try:
                async with asyncio.timeout(EVERY_S):
                    await ending.wait()
            except TimeoutError:
                continue

    async def _document(self, shows_clients: bool) -> bytes:
        """Return the document, made at most half a second ago.

        In a thread: to read and to add up the reports of many workers takes a while.
        """
        async with self._making:
            at_s, document = self._made.get(shows_clients, (-math.inf, b""))
            if time.monotonic() - at_s >= EVERY_S / 2:
                document = await asyncio.to_thread(_document, self._folder, shows_clients)
                self._made[shows_clients] = time.monotonic(), document
            return document


def _document(folder: Path, shows_clients: bool) -> bytes:
    found = files.read(folder)
    made = view.status(found, time.monotonic(), time.time(), shows_clients=shows_clients)
    return _DOCUMENT.dump_json(made)
