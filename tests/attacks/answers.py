"""Answers under attack: whose they are, and whether all of them comes."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.attacks.figures import Figure, all_of, none_of
from tests.attacks.scene import Scene, scene
from tests.lab.client import Client
from tests.lab.pki import Pki
from tests.lab.upstream import OK, Peer, Script
from tests.lab.wire import Response, response

POISON = b"POISON"
DELAYS_MS = (0, 1, 3, 10)
POISON_S = 6.0
INTERIM = 64  # as many as the gateway passes on
LINES = b"".join(b"%07d\n" % number for number in range(1000))
FIRST_BYTES = 800
UNREAD_REQUESTS = 2000  # some 800 KiB of lines; a pipe holds 64
PAUSE_S = 0.02  # between two TLS records, so that they come one by one


def poisoning(delay_s: float) -> Script:
    """Return a vendor's script: it says what was asked for, and after /evil a second response."""

    async def script(peer: Peer) -> None:
        while True:
            target = (await peer.request()).target
            peer.send(response(200, target))
            if target == b"/evil":
                await asyncio.sleep(delay_s)
                peer.send(response(200, POISON))

    return script


@dataclass(slots=True)
class Answers:
    """What other clients than the attacker got."""

    right: int = 0
    poisoned: int = 0
    failed: int = 0  # answers of the gateway's own, and none
    odd: int = 0

    @property
    def total(self) -> int:
        return self.right + self.poisoned + self.failed + self.odd

    def note(self, answer: Response, expected: bytes) -> None:
        if answer.body == POISON:
            self.poisoned += 1
        elif answer.body == expected:
            self.right += 1
        elif answer.get(b"proxy-status"):
            self.failed += 1
        else:
            self.odd += 1


async def poisoned(scene: Scene, seconds: float, least: int = 0) -> Answers:
    """Have one client ask for /evil, and two for something of their own; return what these got.

    They go on for *seconds*, and until *least* answers were right.
    """
    answers = Answers()
    loop = asyncio.get_running_loop()
    end_s = loop.time() + seconds

    def goes_on() -> bool:
        return loop.time() < end_s or answers.right < least

    async def attacker() -> None:
        while goes_on():
            client = await scene.client()
            with suppress(OSError, asyncio.IncompleteReadError):
                while goes_on():
                    await client.get(scene.upstream.at("/evil"))
            client.close()

    async def other(name: str) -> None:
        client, number = await scene.client(), 0
        while goes_on():
            path = f"/{name}{(number := number + 1)}"
            try:
                answers.note(await client.get(scene.upstream.at(path)), path.encode())
            except (OSError, asyncio.IncompleteReadError):
                answers.failed += 1
                client.close()
                client = await scene.client()
            await asyncio.sleep(0.002)

    await asyncio.gather(attacker(), other("a"), other("b"))
    return answers


async def hinting(peer: Peer) -> None:
    """Send interim responses, a response's head and the beginning of its body at once."""
    while True:
        await peer.request()
        whole = response(200, LINES)
        begun = len(whole) - len(LINES) + FIRST_BYTES
        peer.send(b"HTTP/1.1 103 Early Hints\r\n\r\n" * INTERIM + whole[:begun])
        await asyncio.sleep(0.3)
        peer.send(whole[begun:])


async def lost_bytes(scene: Scene) -> int:
    """Return how many bytes of a body are not where they should be."""
    got = (await (await scene.client()).get(scene.upstream.at())).body
    same = sum(a == b for a, b in zip(got, LINES, strict=False))
    return max(len(got), len(LINES)) - same


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole response with bytes behind it that nobody asked for."""

    method: bytes
    data: bytes
    status: int
    body: bytes = b""


WHOLE = (
    Whole(b"GET", response(200, b"ok") + b"GARBAGE", 200, b"ok"),
    Whole(b"HEAD", response(200, b"body"), 200),
    Whole(b"GET", b"HTTP/1.1 204 No Content\r\n\r\nbody", 204),
    Whole(b"GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nbody", 304),
)


async def cutting(peer: Peer) -> None:
    """Send the response that the path names in two records, cut where it says."""
    while True:
        which, cut = map(int, (await peer.request()).target.split(b"/")[1:])
        data = WHOLE[which].data
        peer.send(data[:cut])
        await peer.drain()
        await asyncio.sleep(PAUSE_S)
        peer.send(data[cut:])


async def delivered(scene: Scene, every: int = 1) -> tuple[int, int]:
    """Return how many cut responses came as they were sent, and of how many."""
    right = total = 0
    for which, whole in enumerate(WHOLE):
        for cut in range(1, len(whole.data) + 1, every):
            client = await scene.client()
            target = scene.upstream.at(f"/{which}/{cut}")
            answer = await client.get(target, method=whole.method)
            right += (answer.status, answer.body) == (whole.status, whole.body)
            total += 1
            client.close()
    return right, total


class UnreadPipe:
    """A FIFO with a reader that never reads."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "unread"
        os.mkfifo(self.path)
        self._end = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)

    def close(self) -> None:
        os.close(self._end)


async def answered(scene: Scene, requests: int) -> int:
    """Return how many of *requests* in a row were answered as they should."""
    client: Client = await scene.client()
    right = 0
    with suppress(OSError, asyncio.IncompleteReadError, AssertionError):
        for _ in range(requests):
            right += (await client.get(scene.upstream.at("/" + "x" * 200))).body == b"ok"
    return right


async def figures(pki: Pki) -> AsyncIterator[Figure]:
    for reuse in ("client", "shared"):
        for delay_ms in DELAYS_MS:
            async with scene(pki, poisoning(delay_ms / 1000), upstream={"reuse": reuse}) as made:
                found = await poisoned(made, POISON_S)
            yield _poison(reuse, delay_ms, found)
    async with scene(pki, hinting) as made:
        lost = await lost_bytes(made)
    what = f"{INTERIM} interim responses and a body in one record: bytes lost"
    yield none_of(what, lost, len(LINES))
    async with scene(pki, cutting) as made:
        yield all_of("a response cut in two at each byte: delivered", *await delivered(made))
    pipe = UnreadPipe(pki.directory)
    async with scene(pki, OK, stdout=pipe.path) as made:
        right = await answered(made, UNREAD_REQUESTS)
    pipe.close()
    yield all_of("requests answered while nobody reads standard output", right, UNREAD_REQUESTS)


def _poison(reuse: str, delay_ms: int, found: Answers) -> Figure:
    what = f"a second response, {delay_ms} ms late: other clients' answers that are not theirs"
    wrong = found.poisoned + found.odd
    if reuse == "client":
        return none_of(what, wrong + found.failed, found.total)
    return Figure(f'{what}, with reuse = "{reuse}"', f"{wrong:,} of {found.total:,}")
