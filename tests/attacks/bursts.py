"""Bursts of small pieces, each of which costs the gateway more than it costs who sends it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from time import monotonic

from tests.attacks.bystander import bystander
from tests.attacks.figures import Figure, all_of, at_most, none_of
from tests.attacks.key_updates import KeyUpdates
from tests.attacks.scene import Scene, Sender, Side, drained, pour, repeated, scene
from tests.lab.frames import BINARY, HANDSHAKE, frame, switching
from tests.lab.pki import Pki
from tests.lab.upstream import Peer
from tests.lab.wire import CHUNKED, chunk

MIB = 2**20
BURST_MIB, FLOOD_MIB, CLIENTS = 8, 64, 8
MOST_WAIT_MS = 300.0
BURST_S, FLOOD_S = 20.0, 60.0  # twice as long as the master waits for a worker that says nothing
SETTLE_S = 2.0

LIVE = b"GET /-/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
PREFLIGHT = (
    b"OPTIONS /up.example.com/ HTTP/1.1\r\nHost: localhost\r\nOrigin: https://a.example\r\n"
    b"Access-Control-Request-Method: GET\r\n\r\n"
)

CUT_S = 8.0  # for what is not read yet when all is sent; a body that pauses ends after 10 s anyway


@dataclass(frozen=True, slots=True)
class Attacker:
    """Who sends, what, and how to wait for the end of the connection."""

    sender: Sender
    parts: Iterable[bytes]
    gone: Callable[[], Awaitable[object]]

    async def attack(self, burst: "Burst", most_s: float) -> bool:
        """Send it all; return whether the gateway ended the connection."""
        poured = await pour(self.sender, self.parts, most_s=most_s)
        if poured.is_cut or not burst.is_cut:
            return poured.is_cut
        with suppress(TimeoutError):
            async with asyncio.timeout(CUT_S):
                await self.gone()
                return True
        return False


@dataclass(frozen=True, slots=True)
class Burst:
    """One kind; *is_cut*: what it sends is nothing that anybody needs, so it is ended."""

    name: str
    piece: bytes
    opening: str = ""
    tls: bool = False
    is_cut: bool = False
    by_upstream: bool = False


WEBSOCKET, UPLOAD, LENGTH = "websocket", "upload", "length"
BURSTS = (
    Burst("TLS KeyUpdates", b"", tls=True, is_cut=True),
    Burst("a client's empty frames", frame(BINARY, masked=True), WEBSOCKET, is_cut=True),
    Burst(
        "a client's empty frames, TLS",
        frame(BINARY, masked=True),
        WEBSOCKET,
        tls=True,
        is_cut=True,
    ),
    Burst("an upstream's empty frames", frame(BINARY), WEBSOCKET, is_cut=True, by_upstream=True),
    Burst("one-byte chunks", chunk(b"x"), UPLOAD, is_cut=True),
    Burst("one-byte chunks, TLS", chunk(b"x"), UPLOAD, tls=True, is_cut=True),
    Burst("a body", b"x", LENGTH),
    Burst("a body, TLS", b"x", LENGTH, tls=True),
    Burst("requests in a pipeline", LIVE),
    Burst("preflights in a pipeline", PREFLIGHT),
)


async def vendor(peer: Peer) -> None:
    """Take WebSockets and what comes on them, and bodies, which are never answered."""
    request = await peer.head()
    if request.get(b"upgrade"):
        peer.send(switching(request))
    await drained(peer)


async def opened(burst: Burst, scene: Scene, size: int, stack: AsyncExitStack) -> Attacker:
    """Return who sends the burst, connected, and its parts."""
    if not burst.piece:
        client = await stack.enter_async_context(await KeyUpdates.open(scene.port))
        await client.send(client.records(LIVE))
        return Attacker(client, client.updates(size), client.gone)
    client = await scene.client()
    peers = len(scene.upstream.peers)
    if burst.opening == WEBSOCKET:
        client.ask(scene.upstream.at("/"), *HANDSHAKE)
        assert (await client.head()).status == 101
    elif burst.opening:
        length = CHUNKED if burst.opening == UPLOAD else b"Content-Length: %d" % size
        client.ask(scene.upstream.at("/"), length, method=b"POST")
    reading = asyncio.create_task(drained(client))
    stack.callback(reading.cancel)
    parts = repeated(burst.piece, size)
    if burst.by_upstream:
        peer = await scene.upstream.peer(peers)
        return Attacker(Side(peer), parts, peer.ended.wait)
    return Attacker(Side(client), parts, lambda: asyncio.shield(reading))


@asynccontextmanager
async def attacked(pki: Pki, burst: Burst) -> AsyncIterator[Scene]:
    limits = {"request_body_mib": FLOOD_MIB}
    async with scene(pki, vendor, tls=burst.tls, limits=limits) as made:
        yield made


@dataclass(frozen=True, slots=True)
class Outcome:
    longest_ms: float  # that the bystander waited
    cut: int  # connections of attackers
    is_same_worker: bool
    said: str  # by the gateway, for whoever reads of a failure


async def play(
    scene: Scene, burst: Burst, size: int, clients: int = 1, most_s: float = BURST_S
) -> Outcome:
    """Have *clients* send *size* bytes each, all at once."""
    workers = scene.service.workers()
    async with bystander(scene) as waits, AsyncExitStack() as stack:
        # Opened when all else is ready: who has begun a request and sends nothing of it is cut.
        attackers = [await opened(burst, scene, size, stack) for _ in range(clients)]
        if clients == 1:  # made before it is sent: nothing but the gateway shall hold it up
            attackers = [replace(each, parts=list(each.parts)) for each in attackers]
        begun_s = monotonic()
        cut = await asyncio.gather(*(each.attack(burst, most_s) for each in attackers))
        await asyncio.sleep(SETTLE_S)
    same = scene.service.workers() == workers and "WORKER TIMEOUT" not in scene.service.said
    return Outcome(waits.longest_ms(begun_s), sum(cut), same, scene.service.said)


async def figures(pki: Pki) -> AsyncIterator[Figure]:
    for burst in BURSTS:
        async with attacked(pki, burst) as made:
            outcome = await play(made, burst, BURST_MIB * MIB)
        what = f"{BURST_MIB} MiB of {burst.name}: another client's GET waits"
        yield at_most(what, outcome.longest_ms, MOST_WAIT_MS, "ms")
    for burst in BURSTS:
        async with attacked(pki, burst) as made:
            outcome = await play(made, burst, FLOOD_MIB * MIB, CLIENTS, FLOOD_S)
        what = f"{CLIENTS} clients, {FLOOD_MIB} MiB each of {burst.name}:"
        yield none_of(f"{what} workers killed", int(not outcome.is_same_worker), 1)
        if burst.is_cut:
            yield all_of(f"{what} clients cut", outcome.cut, CLIENTS)
        yield Figure(f"{what} another client's GET waits", f"{outcome.longest_ms:.0f} ms")
