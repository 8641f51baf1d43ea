"""A vendor for pages to ask: it answers as its path says, and notes what came past the gateway."""

import asyncio
import io
import struct
import wave
import zlib
from collections import defaultdict
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web
from aiohttp.typedefs import Handler

# What a case may compare of the fields that arrive.
FIELDS = (
    *("accept", "authorization", "content-type", "cookie", "if-none-match", "origin", "range"),
    *("referer", "x-case"),
)
SECOND = "https://other.example"


@dataclass(slots=True)
class Vendor:
    """*strays*: requests that did not come through the gateway; *kept*: bodies, by their id."""

    strays: list[str] = field(default_factory=list)
    kept: dict[str, list[dict[str, str]]] = field(default_factory=lambda: defaultdict(list))

    def application(self) -> web.Application:
        application = web.Application(middlewares=[self._watched], client_max_size=64 << 20)
        application.router.add_route("*", "/echo{rest:.*}", _echo)
        application.router.add_route("*", "/keep", self._keep)
        application.router.add_route("*", "/status/{status}", _status)
        application.router.add_get("/large/{size}", _large)
        application.router.add_get("/drip/{count}", _drip)
        application.router.add_get("/slow/{tenths}", _slow)
        application.router.add_get("/hang", _hang)
        application.router.add_get("/cut", _cut)
        application.router.add_get("/gzip", _gzip)
        application.router.add_get("/redirect", _redirect)
        application.router.add_get("/cookie/{name}", _cookie)
        application.router.add_get("/events/{kind}", _events)
        application.router.add_get("/ws{rest:.*}", _websocket)
        application.router.add_get("/file/{name}", _file)
        return application

    @web.middleware
    async def _watched(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if "X-Forwarded-For" not in request.headers:
            self.strays.append(f"{request.method} {request.host}{request.raw_path}")
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return web.Response(status=204, headers=_cors(request))
        answer = await handler(request)
        if not answer.prepared:
            answer.headers.update(_cors(request))
        return answer

    async def _keep(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.kept[request.query["id"]].append(
            {
                "method": request.method,
                "type": request.headers.get("Content-Type", ""),
                "body": body.decode("latin-1"),
            }
        )
        return web.Response(status=204)


def _cors(request: web.Request) -> dict[str, str]:
    headers = {
        "Access-Control-Allow-Origin": request.headers.get("Origin", "*"),
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": "X-Answer",
        "Vary": "Origin",
    }
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
        asked = request.headers.get("Access-Control-Request-Headers", "")
        headers["Access-Control-Allow-Headers"] = asked
    return headers


async def _echo(request: web.Request) -> web.Response:
    body = await request.read()
    told = {
        "method": request.method,
        "target": request.raw_path,
        "fields": {name: request.headers[name] for name in FIELDS if name in request.headers},
        "length": len(body),
        "sum": zlib.crc32(body),
        "body": body[:2000].decode("latin-1"),
    }
    return web.json_response(told, headers={"X-Answer": "yes", "X-Hidden": "yes"})


async def _status(request: web.Request) -> web.Response:
    status = int(request.match_info["status"])
    body = None if status in (204, 304) else f"status {status}"
    return web.Response(status=status, text=body)


async def _large(request: web.Request) -> web.Response:
    return web.Response(body=bytes(range(256)) * (int(request.match_info["size"]) // 256))


async def _streaming(request: web.Request, kind: str) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": kind, **_cors(request)})
    await answer.prepare(request)
    return answer


async def _drip(request: web.Request) -> web.StreamResponse:
    answer = await _streaming(request, "text/plain")
    for number in range(int(request.match_info["count"])):
        await answer.write(f"part {number};".encode())
        await asyncio.sleep(0.03)
    return answer


async def _slow(request: web.Request) -> web.Response:
    await asyncio.sleep(int(request.match_info["tenths"]) / 10)
    return web.Response(text="late")


async def _hang(request: web.Request) -> web.StreamResponse:
    answer = await _streaming(request, "text/plain")
    await answer.write(b"begun;")
    await asyncio.sleep(20)
    return answer


async def _cut(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": "1000", **_cors(request)})
    await answer.prepare(request)
    await answer.write(b"half")
    await asyncio.sleep(0.05)
    assert request.transport is not None
    request.transport.close()
    return answer


async def _gzip(request: web.Request) -> web.Response:
    answer = web.Response(text="compressed " * 100)
    answer.enable_compression(web.ContentCoding.gzip)
    return answer


async def _redirect(request: web.Request) -> web.Response:
    status = int(request.query.get("status", "302"))
    return web.Response(status=status, headers={"Location": request.query["to"]})


async def _cookie(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    answer = web.json_response({"cookie": request.cookies.get(name)})
    answer.set_cookie(name, "baked", secure=True, samesite="None", path="/")
    return answer


async def _events(request: web.Request) -> web.StreamResponse:
    kind = request.match_info["kind"]
    if kind == "plain":
        return web.Response(text="data: not an event stream\n\n")
    if kind == "none":
        return web.Response(status=204)
    answer = await _streaming(request, "text/event-stream")
    last = request.headers.get("Last-Event-ID", "0")
    if kind == "cookie":
        await answer.write(f"data: {request.cookies.get('sse')}\n\n".encode())
    elif kind == "again":
        await answer.write(f"retry: 50\nid: {int(last) + 1}\ndata: after {last}\n\n".encode())
        return answer
    else:
        await answer.write(b": comment\n\nid: 7\ndata: one\ndata: two\n\n")
        await answer.write(b"event: named\ndata: three\n\ndata: last\n\n")
    await asyncio.sleep(20)
    return answer


async def _websocket(request: web.Request) -> web.StreamResponse:
    rest = request.match_info["rest"]
    if rest.startswith("/refuse"):
        return web.Response(status=403)
    socket = web.WebSocketResponse(protocols=("chat", "sip"), max_msg_size=16 << 20)
    await socket.prepare(request)
    if rest.startswith("/tell"):
        told = {"target": request.raw_path, "origin": request.headers.get("Origin")}
        await socket.send_json({**told, "protocol": request.headers.get("Sec-WebSocket-Protocol")})
    if rest.startswith("/many"):
        for number in range(200):
            await socket.send_str(str(number))
    if rest.startswith("/close"):
        await socket.close(code=int(request.query["code"]), message=b"the vendor's reason")
    if rest.startswith("/drop"):
        assert request.transport is not None
        request.transport.abort()
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    return socket


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    pixels = zlib.compress(b"".join(b"\0" + b"\xff\0\0" * 3 for _ in range(2)))
    head = struct.pack(">IIBBBBB", 3, 2, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def _wav() -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(b"\x80" * 8000)
    return written.getvalue()


_SCRIPT = "text/javascript"
_FILES: dict[str, tuple[str, bytes]] = {
    "plain.js": (
        _SCRIPT,
        b"self.loads = (self.loads || 0) + 1; self.current = self.document && "
        b"document.currentScript && document.currentScript.src;",
    ),
    "value.js": (_SCRIPT, b"self.value = 'from the vendor';"),
    "broken.js": (_SCRIPT, b"throw new Error('broken');"),
    "module.js": (_SCRIPT, b"import { inner } from './inner.js'; self.moduleValue = inner;"),
    "inner.js": (_SCRIPT, b"export const inner = 'inner';"),
    "worklet.js": (
        _SCRIPT,
        b"registerProcessor('none', class extends AudioWorkletProcessor { process() {} });",
    ),
    "style.css": ("text/css", b".from-the-vendor { color: rgb(1, 2, 3); }"),
    "image.png": ("image/png", _png()),
    "sound.wav": ("audio/wav", _wav()),
    "add.wasm": (
        "application/wasm",
        bytes.fromhex(
            "0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b"
        ),
    ),
}


async def _file(request: web.Request) -> web.Response:
    found = _FILES.get(request.match_info["name"])
    if found is None:
        return web.Response(status=404, text="there is no such file")
    return web.Response(body=found[1], content_type=found[0])
