"""The steps of the demo: each sends a request and reports whether the response is as expected."""

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp
from yarl import URL

from sigproxy.tools.demo.vendor import NAME, Vendor

ORIGIN = "https://app.example"


@dataclass(frozen=True, slots=True)
class Outcome:
    sent: str
    received: str
    ok: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the steps happen."""

    session: aiohttp.ClientSession
    gateway: str  # host:port
    vendor: Vendor
    tls: ssl.SSLContext

    @property
    def host(self) -> str:
        return f"{NAME}:{self.vendor.port}"

    def url(self, path: str) -> str:
        return f"https://{self.gateway}{path}"


Step = Callable[[Scene], Awaitable[Outcome]]


async def get(scene: Scene) -> Outcome:
    path = f"/{scene.host}//config/19%3Ameeting?v=1%2F2&flag="
    async with scene.session.get(_raw(scene.url(path)), headers={"Origin": ORIGIN}) as answer:
        body = await answer.json()
        ok = answer.status == 200 and body["path"] == "/config/19%3Ameeting?v=1%2F2&flag="
        allowed = answer.headers.get("Access-Control-Allow-Origin")
    return Outcome(
        f"GET {path}   Origin: {ORIGIN}",
        f"{answer.status}   Access-Control-Allow-Origin: {allowed}",
        ok and allowed == ORIGIN,
        "path and query arrive byte for byte, but with one slash after the host",
    )


async def redirected_post(scene: Scene) -> Outcome:
    path = f"/{scene.gateway}/{scene.host}/calls"
    async with scene.session.post(scene.url(path), data="set up", allow_redirects=False) as answer:
        body = await answer.json()
    ok = answer.status == 200 and body == {"path": "/calls/eu", "received": "set up"}
    return Outcome(
        f"POST {path}   body: set up",
        f"{answer.status}   {body}",
        ok,
        "ACS puts the gateway's name in front twice, and the vendor sends a 302: both stay here",
    )


async def preflight(scene: Scene) -> Outcome:
    path = f"/{scene.host}/registrations/1"
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "DELETE",
        "Access-Control-Request-Headers": "authorization,x-skypetoken",
    }
    async with scene.session.options(scene.url(path), headers=asked) as answer:
        methods = answer.headers.get("Access-Control-Allow-Methods", "")
        names = answer.headers.get("Access-Control-Allow-Headers", "")
    return Outcome(
        f"OPTIONS {path}   for DELETE with authorization, x-skypetoken",
        f"{answer.status}   Allow-Methods: {methods}   Allow-Headers: {names}",
        answer.status == 204 and "DELETE" in methods and "authorization" in names,
        "the gateway itself responds; the vendor gets no request",
    )


async def refused(scene: Scene) -> Outcome:
    path = "/intranet.hospital.example/patients"
    async with scene.session.get(scene.url(path), headers={"Origin": ORIGIN}) as answer:
        body = await answer.json()
        why = answer.headers.get("Proxy-Status", "")
    return Outcome(
        f"GET {path}",
        f"{answer.status}   {body['error']}   Proxy-Status: {why.partition('; details')[0]}",
        answer.status == 403 and body["error"] == "target_refused",
        "not among the route's targets: refused before a DNS query",
    )


async def websocket(scene: Scene) -> Outcome:
    path = f"/{scene.host}?apiKey=secret"
    url = _raw(f"wss://{scene.gateway}{path}")
    async with scene.session.ws_connect(url, protocols=("2.0",)) as socket:
        await socket.send_str("hello")
        echo = await socket.receive_str()
        protocol = socket.protocol
        await socket.close(code=4001, message=b"done")
    return Outcome(
        f"WebSocket {path}   Sec-WebSocket-Protocol: 2.0   message 'hello'",
        f"101   Sec-WebSocket-Protocol: {protocol}   message {echo!r}",
        echo == "echo of hello" and protocol == "2.0",
        "a host without a path, as watchRTC sends it; the log does not show the key",
    )


STEPS: tuple[tuple[str, Step], ...] = (
    ("A GET, as an SDK reads its configuration", get),
    ("A POST through a 302, as ACS sets up a call", redirected_post),
    ("A CORS preflight", preflight),
    ("A host that the operator did not list", refused),
    ("A WebSocket", websocket),
)


def _raw(url: str) -> URL:
    """Return *url* so that aiohttp's client sends it unchanged."""
    return URL(url, encoded=True)
