"""A WebSocket at the gateway: whether it opens, whether messages cross, whether it may be idle."""

import asyncio
from dataclasses import dataclass, replace
from time import monotonic

import aiohttp

from sigproxy.errors import UpgradeRequired
from sigproxy.tools.doctor import http_errors
from sigproxy.tools.doctor.client.asking import Client, Socket
from sigproxy.tools.doctor.client.pages import LOGGED
from sigproxy.tools.doctor.finding import Finding, failure, seconds, well

OPEN_S, ECHO_S = 4.0, 3.0
IDLE_S = 120.0  # as the test page's long run; the SDKs' own pings come every 30 to 60 s
_TEXT = "hello from sigproxy doctor"
_REMEDY = (
    "let the proxy or firewall in between pass WebSockets (RFC 6455), or exempt the gateway from it"
)


@dataclass(frozen=True, slots=True)
class SocketSeen:
    """*status* of the handshake, 101 if it opened. *lasted_s*: until it ended, or was ended.

    *why*: what ended it; "" if all was well. *error*: the gateway's own token, if it refused.
    *is_idle*: nothing was sent for a while.
    """

    status: int
    took_s: float = 0.0
    lasted_s: float = 0.0
    why: str = ""
    error: str = ""
    is_idle: bool = False


async def probe(client: Client, path: str, idle_s: float = 0.0) -> SocketSeen:
    """Open one, stay silent for *idle_s*, and have a message sent back."""
    seen = await _probe(client, path, idle_s)
    return replace(seen, is_idle=bool(idle_s))


async def _probe(client: Client, path: str, idle_s: float) -> SocketSeen:
    began_s = monotonic()
    status, took_s = 0, 0.0

    def ended(why: str) -> SocketSeen:
        return SocketSeen(status, took_s, monotonic() - began_s, why)

    try:
        async with asyncio.timeout(OPEN_S + idle_s + ECHO_S):
            async with client.websocket(path) as socket:
                status, took_s = 101, monotonic() - began_s
                if idle_s:
                    await _stay_silent(socket, idle_s)
                await socket.send_str(_TEXT)
                message = await socket.receive(ECHO_S)
                if message.type is not aiohttp.WSMsgType.TEXT or message.data != _TEXT:
                    return ended(f"{message.type.name} {message.data or ''}".strip() + " came back")
                return ended("")
    except aiohttp.WSServerHandshakeError as error:
        return await _refused(client, path, error)
    except TimeoutError:
        return ended("nothing comes back in time")
    except (aiohttp.ClientError, OSError) as error:
        return ended(http_errors.sentence(error))


async def _stay_silent(socket: Socket, idle_s: float) -> None:
    """Return after *idle_s*; raise ConnectionResetError if it is closed before."""
    try:
        message = await socket.receive(idle_s)
    except TimeoutError:
        return
    raise ConnectionResetError(f"it was ended ({message.type.name} {message.data or ''})".strip())


async def _refused(client: Client, path: str, error: aiohttp.WSServerHandshakeError) -> SocketSeen:
    """Ask without an upgrade who refuses, and why; whom the gateway admits is told to upgrade."""
    asked = await client.ask(path)
    if asked.error and asked.error != UpgradeRequired.token:
        return SocketSeen(asked.status, why=asked.shown, error=asked.error)
    said = "" if error.headers is None else error.headers.get("Proxy-Status", "")
    if said.startswith("sigproxy") and error.status != UpgradeRequired.status:  # a limit, say
        return SocketSeen(error.status, why=f"{error.status} {said}", error="gateway_error")
    return SocketSeen(error.status, why=error.message)


def judge(seen: SocketSeen) -> Finding:
    name = "websocket idle" if seen.is_idle else "websocket"
    if seen.status == 101 and not seen.why:
        idle = f", also after {seconds(seen.lasted_s)} of silence" if seen.is_idle else ""
        return well(name, f"messages come back{idle} (opened in {seconds(seen.took_s)})")
    if seen.status == 101 and seen.is_idle:
        what = f"it was cut after {seconds(seen.lasted_s)} of silence: {seen.why}"
        remedy = (
            "raise the idle timeout of the proxy, NAT or firewall in between, or have SDKs ping"
        )
        return failure(name, "websocket_idle_cut", what, remedy)
    if seen.status == 101:
        return failure(name, "websocket_silent", f"it opens, and {seen.why}", _REMEDY)
    if seen.error:
        what = f"the gateway refuses it: {seen.why}"
        return failure(name, seen.error, what, LOGGED)
    if seen.status:
        what = f"the handshake is answered with {seen.status} in place of 101"
        return failure(name, "websocket_blocked", what, _REMEDY)
    return failure(name, "websocket_blocked", f"the handshake gets no answer: {seen.why}", _REMEDY)
