"""The listeners of the upstream, and the thread in which they and the DNS run."""

import asyncio
import errno
import os
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

from tests.parity import dns
from tests.parity.certificates import Certificates
from tests.parity.record import Journal, UpstreamConnection, UpstreamRequest
from tests.parity.upstream import literals, scripts, websocket
from tests.parity.upstream.wire import Wire

DNS_ADDRESS = ("127.44.0.53", 53)
HEAD_LIMIT = 1 << 20
PLAIN_ANSWER = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

Answer = Callable[[Wire, UpstreamRequest], Awaitable[bool]]


async def answer(wire: Wire, request: UpstreamRequest) -> bool:
    """Answer one request of a case; return whether the connection stays open."""
    path = request.target
    if path.startswith("/ws/") and request.values("upgrade"):
        return await websocket.play(wire, request)
    if path.startswith("/_/early"):  # before the body is read
        return await scripts.play(wire, request)
    if "100-continue" in request.values("expect"):
        await wire.raw(b"HTTP/1.1 100 Continue\r\n\r\n")
    await wire.body(request)
    stays = await scripts.play(wire, request)
    return stays and request.version == "HTTP/1.1" and "close" not in request.values("connection")


class Listener:
    """Accepts on one address and keeps the journal."""

    def __init__(self, address: str, journal: Journal, answer: Answer) -> None:
        self._address = address
        self._journal = journal
        self._answer = answer

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = Wire(reader, writer)
        tls: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
        connection = self._connected(tls)
        record = self._journal.current
        try:
            while head := await wire.head():
                if record is not self._journal.current:  # kept open since an earlier case
                    record = self._journal.current
                    connection = self._connected(tls, reused=True)
                request = parse(head, connection)
                connection.requests.append(request)
                if not await self._answer(wire, request):
                    connection.ended = connection.ended or "closed by the upstream"
                    break
            connection.ended = connection.ended or "closed by the gateway"
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            connection.ended = connection.ended or "broken"
        finally:
            await wire.close()

    def _connected(self, tls: ssl.SSLObject | None, reused: bool = False) -> UpstreamConnection:
        if tls is None:
            connection = UpstreamConnection(self._address, None, None, reused=reused)
        else:
            name = cast("str | None", getattr(tls, "asked_name", None))
            resumed = bool(tls.session_reused)
            connection = UpstreamConnection(self._address, tls.version(), name, resumed, reused)
        self._journal.connected(connection)
        return connection


def parse(head: bytes, connection: UpstreamConnection) -> UpstreamRequest:
    """Return *head* taken apart with no opinion about what is allowed."""
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    target, _, version = rest.rpartition(" ")
    pairs = (line.partition(":") for line in lines)
    fields = [(name, value.strip(" \t")) for name, _, value in pairs]
    return UpstreamRequest(method, target, version, fields, head, connection)


async def _speak_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a TLS hello in clear, as NGINX does."""
    wire = Wire(reader, writer)
    if await reader.read(1):
        await wire.raw(PLAIN_ANSWER)
    await wire.close()


async def _stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    wire = Wire(reader, writer)
    await wire.wait_for_end(120)
    await wire.close()


# Every address that dns.ZONE names, but for the one where nobody listens.
TLS_ADDRESSES = (
    ("127.44.0.1", 443),
    ("127.44.0.1", 3443),
    ("127.44.0.1", 8443),
    (dns.FORBIDDEN, 443),
    ("::1", 443),
)
PLAIN_ADDRESSES = (("127.44.0.1", 80), (dns.FORBIDDEN, 80))


async def _listen(certificates: Certificates, journal: Journal, answer: Answer) -> AsyncExitStack:
    """Open every listener; the stack that is returned closes them."""
    every_name = certificates.for_every_name()
    special = (
        ("127.44.0.2", certificates.only(ssl.TLSVersion.TLSv1_3)),
        ("127.44.0.5", certificates.self_signed()),
        ("127.44.0.6", certificates.for_another_name()),
        ("127.44.0.7", certificates.expired()),
        ("127.44.0.8", certificates.only(ssl.TLSVersion.TLSv1_2)),
    )
    listeners: list[tuple[str, int, ssl.SSLContext | None]] = [
        *((*address, every_name) for address in TLS_ADDRESSES),
        *((*address, None) for address in PLAIN_ADDRESSES),
        *((host, 443, context) for host, context in special),
    ]
    async with AsyncExitStack() as stack:
        for host, port, context in listeners:
            listener = Listener(f"{host}:{port}", journal, answer)
            await _open(stack, listener, host, port, context)
        await _open(stack, _stay_silent, "127.44.0.4", 443, None)
        await _open(stack, _speak_plainly, "127.44.0.9", 443, None)
        await _open_socket(stack, Listener("unix", journal, answer))
        await _open_dns(stack, journal)
        return stack.pop_all()


async def _open_dns(stack: AsyncExitStack, journal: Journal) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        partial(dns.DnsServer, journal), local_addr=DNS_ADDRESS
    )
    stack.callback(transport.close)


async def _open(
    stack: AsyncExitStack, handler: Any, address: str, port: int, context: ssl.SSLContext | None
) -> None:
    try:
        server = await asyncio.start_server(
            handler, address, port, ssl=context, limit=HEAD_LIMIT, backlog=500
        )
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL and ":" in address:
            return  # a machine without IPv6; the one case that needs it fails by name
        reason = os.strerror(error.errno or 0)
        raise RuntimeError(f"{address}:{port} cannot be listened on: {reason}") from error
    stack.callback(server.close)


async def _open_socket(stack: AsyncExitStack, listener: Listener) -> None:
    server = await asyncio.start_unix_server(listener, literals.SOCKET_PATH)
    stack.callback(Path(literals.SOCKET_PATH).unlink, missing_ok=True)
    stack.callback(server.close)


def _on_exception(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say nothing about connections that broke; cases break them on purpose."""
    if not isinstance(context.get("exception"), OSError):
        loop.default_exception_handler(context)


async def _end_connections() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def running(
    certificates: Certificates, journal: Journal, answer: Answer = answer
) -> Iterator[None]:
    """Run the upstream and the DNS in a thread of their own."""
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(_on_exception)
    thread = threading.Thread(target=loop.run_forever, name="upstream")
    thread.start()

    def call(coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(30)

    try:
        stack = call(_listen(certificates, journal, answer))
        try:
            yield
        finally:
            call(stack.aclose())
            call(_end_connections())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
