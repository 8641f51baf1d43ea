"""Scripted answers: the path ``/_/NAME/ARGUMENT`` chooses what the upstream does."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable

from tests.parity.record import UpstreamRequest
from tests.parity.upstream import literals
from tests.parity.upstream.wire import Fields, Wire

# A script returns whether the connection stays open for another request.
Script = Callable[[Wire, UpstreamRequest, str], Awaitable[bool]]
SCRIPTS: dict[str, Script] = {}
TEXT: Fields = (("Content-Type", "text/plain"),)
JSON: Fields = (("Content-Type", "application/json"), ("X-Up", "1"))
EVENT_INTERVAL_S = 0.25
BLOCK = bytes(range(256)) * 256


def script(function: Script) -> Script:
    SCRIPTS[function.__name__.rstrip("_")] = function
    return function


async def play(wire: Wire, request: UpstreamRequest) -> bool:
    """Answer *request* as its path, or its host, says; otherwise echo it in JSON."""
    path = request.target.partition("?")[0]
    name, _, argument = path.removeprefix("/_/").partition("/")
    if path.startswith("/_/") and name in literals.RAW:
        return await _literal(wire, name)
    if path.startswith("/_/") and name in literals.PLAIN:
        await wire.answer(request, *literals.PLAIN[name])
        return True
    if path.startswith("/_/") and name in SCRIPTS:
        return await SCRIPTS[name](wire, request, argument)
    if request.host.startswith("status400."):
        return await status(wire, request, "400")
    if request.host.startswith("cookie."):
        await wire.answer(request, 200, (*TEXT, ("Set-Cookie", "c=1")), b"ok")
        return True
    return await echo(wire, request)


async def _literal(wire: Wire, name: str) -> bool:
    for part in literals.RAW[name]:
        await wire.raw(part)
        await asyncio.sleep(0.05)
    return name in literals.KEPT_OPEN


async def echo(wire: Wire, request: UpstreamRequest) -> bool:
    seen = {"method": request.method, "target": request.target, "host": request.host}
    body = json.dumps({**seen, "size": len(request.body)}).encode()
    await wire.answer(request, 200, JSON, body)
    return True


@script
async def status(wire: Wire, request: UpstreamRequest, code: str) -> bool:
    body = f"upstream body {code}".encode()
    await wire.answer(request, int(code), (*TEXT, ("X-Up", "1")), body)
    return True


@script
async def redirect(wire: Wire, request: UpstreamRequest, argument: str) -> bool:
    """Send the client elsewhere; where a relative Location has led back here, echo."""
    code, _, name = argument.partition("/")
    if name not in literals.LOCATIONS or "?" in request.target:
        return await echo(wire, request)
    location = literals.LOCATIONS[name]
    fields = TEXT if location is None else (*TEXT, ("Location", location))
    await wire.answer(request, int(code), (*fields, ("Set-Cookie", "r=1; Path=/")), b"moved")
    return True


@script
async def made(wire: Wire, request: UpstreamRequest, name: str) -> bool:
    """Answer 201 with a Location, a Refresh and a Content-Location."""
    fields = (
        ("Location", literals.MADE[name]),
        ("Refresh", "5; url=https://up.example.com/z"),
        ("Content-Location", "https://up.example.com/cl"),
    )
    await wire.answer(request, 201, (*TEXT, *fields), b"ok")
    return True


@script
async def gzipped(wire: Wire, request: UpstreamRequest, _: str) -> bool:
    fields = (("Content-Encoding", "gzip"), ("ETag", '"abc"'), ("Vary", "Accept-Encoding"))
    body = gzip.compress(literals.GZIP_CLEAR, mtime=0)
    await wire.answer(request, 200, (*TEXT, *fields), body)
    return True


@script
async def events(wire: Wire, _: UpstreamRequest, __: str) -> bool:
    """Send three server-sent events, some time apart."""
    await wire.raw(literals.EVENT_HEAD)
    for number in range(3):
        data = b"data: %d\n\n" % number
        await wire.raw(b"%x\r\n%b\r\n" % (len(data), data))
        await asyncio.sleep(EVENT_INTERVAL_S)
    await wire.raw(b"0\r\n\r\n")
    return True


@script
async def slow(wire: Wire, request: UpstreamRequest, seconds: str) -> bool:
    if await wire.wait_for_end(float(seconds)):
        request.connection.ended = "closed by the gateway"
        return False
    await wire.answer(request, 200, TEXT, b"slow ok")
    return True


@script
async def big(wire: Wire, request: UpstreamRequest, size: str) -> bool:
    total = int(size)
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: "
    await wire.raw(f"{head}{total}\r\n\r\n".encode())
    while request.sent < total:
        block = BLOCK[: total - request.sent]
        await wire.raw(block)
        request.sent += len(block)
    return True


@script
async def field_of(wire: Wire, request: UpstreamRequest, size: str) -> bool:
    await wire.answer(request, 200, (*TEXT, ("X-Big", "b" * int(size))), b"ok")
    return True


@script
async def fields_of(wire: Wire, request: UpstreamRequest, count: str) -> bool:
    many = tuple((f"X-H{number}", "v") for number in range(int(count)))
    await wire.answer(request, 200, (*TEXT, *many), b"ok")
    return True


@script
async def early(wire: Wire, request: UpstreamRequest, _: str) -> bool:
    """Answer 413 without having read the body, then close."""
    request.framing = "unread"
    await wire.answer(request, 413, (*TEXT, ("Connection", "close")), b"too big")
    await asyncio.sleep(0.3)
    return False


@script
async def early_401(wire: Wire, request: UpstreamRequest, _: str) -> bool:
    """Answer 401 without having read the body, and read it afterwards."""
    await wire.answer(request, 401, TEXT, b"who are you")
    await asyncio.sleep(0.1)
    await wire.body(request)
    return True


@script
async def switch(wire: Wire, request: UpstreamRequest, _: str) -> bool:
    """Answer 101 to a request that did not ask for it."""
    await wire.raw(literals.SWITCHING)
    await wire.wait_for_end(0.3)
    return False


@script
async def eof(_: Wire, __: UpstreamRequest, ___: str) -> bool:
    return False


@script
async def reset(wire: Wire, request: UpstreamRequest, after: str) -> bool:
    """Reset the connection: at once, or in the middle of a body, with a length or without."""
    length = {"body": b"Content-Length: 100\r\n", "endless-body": b""}.get(after)
    if length is not None:
        await wire.raw(b"HTTP/1.1 200 OK\r\n" + length + b"\r\nshort")
        await asyncio.sleep(0.2)
    wire.reset(request.connection)
    return False
