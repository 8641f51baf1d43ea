"""What a page sees with the shim is what it sees without it: each case of the table, run twice."""

import pytest

from tests.shim.live.conftest import Runs
from tests.shim.live.site import CASES

pytestmark = [pytest.mark.shim, pytest.mark.asyncio(loop_scope="session")]

# Where the policy itself forbids what the case does, whoever carries it.
FORBIDDEN = ("not listed", "data:", "blob:", "localhost", "opens another", "a URL of one's own")


@pytest.mark.parametrize("file", CASES)
async def test_a_page_sees_the_same(runs: Runs, file: str) -> None:
    direct, shim = runs.direct.saw[file], runs.shim.saw[file]
    assert set(direct) == set(shim)
    assert {name: (saw, shim[name]) for name, saw in direct.items() if saw != shim[name]} == {}


async def test_the_table_is_large_and_its_cases_end(runs: Runs) -> None:
    saw = {name: each for cases in runs.direct.saw.values() for name, each in cases.items()}
    assert len(saw) >= 350
    assert [name for name, each in saw.items() if each == "it did not end"] == []


async def test_nothing_goes_past_the_gateway(runs: Runs) -> None:
    assert len(runs.direct.strays) > 200  # or nothing would be seen here
    assert runs.shim.strays == []
    assert runs.strict.strays == []
    assert runs.shim.requests > 200


async def test_what_is_not_covered_is_said(runs: Runs) -> None:
    data, shared = sorted(runs.shim.missing, key=len, reverse=True)
    assert data.startswith("the Worker data:")
    assert shared == "a SharedWorker"


async def test_under_a_policy_that_allows_the_gateway_alone(runs: Runs) -> None:
    different = {
        name: (saw, runs.strict.saw[file].get(name))
        for file, cases in runs.direct.saw.items()
        for name, saw in cases.items()
        if saw != runs.strict.saw[file].get(name)
    }
    assert {each: what for each, what in different.items() if not _is_forbidden(each)} == {}


def _is_forbidden(name: str) -> bool:
    return any(words in name for words in FORBIDDEN)
