"""A burst that nobody needs is cut, others are served meanwhile, and the worker lives."""

import pytest

from tests.attacks import key_updates
from tests.attacks.bursts import BURSTS, LIVE, MIB, Burst, attacked, play, vendor
from tests.attacks.key_updates import KeyUpdates
from tests.attacks.scene import scene
from tests.lab.lab import until
from tests.lab.pki import Pki

# Not the bar, which is for `make attacks`: a worker that follows a whole burst before anybody else
# has a turn needs longer even for these.
SIZE, CLIENTS, MOST_S = 4 * MIB, 2, 10.0

needs_openssl = pytest.mark.skipif(
    key_updates.obstacle() is not None, reason=str(key_updates.obstacle())
)


@pytest.mark.parametrize(
    "burst",
    [pytest.param(each, marks=[] if each.piece else needs_openssl) for each in BURSTS],
    ids=lambda burst: burst.name,
)
async def test_a_burst(pki: Pki, burst: Burst) -> None:
    async with attacked(pki, burst) as made:
        outcome = await play(made, burst, SIZE, CLIENTS, MOST_S)

    assert outcome.is_same_worker, outcome.said
    assert outcome.cut == (CLIENTS if burst.is_cut else 0), outcome.said
    assert outcome.longest_ms < 1000 * MOST_S


@needs_openssl
async def test_some_key_updates_are_followed(pki: Pki) -> None:
    """What is cut is too many of them; a client may have its reasons for a few."""
    async with (
        scene(pki, vendor, tls=True) as made,
        await KeyUpdates.open(made.port) as client,
    ):
        for part in client.updates(1):
            await client.send(part)
        request = LIVE.replace(b"/-/live", made.upstream.at("/behind-them"))
        await client.send(client.records(request))
        await until(lambda: made.upstream.requests)
