"""What is kept of bodies for a redirect: a part of each, and more of a few."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.gateway.replay import OWN_BYTES, SHARED_BYTES, ReplayBuffer, ReplayPool
from tests.lab.lab import Lab, until
from tests.lab.upstream import Peer
from tests.lab.wire import response

MOST = 4 * OWN_BYTES
LONG = b"x" * MOST


def pool_of(size: int) -> ReplayPool:
    pool = ReplayPool()
    pool.left_bytes = size
    return pool


def test_one_body_of_the_longest_always_has_room() -> None:
    longest = 4 * SHARED_BYTES
    kept = ReplayBuffer(longest, ReplayPool(longest))
    kept.keep(b"x" * longest)
    assert kept.is_whole


def test_what_is_kept_is_sent_as_often_as_asked_for() -> None:
    kept = ReplayBuffer(MOST, ReplayPool())
    kept.keep(b"one, ")
    assert b"".join(kept.replay()) == b"one, "
    kept.keep(b"two")
    assert b"".join(kept.replay()) == b"".join(kept.replay()) == b"one, two"


def test_what_is_too_long_is_sent_once() -> None:
    kept = ReplayBuffer(4, ReplayPool())
    kept.keep(b"longer")
    assert not kept.is_whole
    assert kept.replay() == [b"longer"]
    with pytest.raises(RuntimeError):
        kept.replay()


def test_some_bodies_share_what_is_beyond_their_own() -> None:
    pool = pool_of(MOST - OWN_BYTES)
    first, second, third = (ReplayBuffer(MOST, pool) for _ in range(3))
    first.keep(LONG)
    second.keep(b"x" * OWN_BYTES)
    assert (first.is_whole, second.is_whole) == (True, True)
    second.keep(b"x")
    assert not second.is_whole
    first.forget()
    third.keep(LONG)
    assert third.is_whole


@given(st.lists(st.lists(st.integers(0, 3 * OWN_BYTES), max_size=6), max_size=6))
def test_law_nothing_is_lent_twice_and_all_comes_back(bodies: list[list[int]]) -> None:
    pool = pool_of(2 * OWN_BYTES)
    kept = [ReplayBuffer(MOST, pool) for _ in bodies]
    for buffer, sizes in zip(kept, bodies, strict=True):
        for number, size in enumerate(sizes):
            buffer.keep(b"x" * size)
            if not number:
                assert len(b"".join(buffer.replay())) == size
    held = [len(b"".join(each.replay())) for each in kept if each.is_whole]
    assert sum(max(0, each - OWN_BYTES) for each in held) == 2 * OWN_BYTES - pool.left_bytes
    for each in kept:
        each.forget()
    assert pool.left_bytes == 2 * OWN_BYTES


async def test_nothing_is_kept_once_the_response_is_there(lab: Lab) -> None:
    async def slow(peer: Peer) -> None:
        await peer.request()
        peer.send(response(200, b"", b"Content-Length: 5", framed=False))
        await peer.gone()

    upstream = await lab.upstream(slow)
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.ask(upstream.at("/"), b"Content-Length: %d" % len(LONG), method=b"POST")
    client.send(LONG)
    assert (await client.head()).status == 200
    assert gateway.gateway.replays.left_bytes == SHARED_BYTES


async def test_who_leaves_gives_back_what_was_kept(lab: Lab) -> None:
    upstream = await lab.upstream(Peer.gone)
    gateway = await lab.gateway()
    client = await lab.client(gateway)
    client.ask(upstream.at("/"), b"Content-Length: %d" % len(LONG), method=b"POST")
    client.send(LONG)
    replays = gateway.gateway.replays
    await until(lambda: replays.left_bytes == SHARED_BYTES - (MOST - OWN_BYTES))
    client.writer.transport.abort()  # type: ignore[attr-defined]
    await until(lambda: replays.left_bytes == SHARED_BYTES)


async def test_where_others_keep_all_a_redirect_is_the_client_s(lab: Lab) -> None:
    async def moved(peer: Peer) -> None:
        await peer.request()
        peer.send(response(307, b"", b"Location: /b"))

    upstream = await lab.upstream(moved)
    gateway = await lab.gateway()
    gateway.gateway.replays.left_bytes = 0
    client = await lab.client(gateway)
    answer = await client.get(upstream.at("/a"), method=b"POST", body=LONG)
    assert (answer.status, answer.get(b"location")) == (307, upstream.at("/b"))
    assert gateway.gateway.replays.left_bytes == 0
