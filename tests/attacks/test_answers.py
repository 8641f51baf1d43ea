"""Answers are their clients' own, and whole, whatever an upstream or an unread log does."""

from pathlib import Path

import pytest

from tests.attacks.answers import (
    LINES,
    UnreadPipe,
    answered,
    cutting,
    delivered,
    hinting,
    lost_bytes,
    poisoned,
    poisoning,
)
from tests.attacks.scene import scene
from tests.attacks.segments import compared
from tests.lab.pki import Pki
from tests.lab.upstream import OK

SECONDS = 1.5
PIPED = 300  # requests; their lines are twice what a pipe holds


@pytest.mark.parametrize("reuse", ["client", "never"])
async def test_a_second_response_is_nobody_elses(pki: Pki, reuse: str) -> None:
    async with scene(pki, poisoning(0.003), upstream={"reuse": reuse}) as made:
        found = await poisoned(made, SECONDS, least=20)

    assert (found.poisoned, found.odd, found.failed) == (0, 0, 0)


async def test_interim_responses_and_a_body_in_one_record(pki: Pki) -> None:
    async with scene(pki, hinting) as made:
        assert await lost_bytes(made) == 0
    assert len(LINES) == 8000


async def test_a_response_cut_in_two(pki: Pki) -> None:
    async with scene(pki, cutting) as made:
        right, total = await delivered(made, every=5)

    assert right == total > 20


async def test_standard_output_that_is_not_read(pki: Pki, tmp_path: Path) -> None:
    pipe = UnreadPipe(tmp_path)
    try:
        async with scene(pki, OK, stdout=pipe.path) as made:
            assert await answered(made, PIPED) == PIPED
    finally:
        pipe.close()


@pytest.mark.parametrize("seed", [2, 3])
def test_a_response_in_other_segments_is_the_same(seed: int) -> None:
    found = compared(500, seed)

    assert (found.different, found.dirty) == (0, 0)
