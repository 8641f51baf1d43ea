"""Name servers that are slow, broken, or answered for by somebody else."""

import asyncio
import struct
from collections.abc import Callable

import pytest

from tests.faults.scene import Scene
from tests.lab.dns import A, Name, labels, record
from tests.lab.lab import NAME, Lab
from tests.lab.upstream import answering
from tests.lab.wire import response

SLOW = [f"slow-{number}.example.com" for number in range(50)]
QUICK = [f"quick-{number}.example.com" for number in range(5)]
OTHER = "other.example.com"

Forge = Callable[[bytes], list[bytes]]


def misled(reply: bytes) -> bytes:
    """Return *reply* with another address in it."""
    return reply.replace(bytes([127, 0, 0, 1]), bytes([127, 0, 0, 66]))


def renumbered(reply: bytes) -> bytes:
    return bytes([reply[0] ^ 0xFF]) + reply[1:]


def renamed(reply: bytes) -> bytes:
    """Return *reply* to another question than was asked."""
    return reply.replace(b"\x02up", b"\x02xx")


def overlong(reply: bytes) -> bytes:
    """Return *reply* that promises more records than it holds."""
    return reply[:6] + b"\xff\xff" + reply[8:]


async def test_fifty_slow_names_hold_up_nobody_else(lab: Lab) -> None:
    """And are found, if slowly: a server that was quick before is given its time all the same."""
    lab.dns.zone |= {name: Name(("127.0.0.1",), delay_s=1.0) for name in SLOW}
    lab.dns.zone |= {name: Name(("127.0.0.1",)) for name in QUICK}
    upstream = await lab.upstream(answering(response(200, b"at last", b"Connection: close")))
    scene = await Scene.set_up(lab, upstream={"connect_timeout_s": 10})
    client = await lab.client(scene.gateway)
    for name in QUICK:
        assert (await scene.asks(upstream.at("/", name))).status == 200

    async with scene.unharmed():
        slow = [asyncio.create_task(scene.asks(upstream.at("/", name))) for name in SLOW]
        quick = await client.get(upstream.at("/", NAME))
        assert not any(each.done() for each in slow)
        answers = [quick, *await asyncio.gather(*slow)]

    assert {(answer.status, answer.body) for answer in answers} == {(200, b"at last")}


@pytest.mark.parametrize(
    ("forge", "status", "token"),
    [
        (lambda reply: [reply[:2] + b"\xde\xad" * 20], 502, "dns_error"),
        (lambda reply: [overlong(reply)], 502, "dns_error"),
        (lambda reply: [renumbered(reply)], 504, "dns_timeout"),
        (lambda reply: [renamed(reply)], 504, "dns_timeout"),
        (lambda reply: [b""], 504, "dns_timeout"),
    ],
    ids=["garbage", "overlong", "another number", "another question", "empty"],
)
async def test_a_reply_that_is_none(lab: Lab, forge: Forge, status: int, token: str) -> None:
    scene = await Scene.set_up(lab, upstream={"connect_timeout_s": 1.2})
    lab.dns.forge = forge

    record = await scene.one_is_told(f"/{NAME}/".encode(), status, token)

    assert NAME in (record.detail or "")
    assert record.address is None


@pytest.mark.parametrize("forged", [renumbered, renamed], ids=["number", "question"])
async def test_a_forged_reply_that_comes_first_is_not_believed(
    lab: Lab, forged: Callable[[bytes], bytes]
) -> None:
    """Who guesses less than port, number and question of a lookup answers nothing."""
    upstream = await lab.upstream()
    gateway = await lab.gateway()
    lab.dns.forge = lambda reply: [misled(forged(reply)), reply]

    answer = await (await lab.client(gateway)).get(upstream.at("/"))

    assert answer.status == 200
    assert gateway.observer.ends[0].address == "127.0.0.1"


async def test_a_reply_speaks_for_no_other_name(lab: Lab) -> None:
    """The poison of old: an address for a bank, beside the answer for the asker's own name."""
    lab.dns.zone[OTHER] = Name(("127.0.0.1",))
    upstream = await lab.upstream()
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    poison = record(labels(OTHER), A, 3600, bytes([127, 0, 0, 66]))
    lab.dns.forge = lambda reply: [reply[:10] + struct.pack("!H", 1) + reply[12:] + poison]

    for name in (NAME, OTHER):
        assert (await client.get(upstream.at("/", name))).status == 200

    assert lab.dns.lookups(OTHER) == 1
    assert [each.address for each in gateway.observer.ends] == ["127.0.0.1"] * 2
