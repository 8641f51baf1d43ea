"""What a connection makes the worker keep, whatever it sends: resident memory, by twenty."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import chain

from tests.attacks import key_updates
from tests.attacks.figures import Figure, at_most
from tests.attacks.key_updates import KeyUpdates
from tests.attacks.scene import Scene, Side, drained, pour, repeated, scene
from tests.lab.client import Client
from tests.lab.frames import BINARY, HANDSHAKE, echo_frames, frame, read_frame, switching
from tests.lab.pki import Pki
from tests.lab.upstream import Peer
from tests.lab.wire import CHUNKED, chunk, response

MIB, KIB = 2**20, 2**10
CONNECTIONS = 20
SEND_MIB = 16  # each; what is kept of a connection is, by far, reached before that
MOST_MIB = 0.5
STALL_S = 1.0
SETTLE_S = 1.0
POLL_EVERY_S = 0.05

LINE = b"a" * 4000
TINY_FIELDS = b"".join(b"%x:\r\n" % number for number in range(5000))


@dataclass(frozen=True, slots=True)
class Kind:
    """What one connection sends: *first*, and then *piece* over and over."""

    name: str
    first: bytes  # PATH, here and in *piece*, is where the vendor is
    piece: bytes
    path: str = "/"
    once: bool = False  # *piece* is all, and then it stays


def _sent(name: str, first: bytes, piece: bytes) -> Kind:
    """Return what the vendor sends to who asks for the path of that name."""
    return Kind(name, first, piece, "/" + re.sub("[^a-z0-9]+", "-", name))


POST = b"POST PATH HTTP/1.1\r\nHost: localhost\r\n" + CHUNKED + b"\r\n\r\n"
UPLOAD = b"POST PATH HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % MIB
GET = b"GET PATH HTTP/1.1\r\nHost: localhost\r\n"
UPGRADE = GET + b"\r\n".join(HANDSHAKE) + b"\r\n\r\n"
STALLED = "/stalled"

OF_CLIENTS = (
    Kind("trailers", POST + chunk(b"hello") + b"0\r\n", b"T: " + b"a" * 32_700 + b"\r\n"),
    Kind("2-byte trailers", POST + chunk(b"hello") + b"0\r\n", b"t:\r\n"),
    Kind("one chunk extension", POST + b"5;", LINE),
    Kind("chunk extensions", POST, b"1;" + LINE + b"\r\nx\r\n"),
    Kind("blank lines before a head", b"", b"\r\n"),
    Kind("a head that does not end", GET + b"X: ", LINE),
    Kind("a head that stays", GET, TINY_FIELDS[: 31 * KIB], once=True),
    Kind("garbage behind a long poll", GET + b"\r\n", b"\x00garbage"),
    Kind("requests behind a long poll", GET + b"\r\n", GET + b"\r\n"),
    Kind("1 MiB and waits for the response", UPLOAD, b"a" * MIB, once=True),
    Kind("a body that the upstream does not take", POST, chunk(b"a" * 32 * KIB), STALLED),
    Kind("2-byte chunks that the upstream does not take", POST, chunk(b"xx"), STALLED),
    Kind("2-byte frames that the upstream does not take", UPGRADE, frame(BINARY, b"xx"), STALLED),
)
KEY_UPDATES = "a client sends KeyUpdates behind a long poll"

OK_HEAD = response(200, b"", CHUNKED, framed=False)
OF_UPSTREAMS = (
    _sent("trailers", OK_HEAD + chunk(b"hello") + b"0\r\n", b"T: " + b"a" * 65_000 + b"\r\n"),
    _sent("interim responses", b"", b"HTTP/1.1 103 Early Hints\r\nLink: " + LINE + b"\r\n\r\n"),
    _sent("one chunk extension", OK_HEAD + b"5;", LINE),
    _sent("chunk extensions", OK_HEAD, b"1;" + LINE + b"\r\nx\r\n"),
    _sent("blank lines before a head", b"", b"\r\n"),
    _sent("a head that does not end", b"HTTP/1.1 200 OK\r\nX: ", LINE),
    _sent("bytes behind its response", response(200, b"ok"), b"garbage"),
    _sent("1-byte chunks", OK_HEAD, chunk(b"x")),
)
# Told, and not judged: what is read ahead of a slow reader is the price of a fast one.
UNREAD = (
    _sent("a client does not read a large response", OK_HEAD, chunk(b"a" * 64 * KIB)),
    _sent("a client does not read one in 1-byte chunks", OK_HEAD, chunk(b"a")),
)
MESSAGES = (64 * KIB, MIB)
SENT = {kind.path: kind for kind in OF_UPSTREAMS + UNREAD}

Attack = Callable[[Scene, AsyncExitStack], Awaitable[None]]


async def vendor(peer: Peer) -> None:
    """Answer /warm and send what is asked for; what else comes is read and never answered.

    At /stalled it is not even read.
    """
    request = await peer.head()
    while request.target == b"/warm":
        peer.send(response(200, b"ok"))
        request = await peer.head()
    if request.get(b"upgrade"):
        peer.send(switching(request))
    path = request.target.decode()
    if path == STALLED:
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(600)
    elif path == "/echo":
        await echo_frames(peer)
    elif path in SENT:
        await pour(Side(peer), parts(SENT[path], peer.upstream.at()), stall_s=STALL_S)
    await drained(peer)


def parts(kind: Kind, at: bytes) -> Iterable[bytes]:
    first, piece = (each.replace(b"PATH", at) for each in (kind.first, kind.piece))
    if kind.once:
        return [first + piece]
    return chain([first], repeated(piece, SEND_MIB * MIB))


def sending(kind: Kind) -> Attack:
    async def attack(scene: Scene, stack: AsyncExitStack) -> None:
        client = await scene.client()
        stack.callback(asyncio.create_task(drained(client)).cancel)
        at = scene.upstream.at(kind.path)
        await pour(Side(client), parts(kind, at), stall_s=STALL_S)

    return attack


async def key_updating(scene: Scene, stack: AsyncExitStack) -> None:
    client = await stack.enter_async_context(await KeyUpdates.open(scene.port))
    await client.send(client.records((GET + b"\r\n").replace(b"PATH", scene.upstream.at())))
    await pour(client, client.updates(SEND_MIB * MIB), stall_s=STALL_S)


def asking(kind: Kind) -> Attack:
    """Return one that asks, and reads whatever comes."""

    async def attack(scene: Scene, stack: AsyncExitStack) -> None:
        client = await scene.client()
        client.ask(scene.upstream.at(kind.path))
        with suppress(TimeoutError):
            async with asyncio.timeout(5 * STALL_S):
                await drained(client)

    return attack


def not_reading(kind: Kind) -> Attack:
    async def attack(scene: Scene, stack: AsyncExitStack) -> None:
        client = await scene.client(buffer=4096)
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        client.ask(scene.upstream.at(kind.path))
        await asyncio.sleep(5 * STALL_S)

    return attack


def echoing(size: int) -> Attack:
    async def attack(scene: Scene, stack: AsyncExitStack) -> None:
        client: Client = await scene.client()
        client.ask(scene.upstream.at("/echo"), *HANDSHAKE)
        assert (await client.head()).status == 101
        client.send(frame(BINARY, b"x" * size, masked=True))
        await read_frame(client)

    return attack


async def cost_mib(scene: Scene, attack: Attack, connections: int = CONNECTIONS) -> float:
    """Return how much the worker has grown at most, for each connection."""
    client = await scene.client()
    assert (await client.get(scene.upstream.at("/warm"))).status == 200
    before = most = scene.kib()
    worker = scene.service.workers()
    async with AsyncExitStack() as stack:
        attacks = asyncio.gather(*(attack(scene, stack) for _ in range(connections)))
        settled = asyncio.create_task(_after(attacks))
        while not settled.done():
            most = max(most, scene.kib())
            await asyncio.sleep(POLL_EVERY_S)
        await settled
    assert scene.service.workers() == worker, "the worker was killed"
    return (most - before) / KIB / connections


async def _after(attacks: "asyncio.Future[list[None]]") -> None:
    await attacks
    await asyncio.sleep(SETTLE_S)


@asynccontextmanager
async def held(pki: Pki, *, tls: bool) -> AsyncIterator[Scene]:
    limits: Mapping[str, object] = {"request_body_mib": 64}
    async with scene(pki, vendor, tls=tls, limits=limits) as made:
        yield made


async def figures(pki: Pki) -> AsyncIterator[Figure]:
    for kind in OF_CLIENTS:
        for tls in (False, True):
            async with held(pki, tls=tls) as made:
                cost = await cost_mib(made, sending(kind))
            yield _judged(f"a client sends {kind.name}", cost, tls=tls)
    if not key_updates.obstacle():
        async with held(pki, tls=True) as made:
            yield _judged(KEY_UPDATES, await cost_mib(made, key_updating), tls=True)
    for kind in OF_UPSTREAMS:
        async with held(pki, tls=False) as made:
            cost = await cost_mib(made, asking(kind))
        yield _judged(f"an upstream sends {kind.name}", cost, tls=False)
    async for figure in _told(pki):
        yield figure


def _judged(name: str, mib: float, *, tls: bool) -> Figure:
    what = f"{name}{', TLS' if tls else ''}: memory of a connection"
    return at_most(what, mib, MOST_MIB, "MiB")


async def _told(pki: Pki) -> AsyncIterator[Figure]:
    for tls in (False, True):
        for kind in UNREAD:
            async with held(pki, tls=tls) as made:
                cost = await cost_mib(made, not_reading(kind))
            what = f"{kind.name}{', TLS' if tls else ''}: memory of a connection"
            yield Figure(what, f"{cost:.2f} MiB")
    for size in MESSAGES:
        async with held(pki, tls=True) as made:
            cost = await cost_mib(made, echoing(size))
        what = f"a WebSocket has echoed a message of {size // KIB} KiB, TLS: memory of a connection"
        yield Figure(what, f"{cost:.2f} MiB")
